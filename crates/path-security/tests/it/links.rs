//! Symbolic links: none, those inside, all; by both ways of resolving.

use catzilla_path_security::{Policy, Resolver, Symlinks};
use catzilla_testkit::tree::{Entry::*, Tree};

use crate::files::{get, word};

/// A folder with links of all kinds, beside a file that must not be reached.
fn tree() -> (Tree, Tree) {
    let outside = Tree::of(&[("secret.txt", File(b"outside")), ("dir/x", File(b"outside"))]);
    let tree = Tree::of(&[
        ("in/file.txt", File(b"inside")),
        ("in/.hidden", File(b"hidden")),
        ("in/a.php", File(b"php")),
        ("in/deep/x", File(b"deep")),
        ("file-link", Link("in/file.txt")),
        ("dir-link", Link("in")),
        ("in/up", Link("../in/file.txt")),
        ("in/deep/up2", Link("../../in/deep/../file.txt")),
        ("slashes", Link("in//./file.txt")),
        ("to-root", Link(".")),
        ("in/to-root", Link("..")),
        ("to-hidden", Link("in/.hidden")),
        ("to-php", Link("in/a.php")),
        ("dangling", Link("in/nothing")),
        ("loop", Link("loop")),
        ("loop-a", Link("loop-b")),
        ("loop-b", Link("loop-a")),
        ("through-file", Link("in/file.txt/x")),
        ("fifo", Fifo),
        ("to-fifo", Link("fifo")),
        ("in/a\\b", File(b"backslash")),
        ("to-backslash", Link("in/a\\b")),
        ("in/aux", File(b"device")),
        ("to-device", Link("in/aux")),
    ]);
    tree.add("absolute", Link(outside.path("secret.txt").to_str().unwrap()));
    tree.add("absolute-inside", Link(tree.path("in/file.txt").to_str().unwrap()));
    let name = outside.root().file_name().unwrap().to_str().unwrap().to_owned();
    tree.add("out", Link(&format!("../{name}/secret.txt")));
    tree.add("out-dir", Link(&format!("../{name}/dir")));
    tree.add("in/far-out", Link(&format!("../../{name}/secret.txt")));
    tree.add("above", Link(".."));
    let own = tree.root().file_name().unwrap().to_str().unwrap().to_owned();
    tree.add("out-and-back", Link(&format!("../{own}/in/file.txt")));
    (tree, outside)
}

#[track_caller]
fn check(tree: &Tree, path: &str, never: &str, within: &str, follow: &str) {
    let rules = [(Symlinks::Never, never), (Symlinks::Within, within), (Symlinks::Follow, follow)];
    for resolver in [Resolver::Kernel, Resolver::Walk] {
        for (rule, expected) in rules {
            let policy = Policy::default().symlinks(rule).block_extensions(["php"]).unwrap();
            let got = word(&get(tree, resolver, policy, path));
            assert_eq!(got, expected, "{path}, {resolver:?}, {rule:?}");
        }
    }
}

#[test]
fn links_that_stay_inside() {
    let (tree, _outside) = tree();
    check(&tree, "/in/file.txt", "inside", "inside", "inside");
    for path in ["/file-link", "/dir-link/file.txt", "/in/up", "/in/deep/up2", "/slashes"] {
        check(&tree, path, "Symlink", "inside", "inside");
    }
    check(&tree, "/to-root/in/file.txt", "Symlink", "inside", "inside");
    check(&tree, "/in/to-root/in/to-root/file-link", "Symlink", "inside", "inside");
    check(&tree, "/dir-link", "Symlink", "folder", "folder");
    check(&tree, "/to-root/", "Symlink", "folder", "folder");
}

#[test]
fn links_that_leave() {
    let (tree, _outside) = tree();
    for path in ["/out", "/absolute", "/in/far-out"] {
        check(&tree, path, "Symlink", "OutsideRoot", "outside");
    }
    check(&tree, "/out-dir/x", "Symlink", "OutsideRoot", "outside");
    check(&tree, "/absolute-inside", "Symlink", "OutsideRoot", "inside");
    check(&tree, "/out-and-back", "Symlink", "OutsideRoot", "inside");
    check(&tree, "/above", "Symlink", "OutsideRoot", "folder");
}

#[test]
fn the_rules_hold_for_where_links_lead() {
    let (tree, _outside) = tree();
    check(&tree, "/to-hidden", "Symlink", "Hidden", "hidden");
    check(&tree, "/to-php", "Symlink", "Extension", "php");
    check(&tree, "/to-fifo", "Symlink", "NotAFile", "NotAFile");
    // The request is well-formed; where it leads is its own secret.
    check(&tree, "/to-backslash", "Symlink", "Symlink", "backslash");
    check(&tree, "/to-device", "Symlink", "Symlink", "device");
    check(&tree, "/dir-link/.hidden", "Hidden", "Hidden", "Hidden");
}

#[test]
fn links_that_lead_nowhere() {
    let (tree, _outside) = tree();
    check(&tree, "/dangling", "Symlink", "not found", "not found");
    check(&tree, "/through-file", "Symlink", "not found", "not found");
    for path in ["/loop", "/loop-a", "/loop/x"] {
        check(&tree, path, "Symlink", "Symlink", "Symlink");
    }
}

#[test]
fn chains_of_links_end_somewhere() {
    let tree = Tree::of(&[("l0", File(b"end"))]);
    for n in 1..=41 {
        tree.add(&format!("l{n}"), Link(&format!("l{}", n - 1)));
    }
    check(&tree, "/l40", "Symlink", "end", "end");
    check(&tree, "/l41", "Symlink", "Symlink", "Symlink");
}
