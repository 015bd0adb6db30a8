//! What stands at a path, opened in both ways under each rule for links.

use std::io::Read;

use catzilla_path_security::{
    OpenError, Opened, Policy, Refusal, RequestPath, Resolver, Root, Symlinks,
};
use catzilla_testkit::tree::{Entry::*, Tree};

const RESOLVERS: [Resolver; 2] = [Resolver::Kernel, Resolver::Walk];
const RULES: [Symlinks; 3] = [Symlinks::Never, Symlinks::Within, Symlinks::Follow];

pub(crate) fn get(
    tree: &Tree,
    resolver: Resolver,
    policy: Policy,
    path: &str,
) -> Result<Opened, OpenError> {
    let root = Root::open_with(tree.root(), policy, resolver).unwrap();
    root.get(&RequestPath::parse(path.as_bytes()).unwrap())
}

pub(crate) fn content(opened: &Opened) -> String {
    let mut text = String::new();
    opened.file().read_to_string(&mut text).unwrap();
    text
}

/// What an open amounts to, in a word.
pub(crate) fn word(got: &Result<Opened, OpenError>) -> String {
    match got {
        Ok(opened) if opened.metadata().is_dir() => "folder".to_owned(),
        Ok(opened) => content(opened),
        Err(OpenError::Refused(refusal)) => format!("{refusal:?}"),
        Err(err) => err.to_string(),
    }
}

#[track_caller]
fn check(tree: &Tree, policy: &Policy, path: &str, expected: &str) {
    for resolver in RESOLVERS {
        for rule in RULES {
            let got = get(tree, resolver, policy.clone().symlinks(rule), path);
            assert_eq!(word(&got), expected, "{path}, {resolver:?}, {rule:?}");
        }
    }
}

#[test]
fn files_and_folders() {
    let tree = Tree::of(&[("a/b.txt", File(b"b")), ("empty", File(b"")), ("a/c/d", Dir)]);
    let policy = Policy::default();
    check(&tree, &policy, "/a/b.txt", "b");
    check(&tree, &policy, "/a/./b.txt", "b");
    check(&tree, &policy, "/empty", "");
    check(&tree, &policy, "/", "folder");
    check(&tree, &policy, "/a", "folder");
    check(&tree, &policy, "/a/c/d/", "folder");
    for missing in ["/x", "/a/x", "/x/y/z", "/a/b.txt/x", "/a/b.txt/", "/A/b.txt"] {
        check(&tree, &policy, missing, "not found");
    }
}

#[test]
fn what_is_no_file_is_refused_and_never_waited_for() {
    let tree = Tree::of(&[("fifo", Fifo), ("socket", Socket), ("a/fifo", Fifo)]);
    let policy = Policy::default();
    for path in ["/fifo", "/socket", "/a/fifo"] {
        check(&tree, &policy, path, "NotAFile");
    }
    check(&tree, &policy, "/fifo/x", "not found");
    let device =
        std::process::Command::new("mknod").arg(tree.path("null")).args(["c", "1", "3"]).status();
    if device.is_ok_and(|status| status.success()) {
        check(&tree, &policy, "/null", "NotAFile");
    }
}

#[test]
fn sizes_and_extensions_of_what_was_opened() {
    let tree = Tree::of(&[
        ("ten", File(b"0123456789")),
        ("a.txt", File(b"a")),
        ("folder.d/x", File(b"")),
        ("plain/x.txt", File(b"x")),
    ]);
    let small = Policy::default().max_file_size(9);
    check(&tree, &small, "/ten", "TooLarge");
    check(&tree, &small, "/a.txt", "a");
    check(&tree, &small.max_file_size(10), "/ten", "0123456789");
    let only = Policy::default().allow_extensions(["txt"]).unwrap();
    check(&tree, &only, "/ten", "Extension");
    check(&tree, &only, "/a.txt", "a");
    // A folder needs no extension, and may have another.
    check(&tree, &only, "/plain", "folder");
    check(&tree, &only, "/plain/x.txt", "x");
    check(&tree, &only, "/folder.d/", "folder");
    check(&tree, &only, "/folder.d", "folder");
    // Whether a refused file exists can't be told from the refusal.
    check(&tree, &only, "/missing", "Extension");
    check(&tree, &Policy::default().block_extensions(["txt"]).unwrap(), "/a.txt", "Extension");
    check(
        &tree,
        &Policy::default().block_extensions(["txt"]).unwrap(),
        "/missing.txt",
        "Extension",
    );
}

#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;

    let tree = Tree::of(&[("secret", File(b"s")), ("closed/x", File(b"x"))]);
    for name in ["secret", "closed"] {
        std::fs::set_permissions(tree.path(name), PermissionsExt::from_mode(0o000)).unwrap();
    }
    // A superuser may read everything: then there is nothing to see here.
    if std::fs::File::open(tree.path("secret")).is_err() {
        check(&tree, &Policy::default(), "/secret", "permission denied");
        check(&tree, &Policy::default(), "/closed/x", "permission denied");
    }
    std::fs::set_permissions(tree.path("closed"), PermissionsExt::from_mode(0o700)).unwrap();
}

#[test]
fn metadata_come_from_the_handle() {
    let tree = Tree::of(&[("a.txt", File(b"one"))]);
    for resolver in RESOLVERS {
        let opened = get(&tree, resolver, Policy::default(), "/a.txt").unwrap();
        let expected = std::fs::metadata(tree.path("a.txt")).unwrap();
        let metadata = *opened.metadata();
        assert_eq!((metadata.len(), metadata.modified()), (3, expected.modified().unwrap()));
        // Another file of the name is another file; that this one lost its name is all that has changed.
        tree.replace("a.txt", b"other");
        let now = opened.metadata_now().unwrap();
        assert_eq!(
            (now.len(), now.modified(), now.identity()),
            (metadata.len(), metadata.modified(), metadata.identity())
        );
        assert_eq!(content(&opened), "one");
        tree.add("a.txt", File(b"one"));
    }
    // A time that is set back shows in the other one.
    let opened = get(&tree, RESOLVERS[0], Policy::default(), "/a.txt").unwrap();
    let before = *opened.metadata();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
    opened.file().set_permissions(mode).unwrap();
    let file = std::fs::File::options().write(true).open(tree.path("a.txt")).unwrap();
    file.set_modified(before.modified()).unwrap();
    let after = opened.metadata_now().unwrap();
    assert_eq!(after.modified(), before.modified());
    assert!(after.changed() >= before.changed() && after.changed() >= after.modified());
    assert_eq!(Refusal::NotAFile.to_string(), "neither a file nor a folder");
}
