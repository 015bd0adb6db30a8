//! Roots that come and go while a watcher watches.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};

use catzilla_file_watcher::ChangeKind::{File, Rescan};
use catzilla_file_watcher::{Builder, Change, Coverage, Reason, RootId, Watcher};
use catzilla_testkit::kernel::Kernel;
use catzilla_testkit::tree::Entry::Dir;
use catzilla_testkit::tree::Tree;

use crate::listener::{Listener, PATIENCE, listen};
use crate::scripted::{Scene, write};

/// Waits for a change that concerns this file of this root.
#[track_caller]
fn until_concerned(listener: &Listener, root: RootId, path: &str) {
    loop {
        let change = listener.changes.recv_timeout(PATIENCE).expect("a change");
        if change.root == root && change.concerns(path.as_ref()) {
            return;
        }
    }
}

#[track_caller]
fn check(builder: impl Fn() -> Builder) {
    let (first, second) = (Tree::of(&[("a", Dir)]), Tree::of(&[("b", Dir)]));
    let listener = listen(builder().root(first.root()));
    let watcher = &listener.watcher;

    let added = watcher.add_root(second.root()).unwrap();
    assert_eq!((added, watcher.coverage(added)), (RootId::new(1), Coverage::Full));
    fs::write(second.path("b/x"), "").unwrap();
    until_concerned(&listener, added, "b/x");

    assert!(watcher.remove_root(added).unwrap());
    assert!(!watcher.remove_root(added).unwrap(), "it has gone");
    // Nothing about it is under way any more.
    while listener.changes.try_recv().is_ok() {}
    fs::write(second.path("b/y"), "").unwrap();
    fs::write(first.path("a/x"), "").unwrap();
    loop {
        let change = listener.changes.recv_timeout(PATIENCE).unwrap();
        assert_eq!(change.root, RootId::FIRST);
        if change.concerns("a/x".as_ref()) {
            break;
        }
    }

    let again = watcher.add_root(second.root()).unwrap();
    assert_eq!(again, RootId::new(2), "numbers aren't used again");
    fs::write(second.path("z"), "").unwrap();
    until_concerned(&listener, again, "z");
    assert!(watcher.remove_root(RootId::FIRST).unwrap());
    assert!(watcher.remove_root(again).unwrap());
    // A watcher without roots is one that waits for some.
    let last = watcher.add_root(first.root()).unwrap();
    fs::write(first.path("z"), "").unwrap();
    until_concerned(&listener, last, "z");
}

#[test]
fn roots_come_and_go() {
    check(Watcher::builder);
}

#[test]
#[cfg(all(feature = "portable", target_os = "linux"))]
fn roots_come_and_go_on_the_backend_of_others() {
    check(|| Watcher::builder().portable(true));
}

#[test]
fn a_root_that_goes_leaves_what_others_need() {
    let mut scene = Scene::of(&["/w/site/a", "/w/other/b"], &["/w/site", "/w/other", "/w/site/a"]);
    let told = |_: &[Change]| panic!("nothing is different for the others");
    assert!(scene.mapper.remove_root(scene.roots[0], &mut { told }));
    scene.watches(&["/", "/w", "/w/other", "/w/other/b", "/w/site", "/w/site/a"]);
    assert!(scene.mapper.remove_root(scene.roots[2], &mut { told }));
    scene.watches(&["/", "/w", "/w/other", "/w/other/b"]);
    assert!(scene.mapper.remove_root(scene.roots[1], &mut { told }));
    scene.watches(&[]);
    // What was on its way is about nobody.
    scene.kernel.perform(&write("/w/site/a/x"));
    assert_eq!(scene.kernel.deliver_all(&mut scene.mapper), []);
}

#[test]
fn watches_that_are_given_back_go_to_those_that_lacked_them() {
    let kernel = Kernel::of(&["/large/a", "/large/b", "/next/a"]);
    let mut scene = Scene::on(kernel, &["/large", "/next"], Some(4));
    let next = scene.roots[1];
    let too_few = Coverage::None(Reason::Watches { limit: Some(4) });
    assert_eq!(*scene.mapper.coverage(next), too_few);
    let mut told = Vec::new();
    assert!(
        scene.mapper.remove_root(scene.roots[0], &mut |changes| told.extend_from_slice(changes))
    );
    // What is held of it was not watched until now.
    assert_eq!(told, [Change::new(next, Rescan, "")]);
    assert_eq!(*scene.mapper.coverage(next), Coverage::Full);
    assert!(scene.mapper.take_judged());
    scene.watches(&["/", "/next", "/next/a"]);
}

#[test]
fn what_is_late_about_a_root_that_has_gone_is_told_to_nobody() {
    let mut scene = Scene::of(&["/site/a"], &["/site"]);
    scene.kernel.perform(&write("/site/a/x"));
    assert!(scene.mapper.remove_root(scene.roots[0], &mut |_| {}));
    let again = scene.mapper.add_root("/site".into());
    assert_ne!(again, scene.roots[0]);
    assert_eq!(scene.kernel.deliver_all(&mut scene.mapper), []);
    scene.kernel.perform(&write("/site/a/x"));
    assert_eq!(scene.kernel.deliver_all(&mut scene.mapper), [Change::new(again, File, "a/x")]);
}

#[test]
fn the_new_coverage_of_another_root_is_told() {
    let (large, small) = (Tree::of(&[("a", Dir), ("b", Dir)]), Tree::of(&[("c", Dir)]));
    // Both lie in one folder; the large one takes all that there are beside it.
    let ways = large.root().ancestors().count() - 1;
    let (sender, coverages) = mpsc::channel();
    let watcher = Watcher::builder()
        .root(large.root())
        .max_watches(ways + 3)
        .on_coverage(move |root, coverage| drop(sender.send((root, coverage.clone()))))
        .start(|_: Change| {})
        .unwrap();
    let added = watcher.add_root(small.root()).unwrap();
    assert!(matches!(watcher.coverage(added), Coverage::None(Reason::Watches { .. })));
    assert!(watcher.remove_root(RootId::FIRST).unwrap());
    assert_eq!(watcher.coverage(added), Coverage::Full);
    assert_eq!(coverages.recv_timeout(PATIENCE).unwrap(), (added, Coverage::Full));
}

#[test]
fn a_sink_that_changes_its_own_roots_is_refused() {
    let tree = Tree::of(&[]);
    let watcher = Arc::new(OnceLock::<Watcher>::new());
    let (sender, results) = mpsc::channel();
    let started = Watcher::builder().root(tree.root()).start({
        let watcher = Arc::downgrade(&watcher);
        move |_: Change| {
            let Some(watcher) = watcher.upgrade() else { return };
            let Some(watcher) = watcher.get() else { return };
            let added = watcher.add_root(Path::new("/")).map_err(|err| err.kind());
            let removed = watcher.remove_root(RootId::FIRST).map_err(|err| err.kind());
            let _ = sender.send((added, removed));
        }
    });
    let watcher = watcher.get_or_init(|| started.unwrap());
    fs::write(tree.path("x"), "").unwrap();
    let refused = io::ErrorKind::Deadlock;
    assert_eq!(results.recv_timeout(PATIENCE).unwrap(), (Err(refused), Err(refused)));
    assert_eq!(watcher.add_root("").unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn a_watcher_that_has_ended_says_so_of_roots_to_come() {
    let tree = Tree::of(&[]);
    let watcher = Watcher::builder()
        .root(tree.root())
        .start(|_: Change| panic!("a sink that panics, for a test"))
        .unwrap();
    fs::write(tree.path("x"), "").unwrap();
    while watcher.coverage(RootId::FIRST).is_told() {
        std::thread::yield_now();
    }
    let added = watcher.add_root(tree.root()).unwrap();
    assert_eq!(added, RootId::new(1));
    assert_eq!(watcher.coverage(added), Coverage::None(Reason::Ended));
    assert!(watcher.remove_root(added).unwrap());
    assert!(!watcher.remove_root(added).unwrap());
}
