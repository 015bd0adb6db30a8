use std::borrow::Cow;

use catzilla_content_coding::vary;

#[track_caller]
fn check(existing: &str, added: &str, expected: &str) {
    let merged = vary::merge(existing.as_bytes(), added.as_bytes());
    assert_eq!(merged.escape_ascii().to_string(), expected, "{existing:?} and {added:?}");
    let again = vary::merge(&merged, added.as_bytes());
    assert_eq!(again, merged, "a second time changes nothing");
    assert!(matches!(again, Cow::Borrowed(_)));
}

#[test]
fn rfc9110_12_5_5_names_are_added_once_in_any_case() {
    check("Origin", "Accept-Encoding", "Origin, Accept-Encoding");
    check("Accept-Encoding", "Accept-Encoding", "Accept-Encoding");
    check("accept-encoding", "Accept-Encoding", "accept-encoding");
    check("Origin,ACCEPT-ENCODING , Accept", "Accept-Encoding", "Origin,ACCEPT-ENCODING , Accept");
    check("Accept-Encodings", "Accept-Encoding", "Accept-Encodings, Accept-Encoding");
    check("X-Accept-Encoding", "Accept-Encoding", "X-Accept-Encoding, Accept-Encoding");
}

#[test]
fn lists_are_merged_name_by_name() {
    check("Origin", "Accept, origin, Accept-Encoding", "Origin, Accept, Accept-Encoding");
    check("Origin", ",Accept,, accept,", "Origin, Accept");
}

#[test]
fn nothing_and_something_is_something() {
    check("", "Accept-Encoding", "Accept-Encoding");
    check(" , ", "Accept-Encoding", "Accept-Encoding");
    check("Accept-Encoding", "", "Accept-Encoding");
    check("", "", "");
}

#[test]
fn rfc9110_12_5_5_the_asterisk_absorbs_all() {
    check("*", "Accept-Encoding", "*");
    check("Accept-Encoding", "*", "*");
    check("Origin, *", "Accept-Encoding", "*");
    check("", "*", "*");
}
