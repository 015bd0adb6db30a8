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
        check(
            ContentRange::Satisfied {
                range,
                complete_length,
            },
            expected,
        );
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
    check(
        ContentRange::Unsatisfied {
            complete_length: 1234,
        },
        "bytes */1234",
    );
    check(
        ContentRange::Unsatisfied { complete_length: 0 },
        "bytes */0",
    );
}

#[test]
fn a_range_counts_its_bytes() {
    let range = bytes(500, 999);
    assert_eq!(
        (range.len(), range.last(), range.is_empty()),
        (500, 999, false)
    );
    assert_eq!(std::ops::Range::from(range), 500..1000);
    let inside_out = ByteRange { start: 2, end: 1 };
    assert_eq!((inside_out.len(), inside_out.is_empty()), (0, true));
}
