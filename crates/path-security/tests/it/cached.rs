//! Answers from memory: the same, or none.

use catzilla_path_security::{OpenError, Policy, RequestPath, Resolver, Root, Symlinks};
use catzilla_testkit::tree::{Entry::*, Tree};

use crate::files::word;

#[test]
fn an_answer_from_memory_is_the_answer() {
    let tree = Tree::of(&[
        ("a.txt", File(b"a")),
        ("dir/b.txt", File(b"b")),
        ("link", Link("a.txt")),
        ("fifo", Fifo),
    ]);
    for resolver in [Resolver::Kernel, Resolver::Walk] {
        for rule in [Symlinks::Never, Symlinks::Within, Symlinks::Follow] {
            let root =
                Root::open_with(tree.root(), Policy::default().symlinks(rule), resolver).unwrap();
            for path in ["/a.txt", "/dir/b.txt", "/dir", "/link", "/fifo", "/missing", "/.x", "/"] {
                let path = RequestPath::parse(path.as_bytes()).unwrap();
                let expected = word(&root.get(&path));
                let cached = root.get_cached(&path);
                if !matches!(cached, Err(OpenError::WouldBlock)) {
                    assert_eq!(word(&cached), expected, "{path}, {resolver:?}, {rule:?}");
                }
            }
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_was_opened_a_moment_ago_is_in_memory() {
    let tree = Tree::of(&[("dir/b.txt", File(b"b"))]);
    let root = Root::open(tree.root(), Policy::default()).unwrap();
    let path = RequestPath::parse(b"/dir/b.txt").unwrap();
    root.get(&path).unwrap();
    // Kernels before 5.12 can't tell; then every answer is `WouldBlock`, and nothing is lost but time.
    match root.get_cached(&path) {
        Ok(opened) => assert_eq!(opened.metadata().len(), 1),
        Err(err) => assert!(matches!(err, OpenError::WouldBlock), "{err}"),
    }
}
