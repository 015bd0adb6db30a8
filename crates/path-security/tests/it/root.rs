//! Roots: opened once, the same folder whatever happens to its name.

use std::fs;

use catzilla_path_security::{Policy, RequestPath, Root, RootErrorKind, identity};
use catzilla_testkit::tree::{Entry::*, Tree};

use crate::files::word;

#[test]
fn a_root_is_the_folder_and_not_its_name() {
    let tree = Tree::of(&[("site/a.txt", File(b"old"))]);
    let site = tree.path("site");
    let root = Root::open(&site, Policy::default()).unwrap();
    let path = RequestPath::parse(b"/a.txt").unwrap();
    assert_eq!(root.identity(), identity(&site).unwrap());
    fs::rename(&site, tree.path("away")).unwrap();
    tree.add("site/a.txt", File(b"new"));
    assert_eq!(word(&root.get(&path)), "old");
    assert_ne!(root.identity(), identity(&site).unwrap(), "another folder stands there");
    let again = Root::open(&site, Policy::default()).unwrap();
    assert_eq!(word(&again.get(&path)), "new");
}

#[test]
fn a_folder_that_is_deleted_has_no_files() {
    let tree = Tree::of(&[("site/a.txt", File(b"a"))]);
    let root = Root::open(tree.path("site"), Policy::default()).unwrap();
    fs::remove_dir_all(tree.path("site")).unwrap();
    assert_eq!(word(&root.get(&RequestPath::parse(b"/a.txt").unwrap())), "not found");
}

#[test]
fn what_can_not_be_a_root_is_named() {
    let tree = Tree::of(&[("file", File(b"")), ("real/x", File(b"x")), ("link", Link("real"))]);
    let err = Root::open(tree.path("missing"), Policy::default()).unwrap_err();
    assert!(
        matches!(err.kind(), RootErrorKind::NotFound)
            && err.to_string().contains("missing: no such folder")
    );
    let err = Root::open(tree.path("file"), Policy::default()).unwrap_err();
    assert!(
        matches!(err.kind(), RootErrorKind::NotADirectory)
            && err.to_string().contains("file: not a folder")
    );
    // The way to the root is the operator's own.
    let root = Root::open(tree.path("link"), Policy::default()).unwrap();
    assert_eq!(word(&root.get(&RequestPath::parse(b"/x").unwrap())), "x");
}

#[test]
fn roots_are_shared_between_threads() {
    fn assert_send_and_sync<T: Send + Sync>() {}
    assert_send_and_sync::<Root>();
    assert_send_and_sync::<RequestPath<'static>>();
}
