//! The backend of other platforms, as far as Linux can tell.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use catzilla_file_watcher::ChangeKind::{File, Folder, Root};
use catzilla_file_watcher::{Change, Coverage, RootId, Watcher};
use catzilla_testkit::tree::Entry::{Dir, File as Content, Link};
use catzilla_testkit::tree::Tree;

use crate::listener::{Listener, PATIENCE, listen};

fn watch(root: &Path) -> Listener {
    let listener = listen(Watcher::builder().root(root).portable(true));
    assert_eq!(listener.watcher.coverage(RootId::FIRST), Coverage::Full);
    listener
}

/// Makes files until one is told of by its name: a root that is told again covers what was made before.
fn quiesce(listener: &Listener, root: &Path) {
    for number in 0.. {
        let name = number.to_string();
        fs::write(root.join(&name), "").unwrap();
        let concerns = |change: &Change| change.concerns(name.as_ref());
        let change = loop {
            match listener.changes.recv_timeout(PATIENCE).expect("a change") {
                change if concerns(&change) => break change,
                _ => {}
            }
        };
        if change.kind == File {
            return;
        }
    }
}

#[test]
fn files_and_folders_are_told() {
    let tree = Tree::of(&[("a.txt", Content(b"old")), ("sub", Dir), ("link", Link("sub"))]);
    let listener = watch(tree.root());
    fs::write(tree.path("a.txt"), "new").unwrap();
    listener.until(File, "a.txt");
    fs::write(tree.path("sub/b.txt"), "new").unwrap();
    listener.until(File, "sub/b.txt");
    fs::rename(tree.path("sub/b.txt"), tree.path("c.txt")).unwrap();
    listener.until(File, "c.txt");
    fs::create_dir(tree.path("new")).unwrap();
    listener.until(Folder, "new");
    fs::remove_dir(tree.path("new")).unwrap();
    listener.until(Folder, "new");
    fs::remove_file(tree.path("link")).unwrap();
    listener.until(Folder, "link");
    fs::remove_file(tree.path("a.txt")).unwrap();
    listener.until(File, "a.txt");
}

#[test]
fn files_that_are_read_are_not_told() {
    let tree = Tree::of(&[("a.txt", Content(b"text"))]);
    let listener = watch(tree.root());
    for _ in 0..100 {
        assert_eq!(fs::read(tree.path("a.txt")).unwrap(), b"text");
    }
    fs::write(tree.path("b.txt"), "").unwrap();
    assert_eq!(listener.until(File, "b.txt"), []);
}

#[test]
fn a_parent_that_moves_is_told_and_what_comes_is_watched() {
    let tree = Tree::of(&[("www/site", Dir)]);
    let listener = watch(&tree.path("www/site"));
    fs::rename(tree.path("www"), tree.path("old")).unwrap();
    listener.until(Root, "");
    fs::create_dir_all(tree.path("www/site")).unwrap();
    listener.until(Root, "");
    quiesce(&listener, &tree.path("www/site"));
}

#[test]
fn a_link_that_is_swapped_is_told_and_followed() {
    let tree = Tree::of(&[("r/1", Dir), ("r/2", Dir), ("current", Link("r/1"))]);
    let listener = watch(&tree.path("current"));
    symlink("r/2", tree.path("new")).unwrap();
    fs::rename(tree.path("new"), tree.path("current")).unwrap();
    listener.until(Root, "");
    quiesce(&listener, &tree.path("r/2"));
}

#[test]
fn a_root_that_is_a_file_is_told() {
    let tree = Tree::of(&[("app.toml", Content(b"old")), ("other", Dir)]);
    let listener = watch(&tree.path("app.toml"));
    fs::write(tree.path("app.toml"), "new").unwrap();
    listener.until(File, "");
    tree.replace("app.toml", b"newer");
    listener.until(Root, "");
}

#[test]
fn once_dropped_nothing_is_told() {
    let tree = Tree::of(&[("a", Dir)]);
    let listener = watch(tree.root());
    drop(listener.watcher);
    while listener.changes.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
        std::thread::yield_now();
    }
}
