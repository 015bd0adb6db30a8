use catzilla_http_conditional::{ByteRange, ContentRange};

use crate::request::bytes;

#[track_caller]
fn check(content_range: ContentRange, expected: &str) {
    assert_eq!(content_range.to_string(), expected);
    assert_eq!(content_range.encoded_len(), expected.len());
    let mut out = b"Content-Range: ".to_vec();
    content_range.write_to(&mut out);
    assert_eq!(out, format!("Content-Range: {expected}").into_bytes());
}

#[test]
fn rfc9110_14_4_a_part_says_where_it_belongs() {
    let check = |range, complete_length, expected| {
        check(ContentRange::part(range, complete_length), expected);
    };
    check(bytes(0, 499), 1234, "bytes 0-499/1234");
    check(bytes(734, 1233), 1234, "bytes 734-1233/1234");
    check(bytes(0, 0), 1, "bytes 0-0/1");
    check(bytes(9, 10), 100, "bytes 9-10/100");
    check(
        bytes(u64::MAX - 1, u64::MAX - 1),
        u64::MAX,
        "bytes 18446744073709551614-18446744073709551614/18446744073709551615",
    );
}

#[test]
fn rfc9110_14_4_an_unsatisfied_range_says_how_much_there_is() {
    check(ContentRange::unsatisfied(1234), "bytes */1234");
    check(ContentRange::unsatisfied(0), "bytes */0");
}

#[test]
fn a_range_counts_its_bytes() {
    let range = bytes(500, 999);
    assert_eq!((range.start(), range.end(), range.len()), (500, 1000, 500));
    assert_eq!(std::ops::Range::from(range), 500..1000);
    assert_eq!(ByteRange::whole(1000), bytes(0, 999));
    assert!(ByteRange::whole(0).is_empty() && !range.is_empty());
    assert_eq!(ByteRange::new(2, 1), None);
}

#[test]
fn rfc9110_14_4_an_empty_part_cannot_be_said() {
    check(ContentRange::part(ByteRange::whole(0), 0), "bytes */0");
}
