//! Roots: opened once, the same folder whatever happens to its name.

use std::fs;

use catzilla_path_security::{OpenError, Policy, RequestPath, Root, RootErrorKind, identity};
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
fn what_belongs_to_a_file_that_was_judged_may_have_any_name_that_is_not_hidden() {
    let tree = Tree::of(&[
        ("site/a.js.br", File(b"br")),
        ("site/.a.br", File(b"hidden")),
        ("site/large.br", File(b"too large")),
        ("site/link.br", Link("a.js.br")),
    ]);
    let policy = Policy::default().allow_extensions(["js"]).unwrap().max_file_size(6);
    let policy = policy.block_extensions(["br"]).unwrap().block_pattern("*.js.*").unwrap();
    let root = Root::open(tree.path("site"), policy).unwrap();
    let beside = root.with_any_name();
    assert_eq!(beside.identity(), root.identity());
    for (path, by_name, as_companion) in [
        ("/a.js.br", "refused", "br"),
        ("/.a.br", "refused", "refused"),
        ("/large.br", "refused", "refused"),
        ("/link.br", "refused", "refused"),
    ] {
        let path = RequestPath::parse(path.as_bytes()).unwrap();
        let word = |root: &Root| match root.get(&path) {
            Err(OpenError::Refused(_)) => "refused".to_owned(),
            opened => word(&opened),
        };
        assert_eq!((&*word(&root), &*word(&beside)), (by_name, as_companion), "{path}");
    }
    // It is the same folder, by the same handle.
    fs::rename(tree.path("site"), tree.path("away")).unwrap();
    assert!(beside.get(&RequestPath::parse(b"/a.js.br").unwrap()).is_ok());
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
