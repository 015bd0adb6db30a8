use std::fs;
use std::time::{Duration, SystemTime};

use catzilla_testkit::tree::Entry::{Dir, File};
use catzilla_testkit::tree::Tree;

#[test]
fn a_tree_is_what_its_table_says_and_goes_with_its_value() {
    let tree = Tree::of(&[("a.txt", File(b"a")), ("b/c/d.txt", File(b"d")), ("e", Dir)]);
    assert_eq!(fs::read(tree.path("a.txt")).unwrap(), b"a");
    assert_eq!(fs::read(tree.path("b/c/d.txt")).unwrap(), b"d");
    assert!(tree.path("e").is_dir());
    let root = tree.root().to_owned();
    drop(tree);
    assert!(!root.exists());
}

#[test]
fn files_age() {
    let tree = Tree::of(&[("a.txt", File(b"a"))]);
    tree.age("a.txt", Duration::from_hours(1));
    let modified = fs::metadata(tree.path("a.txt")).unwrap().modified().unwrap();
    let age = SystemTime::now().duration_since(modified).unwrap();
    assert!((3590..3700).contains(&age.as_secs()), "{age:?}");
}

#[cfg(unix)]
#[test]
fn special_files_are_what_they_are_called() {
    use std::os::unix::fs::FileTypeExt;

    use catzilla_testkit::tree::Entry::{Fifo, Link, Socket};

    let tree = Tree::of(&[("link", Link("../elsewhere")), ("pipe", Fifo), ("socket", Socket)]);
    let kind = |name: &str| fs::symlink_metadata(tree.path(name)).unwrap().file_type();
    assert!(kind("link").is_symlink());
    assert_eq!(fs::read_link(tree.path("link")).unwrap().to_str(), Some("../elsewhere"));
    assert!(kind("pipe").is_fifo());
    assert!(kind("socket").is_socket());
}

#[cfg(unix)]
#[test]
fn replacing_makes_a_new_file_and_adding_again_does_not() {
    use std::os::unix::fs::MetadataExt;

    let tree = Tree::of(&[("a.txt", File(b"old"))]);
    let inode = || fs::metadata(tree.path("a.txt")).unwrap().ino();
    let first = inode();
    tree.add("a.txt", File(b"rewritten"));
    assert_eq!(inode(), first);
    tree.replace("a.txt", b"new");
    assert_ne!(inode(), first);
    assert_eq!(fs::read(tree.path("a.txt")).unwrap(), b"new");
}
