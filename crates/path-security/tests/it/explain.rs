//! Why a path is served or not, in words.

use catzilla_path_security::{Policy, Refusal, Root};
use catzilla_testkit::tree::{Entry::*, Tree};

#[test]
fn every_refusal_is_explained_and_tells_what_would_help() {
    let tree = Tree::of(&[
        ("a.txt", File(b"0123456789")),
        ("dir", Dir),
        ("link", Link("a.txt")),
        ("fifo", Fifo),
        ("x.php", File(b"")),
    ]);
    let policy = Policy::default().block_extensions(["php"]).unwrap().max_file_size(5);
    let root = Root::open(tree.root(), policy).unwrap();
    for (path, refusal, says) in [
        ("/../x", Some(Refusal::Traversal), "a `..` segment"),
        ("/%zz", Some(Refusal::BadEscape), "%25"),
        ("/.env", Some(Refusal::Hidden), "Policy::hidden(true)"),
        ("/nul.txt", Some(Refusal::WindowsName), "device"),
        ("/x.php", Some(Refusal::Extension), "\"x.php\""),
        ("/link", Some(Refusal::Symlink), "Symlinks::Within"),
        ("/fifo", Some(Refusal::NotAFile), "neither a file nor a folder"),
        ("/a.txt", Some(Refusal::TooLarge), "the limit is 5 bytes"),
        ("/dir", None, "/dir is a folder"),
        ("/nothing", None, "nothing stands at /nothing"),
    ] {
        let explanation = root.explain(path.as_bytes());
        assert_eq!(explanation.refusal(), refusal, "{path}");
        assert!(explanation.to_string().contains(says), "{path}: {explanation}");
    }
    assert!(Policy::default().explain(b"/a%20b").reason().contains("the rules allow /a%20b"));
    // What is no text is shown, not printed.
    assert!(root.explain(b"/\xff\x1b[2J").to_string().contains("\\xff\\x1b"));
}
