//! Paths as attackers write them, and what becomes of each.

use catzilla_path_security::Refusal::{self, *};
use catzilla_path_security::RequestPath;

#[track_caller]
fn refused(path: &[u8], refusal: Refusal) {
    assert_eq!(RequestPath::parse(path), Err(refusal), "{}", path.escape_ascii());
}

#[track_caller]
fn means(path: &[u8], text: &str) {
    let parsed = RequestPath::parse(path);
    let parsed = parsed.unwrap_or_else(|refusal| panic!("{}: {refusal}", path.escape_ascii()));
    assert_eq!(parsed.as_str(), text, "{}", path.escape_ascii());
}

#[test]
fn no_spelling_of_two_dots_gets_through() {
    for path in [
        "/..",
        "/../",
        "/../etc/passwd",
        "/a/../b",
        "/a/..",
        "/a//..",
        "/./../x",
        "/%2e%2e/x",
        "/%2E%2E/x",
        "/.%2e/x",
        "/%2e./x",
        "/%2e%2e",
        "/a/%2e%2e/%2e%2e/x",
        "/../../../../../../../../etc/shadow",
        "/a/b/c/../../../../x",
    ] {
        refused(path.as_bytes(), Traversal);
    }
    // Longer runs of dots are names like others here.
    means(b"/...", "...");
    means(b"/..a", "..a");
    means(b"/a..", "a..");
    means(b"/..;/x", "..;/x");
}

#[test]
fn encoded_separators_stay_what_they_are() {
    for path in [
        "/a%2fb",
        "/a%2Fb",
        "/..%2f..%2fetc/passwd",
        "/%2f",
        "/a%5cb",
        "/a%5Cb",
        "/..%5c..%5cx",
        "/%2e%2e%2fx",
        "/%2e%2e%5cx",
    ] {
        refused(path.as_bytes(), EncodedSeparator);
    }
    for path in [&b"/a\\b"[..], b"/..\\..\\x", b"/\\\\host\\share", b"\\", b"/\\"] {
        assert!(RequestPath::parse(path).is_err(), "{}", path.escape_ascii());
    }
}

#[test]
fn what_is_decoded_is_decoded_once() {
    means(b"/%252e%252e/x", "%2e%2e/x");
    means(b"/%252f", "%2f");
    means(b"/%2500", "%00");
    means(b"/100%25", "100%");
    means(b"/%41%62%7e", "Ab~");
    means(b"/a+b", "a+b");
    for path in ["/%", "/%4", "/%zz", "/%4z", "/a%", "/%%32%65", "/%u002e", "/%-1"] {
        refused(path.as_bytes(), BadEscape);
    }
}

#[test]
fn control_characters_have_no_place_in_a_path() {
    for byte in (0..0x20).chain([0x7f]) {
        refused(&[b"/a", &[byte][..], b"b"].concat(), ControlCharacter);
        refused(format!("/a%{byte:02x}b").as_bytes(), ControlCharacter);
    }
    // C1, which some terminals and logs obey.
    refused("/a\u{85}b".as_bytes(), ControlCharacter);
    refused(b"/a%C2%9Bb", ControlCharacter);
    refused(b"/ok.txt%00.html", ControlCharacter);
    refused(b"/%0d%0aSet-Cookie:x", ControlCharacter);
}

#[test]
fn only_text_is_a_path() {
    for path in [
        &b"/\xff"[..],
        b"/%ff",
        b"/%c0%ae%c0%ae/x",
        b"/%c0%af",
        b"/%e0%80%af",
        b"/%f0%80%80%af",
        b"/%ed%a0%80",
        b"/%f4%90%80%80",
        b"/%c3",
        b"/a\xc3",
    ] {
        refused(path, InvalidUtf8);
    }
    means("/caf\u{e9}".as_bytes(), "caf\u{e9}");
    means(b"/caf%C3%A9", "caf\u{e9}");
    means("/\u{1f431}".as_bytes(), "\u{1f431}");
    // Full-width dots and division slashes are letters, whatever they look like.
    means("/\u{ff0e}\u{ff0e}/x".as_bytes(), "\u{ff0e}\u{ff0e}/x");
    means("/a\u{2215}b".as_bytes(), "a\u{2215}b");
}

#[test]
fn empty_and_dot_segments_are_folded() {
    for (path, text, is_directory) in [
        ("/", "", true),
        ("//", "", true),
        ("/./", "", true),
        ("/.", "", true),
        ("/%2e", "", true),
        ("/a", "a", false),
        ("/a/", "a", true),
        ("//a", "a", false),
        ("/a//b", "a/b", false),
        ("/a/./b/.", "a/b", true),
        ("/a/%2e/b", "a/b", false),
        ("///a///", "a", true),
    ] {
        let parsed = RequestPath::parse(path.as_bytes()).unwrap();
        assert_eq!((parsed.as_str(), parsed.is_directory()), (text, is_directory), "{path}");
    }
}

#[test]
fn what_is_not_a_path() {
    for path in ["", "a", "a/b", "http://x/", "*", "?", "..", "C:/x"] {
        refused(path.as_bytes(), NotAPath);
    }
    for path in ["/a?b", "/a#b", "/?", "/%41?"] {
        refused(path.as_bytes(), QueryOrFragment);
    }
    means(b"/a%3Fb%23c", "a?b#c");
}

#[test]
fn lengths() {
    let name = |len: usize| "n".repeat(len);
    means(format!("/{}", name(255)).as_bytes(), &name(255));
    refused(format!("/{}", name(256)).as_bytes(), TooLong);
    refused(format!("/a/{}/b", name(256)).as_bytes(), TooLong);
    // Bytes count, not characters, and decoded ones.
    refused(format!("/{}", "\u{e9}".repeat(128)).as_bytes(), TooLong);
    means(format!("/{}", "%41".repeat(255)).as_bytes(), &"A".repeat(255));
    refused(format!("/{}", "%41".repeat(256)).as_bytes(), TooLong);
    let deep = |count: usize| "/d".repeat(count);
    means(deep(2048).as_bytes(), &deep(2048)[1..]);
    refused(deep(2049).as_bytes(), TooLong);
    refused("/%41".repeat(100_000).as_bytes(), TooLong);
    // Folding comes before measuring.
    means(format!("/{}a", "./".repeat(100)).as_bytes(), "a");
}
