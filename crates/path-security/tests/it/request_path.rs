//! Paths taken apart, put together and written down again.

use catzilla_path_security::{Refusal, RequestPath};

fn path(text: &str) -> RequestPath<'_> {
    RequestPath::parse(text.as_bytes()).unwrap()
}

#[track_caller]
fn shows(raw: &str, expected: &str) {
    assert_eq!(path(raw).to_string(), expected, "{raw}");
}

#[test]
fn what_is_shown_is_safe_in_a_location() {
    shows("/", "/");
    shows("//evil.example/", "/evil.example/");
    shows("//evil.example", "/evil.example");
    shows("/%2e/x", "/x");
    shows("/a b", "/a%20b");
    shows("/a%20b/", "/a%20b/");
    shows("/caf%C3%A9", "/caf%C3%A9");
    shows("/a\"<>b", "/a%22%3C%3Eb");
    shows("/a%3Fb%23c%25d", "/a%3Fb%23c%25d");
    shows("/a;b=c&d,e:f@g", "/a;b=c&d,e:f@g");
    shows("/~user/(x)!*'", "/~user/(x)!*'");
}

#[test]
fn joining() {
    let base = path("/docs/");
    assert_eq!(base.join("index.html").unwrap(), path("/docs/index.html"));
    assert_eq!(base.join("a/b/").unwrap(), path("/docs/a/b/"));
    assert_eq!(path("/").join("x").unwrap(), path("/x"));
    // Text is not decoded again.
    assert_eq!(base.join("100%41").unwrap().as_str(), "docs/100%41");
    for (name, refusal) in [
        ("", Refusal::NotAPath),
        ("/x", Refusal::NotAPath),
        ("..", Refusal::Traversal),
        ("a/../b", Refusal::Traversal),
        ("a\\b", Refusal::Backslash),
        ("a\0", Refusal::ControlCharacter),
    ] {
        assert_eq!(base.join(name), Err(refusal), "{name:?}");
    }
    assert_eq!(base.join(&"n".repeat(256)), Err(Refusal::TooLong));
}

#[test]
fn suffixes() {
    assert_eq!(path("/a/site.css").with_suffix(".br").unwrap(), path("/a/site.css.br"));
    assert_eq!(path("/").with_suffix(".br"), Err(Refusal::NotAPath));
    assert_eq!(path("/a").with_suffix("/../b"), Err(Refusal::NotAPath));
}

#[track_caller]
fn stripped(raw: &str, prefix: &str, expected: Option<(&str, bool)>) {
    let (raw, prefix) = (path(raw), path(prefix));
    let rest = raw.strip_prefix(&prefix);
    assert_eq!(rest.as_ref().map(|rest| (rest.as_str(), rest.is_directory())), expected);
}

#[test]
fn prefixes_end_on_borders_between_names() {
    stripped("/static/a.css", "/static", Some(("a.css", false)));
    stripped("/static/a.css", "/static/", Some(("a.css", false)));
    stripped("/static/", "/static", Some(("", true)));
    stripped("/static", "/static/", Some(("", true)));
    stripped("/static/a/", "/static", Some(("a", true)));
    stripped("/staticfiles/a", "/static", None);
    stripped("/stati", "/static", None);
    stripped("/a", "/", Some(("a", false)));
    stripped("/", "/a", None);
}

#[test]
fn segments() {
    assert_eq!(path("/a//b/c").segments().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(path("/").segments().count(), 0);
    assert_eq!(path("/a/b").file_name(), Some("b"));
    assert!(path("/").is_root() && path("/").file_name().is_none());
    assert_ne!(path("/a"), path("/a/"), "a file and a folder differ");
    assert_eq!(path("/a").into_owned(), path("/%61"));
}
