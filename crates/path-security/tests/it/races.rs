//! Somebody moves links and folders about while others open: never a byte from outside.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use catzilla_path_security::{OpenError, Policy, RequestPath, Resolver, Root, Symlinks};
use catzilla_testkit::tree::{Entry::*, Tree};

use crate::files::content;

/// How many opens each combination makes at the least.
const OPENS: usize = 4000;

/// How many attacks they meet at the least: on a busy machine the attacker may be stopped in the middle of one for all
/// of the opens.
const ATTACKS: usize = 100;

/// After so many attacks the attacker lets an open through, so that some surely meet the file in its place.
const ROUNDS: usize = 8;

/// Runs `attack`, which leaves everything in its place, again and again while `path` is opened. Returns how many
/// opens got the file inside.
fn under_attack(
    resolver: Resolver,
    rule: Symlinks,
    path: &str,
    attack: impl Fn(&Path, &Path) + Sync,
) -> usize {
    let outside = Tree::of(&[("f.txt", File(b"OUTSIDE")), ("d/f.txt", File(b"OUTSIDE"))]);
    let tree = Tree::of(&[
        ("d/f.txt", File(b"inside")),
        ("spare/f.txt", File(b"inside")),
        ("f.txt", File(b"inside")),
        ("a/b/c/f.txt", File(b"inside")),
    ]);
    let root = Root::open_with(tree.root(), Policy::default().symlinks(rule), resolver).unwrap();
    let path = RequestPath::parse(path.as_bytes()).unwrap();
    let (done, inside) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (opens, attacks) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for _ in 0..ROUNDS {
                    attack(tree.root(), outside.root());
                    attacks.fetch_add(1, Ordering::Relaxed);
                }
                // The one that is under way, and one from begin to end.
                let enough = opens.load(Ordering::Relaxed) + 2;
                while opens.load(Ordering::Relaxed) < enough && !done.load(Ordering::Relaxed) {
                    std::thread::yield_now();
                }
            }
        });
        while opens.fetch_add(1, Ordering::Relaxed) < OPENS
            || attacks.load(Ordering::Relaxed) < ATTACKS
        {
            match root.get(&path) {
                Ok(opened) if opened.metadata().is_file() => {
                    assert_eq!(content(&opened), "inside", "{path}, {resolver:?}, {rule:?}");
                    inside.fetch_add(1, Ordering::Relaxed);
                }
                Ok(_) | Err(OpenError::Refused(_) | OpenError::NotFound) => {}
                Err(err) => panic!("{path}, {resolver:?}, {rule:?}: {err}"),
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    inside.into_inner()
}

/// Attacks both resolvers under both rules. A file that is never found is never found outside either: where links
/// are needed to reach it, only the rule that follows them must have reached it.
fn every_way(path: &str, needs_links: bool, attack: impl Fn(&Path, &Path) + Sync + Copy) {
    for resolver in [Resolver::Kernel, Resolver::Walk] {
        for rule in [Symlinks::Never, Symlinks::Within] {
            let inside = under_attack(resolver, rule, path, attack);
            let is_reachable = rule == Symlinks::Within || !needs_links;
            assert_eq!(
                inside > 0,
                is_reachable,
                "{inside} of {OPENS}: {path}, {resolver:?}, {rule:?}"
            );
        }
    }
}

#[test]
fn a_folder_becomes_a_link_and_a_folder_again() {
    every_way("/d/f.txt", false, |tree, outside| {
        let _ = fs::rename(tree.join("d"), tree.join("away"));
        let _ = symlink(outside.join("d"), tree.join("d"));
        let _ = fs::remove_file(tree.join("d"));
        let _ = fs::rename(tree.join("away"), tree.join("d"));
    });
}

#[test]
fn a_file_becomes_a_link_and_a_file_again() {
    every_way("/f.txt", false, |tree, outside| {
        let _ = symlink(outside.join("f.txt"), tree.join("link"));
        let _ = fs::rename(tree.join("link"), tree.join("f.txt"));
        let _ = fs::write(tree.join("new"), "inside");
        let _ = fs::rename(tree.join("new"), tree.join("f.txt"));
    });
}

#[test]
fn a_folder_on_the_way_is_moved_out_of_the_root() {
    // A walk that asked the file system for `..` would come out beside the moved folder.
    every_way("/a/b/link/f.txt", true, |tree, outside| {
        let _ = fs::remove_file(tree.join("a/b/link"));
        let _ = symlink("../../d", tree.join("a/b/link"));
        let _ = fs::rename(tree.join("a/b"), outside.join("moved"));
        let _ = fs::rename(outside.join("moved"), tree.join("a/b"));
    });
}

#[test]
fn a_link_inside_turns_outside() {
    every_way("/link/f.txt", true, |tree, outside| {
        let _ = fs::remove_file(tree.join("link"));
        let _ = symlink(outside.join("d"), tree.join("link"));
        let _ = fs::remove_file(tree.join("link"));
        let _ = symlink(Path::new("..").join(outside.file_name().unwrap()), tree.join("link"));
        let _ = fs::remove_file(tree.join("link"));
        let _ = symlink("d", tree.join("link"));
    });
}

#[test]
fn a_name_that_is_now_a_link_and_now_a_file_is_always_found() {
    let tree = Tree::of(&[("real.txt", File(b"inside")), ("f.txt", File(b"inside"))]);
    let policy = Policy::default().symlinks(Symlinks::Within);
    for resolver in [Resolver::Kernel, Resolver::Walk] {
        let root = Root::open_with(tree.root(), policy.clone(), resolver).unwrap();
        let path = RequestPath::parse(b"/f.txt").unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let _ = symlink("real.txt", tree.path("link"));
                    let _ = fs::rename(tree.path("link"), tree.path("f.txt"));
                    let _ = fs::write(tree.path("new"), "inside");
                    let _ = fs::rename(tree.path("new"), tree.path("f.txt"));
                }
            });
            let failed = (0..10 * OPENS).find_map(|_| root.get(&path).err());
            done.store(true, Ordering::Relaxed);
            assert!(failed.is_none(), "{resolver:?}: {failed:?}");
        });
    }
}

#[test]
fn the_attack_does_reach_who_opens_by_name() {
    // Were it too slow to meet an open, the tests above would prove nothing.
    let outside = Tree::of(&[("d/f.txt", File(b"OUTSIDE"))]);
    let tree = Tree::of(&[("d/f.txt", File(b"inside"))]);
    let done = AtomicBool::new(false);
    let reached = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let _ = fs::rename(tree.path("d"), tree.path("away"));
                let _ = symlink(outside.path("d"), tree.path("d"));
                let _ = fs::remove_file(tree.path("d"));
                let _ = fs::rename(tree.path("away"), tree.path("d"));
            }
        });
        let reached = (0..1_000_000)
            .any(|_| fs::read(tree.path("d/f.txt")).is_ok_and(|bytes| bytes == b"OUTSIDE"));
        done.store(true, Ordering::Relaxed);
        reached
    });
    assert!(reached, "a naive server was not fooled once in a million opens");
}
