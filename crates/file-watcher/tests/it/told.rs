//! What is told of real files.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use catzilla_file_watcher::ChangeKind::{File, Folder, Root};
use catzilla_file_watcher::{Coverage, RootId, Watcher};
use catzilla_testkit::tree::Entry::{Dir, File as Content, Link};
use catzilla_testkit::tree::Tree;

use crate::listener::{Listener, PATIENCE, listen};

fn watch(tree: &Tree, root: &str) -> Listener {
    let listener = listen(Watcher::builder().root(tree.path(root)));
    assert_eq!(listener.watcher.coverage(RootId::FIRST), Coverage::Full);
    listener
}

#[test]
fn every_way_of_writing_a_file_is_told() {
    let tree = Tree::of(&[("a", Content(b"old")), ("moved", Content(b"")), ("b/c", Dir)]);
    let listener = watch(&tree, "");
    let file = fs::File::options().append(true).open(tree.path("a")).unwrap();

    // In place, and still open: the first event counts, not the close.
    std::io::Write::write_all(&mut &file, b"more").unwrap();
    assert_eq!(listener.until(File, "a"), []);
    file.set_len(1).unwrap();
    assert_eq!(listener.until(File, "a"), []);
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(listener.until(File, "a"), []);
    file.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(listener.until(File, "a"), []);
    drop(file);
    assert_eq!(listener.until(File, "a"), [], "closed after writing");

    fs::rename(tree.path("moved"), tree.path("b/c/moved")).unwrap();
    assert_eq!(listener.until(File, "moved"), []);
    assert_eq!(listener.until(File, "b/c/moved"), []);
    fs::remove_file(tree.path("a")).unwrap();
    assert_eq!(listener.until(File, "a"), []);
}

#[test]
fn files_in_folders_that_have_just_come_are_told() {
    let tree = Tree::of(&[("a", Dir)]);
    let listener = watch(&tree, "");
    fs::create_dir_all(tree.path("a/b/c")).unwrap();
    // Whatever was made before its watch stood is covered by the second report of the folder.
    listener.until(Folder, "a/b");
    listener.until_watched(&tree.path("a/b/c/d"), "a/b/c/d");
}

#[test]
fn names_need_not_be_text() {
    let tree = Tree::of(&[]);
    let listener = watch(&tree, "");
    let name = OsStr::from_bytes(b"caf\xe9");
    fs::write(tree.root().join(name), "").unwrap();
    let change = listener.changes.recv_timeout(PATIENCE).unwrap();
    assert_eq!(change.path.as_os_str(), name);
}

#[test]
fn a_folder_that_is_removed_and_built_anew_is_watched() {
    let tree = Tree::of(&[("dist/css", Dir)]);
    let listener = watch(&tree, "dist");
    fs::remove_dir_all(tree.path("dist")).unwrap();
    listener.until(Root, "");
    fs::create_dir(tree.path("dist")).unwrap();
    listener.until(Root, "");
    listener.until_watched(&tree.path("dist/index.html"), "index.html");
}

#[test]
fn a_folder_that_somebody_holds_open_while_it_is_replaced_is_told() {
    // As a server does with its root: the old folder lives on, without a name.
    let tree = Tree::of(&[("dist", Dir)]);
    let listener = watch(&tree, "dist");
    let _open = fs::File::open(tree.path("dist")).unwrap();
    fs::remove_dir(tree.path("dist")).unwrap();
    listener.until(Root, "");
}

#[test]
fn a_link_that_is_swapped_is_told_and_followed() {
    let tree =
        Tree::of(&[("releases/41", Dir), ("releases/42", Dir), ("dist", Link("releases/41"))]);
    let listener = watch(&tree, "dist");
    symlink("releases/42", tree.path("new")).unwrap();
    fs::rename(tree.path("new"), tree.path("dist")).unwrap();
    listener.until(Root, "");
    listener.until_watched(&tree.path("releases/42/x"), "x");
    fs::write(tree.path("releases/41/x"), "").unwrap();
    fs::write(tree.path("releases/42/y"), "").unwrap();
    let before = listener.until(File, "y");
    assert!(before.iter().all(|change| change.path == Path::new("x")), "{before:?}");
}

#[test]
fn a_parent_that_is_renamed_is_told() {
    let tree = Tree::of(&[("srv/www/site", Dir)]);
    let listener = watch(&tree, "srv/www/site");
    fs::rename(tree.path("srv"), tree.path("old")).unwrap();
    listener.until(Root, "");
    fs::rename(tree.path("old"), tree.path("srv")).unwrap();
    listener.until(Root, "");
    listener.until_watched(&tree.path("srv/www/site/x"), "x");
}

#[test]
fn a_relative_root_is_taken_from_the_current_folder() {
    let tree = Tree::of(&[("site", Dir)]);
    let current = std::env::current_dir().unwrap();
    let up: PathBuf = current.iter().skip(1).map(|_| "..").collect();
    let relative = up.join(tree.path("site").strip_prefix("/").unwrap());
    let listener = listen(Watcher::builder().root(relative));
    fs::write(tree.path("site/x"), "").unwrap();
    listener.until(File, "x");
}

#[test]
fn many_roots_share_a_watcher() {
    let tree = Tree::of(&[("one", Dir), ("two", Dir)]);
    let listener = listen(Watcher::builder().root(tree.path("one")).root(tree.path("two")));
    fs::write(tree.path("two/x"), "").unwrap();
    let change = listener.changes.recv_timeout(PATIENCE).unwrap();
    assert_eq!((change.root.index(), change.path), (1, "x".into()));
}
