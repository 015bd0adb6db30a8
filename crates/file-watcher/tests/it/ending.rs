//! Watchers that end.

use std::fs;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};

use catzilla_file_watcher::{Change, Coverage, Reason, RootId, Watcher};
use catzilla_testkit::tree::Entry::Dir;
use catzilla_testkit::tree::Tree;

use crate::listener::{PATIENCE, listen, watch};

#[test]
fn once_dropped_nothing_is_told_and_the_sink_is_gone() {
    let tree = Tree::of(&[("a", Dir)]);
    let listener = watch(tree.root());
    drop(listener.watcher);
    fs::write(tree.path("x"), "").unwrap();
    assert_eq!(listener.changes.try_recv(), Err(mpsc::TryRecvError::Disconnected));
}

#[test]
#[cfg(target_os = "linux")]
fn a_hundred_watchers_leave_no_descriptor_behind() {
    use std::os::unix::fs::MetadataExt;

    let tree = Tree::of(&[("a", Dir)]);
    for _ in 0..100 {
        drop(watch(tree.root()));
    }
    // Other tests have descriptors of their own: only those that watch this folder count.
    let inode = format!("ino:{:x} ", fs::metadata(tree.root()).unwrap().ino());
    let descriptors = fs::read_dir("/proc/self/fdinfo").unwrap().flatten();
    let left = descriptors
        .filter(|entry| fs::read_to_string(entry.path()).is_ok_and(|info| info.contains(&inode)));
    assert_eq!(left.count(), 0);
}

#[test]
fn a_sink_may_drop_its_own_watcher() {
    let tree = Tree::of(&[]);
    let held = Arc::new(Mutex::new(None::<Watcher>));
    let (sender, dropped) = mpsc::channel();
    let watcher = Watcher::builder().root(tree.root()).start({
        let held = Arc::clone(&held);
        move |_: Change| {
            drop(held.lock().unwrap().take());
            let _ = sender.send(());
        }
    });
    *held.lock().unwrap() = Some(watcher.unwrap());
    fs::write(tree.path("x"), "").unwrap();
    dropped.recv_timeout(PATIENCE).unwrap();
    // The thread ends, and lets the sink go.
    while dropped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Disconnected) {}
}

#[test]
fn a_sink_that_panics_ends_the_coverage() {
    let tree = Tree::of(&[]);
    let (sender, ended) = mpsc::channel::<()>();
    let watcher = Watcher::builder()
        .root(tree.root())
        .start(move |_: Change| {
            let _dropped_last = &sender;
            panic!("a sink that panics, for a test");
        })
        .unwrap();
    fs::write(tree.path("x"), "").unwrap();
    assert_eq!(ended.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
    let coverage = loop {
        // The sink is dropped just before the word is given.
        match watcher.coverage(RootId::FIRST) {
            Coverage::Full => std::thread::yield_now(),
            other => break other,
        }
    };
    assert_eq!(coverage, Coverage::None(Reason::Ended));
}

#[test]
fn an_empty_path_is_an_error_and_a_missing_one_is_not() {
    assert!(Watcher::builder().root("").start(|_: Change| {}).is_err());
    let tree = Tree::of(&[]);
    let listener = listen(Watcher::builder().root(tree.path("not/yet")));
    assert_eq!(listener.watcher.coverage(RootId::FIRST), Coverage::Full);
}

#[test]
fn watchers_go_from_thread_to_thread() {
    fn check<T: Send + Sync>() {}
    check::<Watcher>();
}
