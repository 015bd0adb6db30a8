//! What is told of a folder.

use std::fs;

use catzilla_file_watcher::ChangeKind::{File, Folder};
use catzilla_file_watcher::{Coverage, RootId};
use catzilla_testkit::tree::Entry::{Dir, File as Content};
use catzilla_testkit::tree::Tree;

use crate::listener::watch;

#[test]
fn a_file_that_is_written_is_told() {
    let tree = Tree::of(&[("a.txt", Content(b"old"))]);
    let listener = watch(tree.root());
    assert_eq!(listener.watcher.coverage(RootId::FIRST), Coverage::Full);
    fs::write(tree.path("a.txt"), "new").unwrap();
    assert_eq!(listener.until(File, "a.txt"), []);
}

#[test]
fn files_in_new_folders_are_told() {
    let tree = Tree::of(&[("a", Dir)]);
    let listener = watch(tree.root());
    fs::create_dir_all(tree.path("a/b/c")).unwrap();
    listener.until(Folder, "a/b");
    fs::write(tree.path("a/b/c/d"), "new").unwrap();
    listener.until(File, "a/b/c/d");
}
