use catzilla_http_conditional::multipart::{Boundary, Layout, Part, part_overhead};
use catzilla_http_conditional::{ByteRange, ByteRanges, Outcome};

use crate::request::{bytes, get};

#[track_caller]
fn ranges(value: &str, len: u64) -> ByteRanges {
    match get(&[&format!("Range: {value}")], len) {
        Outcome::Ranges(ranges) => ranges,
        other => panic!("{other:?}"),
    }
}

/// The body with `<first-last>` for content.
fn render(layout: Layout<'_>) -> String {
    let pieces = layout.parts().map(|part| match part {
        Part::Head(bytes) | Part::Tail(bytes) => String::from_utf8(bytes).unwrap(),
        Part::Content(range) => format!("<{}-{}>", range.start(), range.end() - 1),
    });
    pieces.collect()
}

/// The example of RFC 9110 section 14.6, with its boundary, type and ranges.
#[test]
fn rfc9110_14_6_parts_have_their_own_type_and_range() {
    let ranges = ranges("bytes=500-999,7000-7999", 8000);
    let boundary = Boundary::new("THIS_STRING_SEPARATES").unwrap();
    let layout = Layout::new(&ranges, "application/pdf", 8000, &boundary);
    let expected = "--THIS_STRING_SEPARATES\r\n\
                    Content-Type: application/pdf\r\n\
                    Content-Range: bytes 500-999/8000\r\n\
                    \r\n\
                    <500-999>\r\n\
                    --THIS_STRING_SEPARATES\r\n\
                    Content-Type: application/pdf\r\n\
                    Content-Range: bytes 7000-7999/8000\r\n\
                    \r\n\
                    <7000-7999>\r\n\
                    --THIS_STRING_SEPARATES--\r\n";
    assert_eq!(render(layout), expected);
    assert_eq!(layout.content_type(), "multipart/byteranges; boundary=THIS_STRING_SEPARATES");
    let placeholders = "<500-999><7000-7999>".len();
    assert_eq!(layout.total_len(), (expected.len() - placeholders + 500 + 1000) as u64);
}

#[test]
fn the_length_is_known_before_the_parts_are() {
    #[track_caller]
    fn check(value: &str, len: u64, content_type: &str, boundary: &Boundary) {
        let ranges = ranges(value, len);
        let layout = Layout::new(&ranges, content_type, len, boundary);
        let sent: u64 = layout
            .parts()
            .map(|part| match part {
                Part::Head(bytes) | Part::Tail(bytes) => bytes.len() as u64,
                Part::Content(range) => range.len(),
            })
            .sum();
        assert_eq!(layout.total_len(), sent);
        let content: u64 = ranges.iter().map(ByteRange::len).sum();
        let overhead = part_overhead(content_type, len, boundary);
        let count = ranges.as_slice().len() as u64;
        assert!(sent - content <= count * overhead, "{overhead} each for {value}");
    }
    let boundaries = [
        Boundary::new("x").unwrap(),
        Boundary::from_bits(7),
        Boundary::new(&"y".repeat(70)).unwrap(),
    ];
    for boundary in &boundaries {
        check("bytes=0-0,-1", 10_000, "", boundary);
        check("bytes=0-0,-1", 10_000, "text/html; charset=utf-8", boundary);
        check("bytes=9-10,99-100,999-1000,9999-10000", u64::MAX / 2, "a/b", boundary);
    }
}

#[test]
fn a_type_that_is_not_known_is_left_out() {
    let ranges = ranges("bytes=0-0,-1", 10_000);
    let boundary = Boundary::from_bits(1);
    let body = render(Layout::new(&ranges, "", 10_000, &boundary));
    assert!(!body.contains("Content-Type"), "{body}");
    assert_eq!(ranges.iter().count(), 2);
    assert_eq!(ranges.into_iter().next(), Some(&bytes(0, 0)));
}

#[test]
fn rfc2046_5_1_1_a_boundary_has_1_to_70_characters() {
    #[track_caller]
    fn check(text: &str, valid: bool) {
        assert_eq!(Boundary::new(text).is_ok(), valid, "{text:?}");
    }
    check("a", true);
    check("'()+_,-./:=? 9Zz", true);
    check(&"x".repeat(70), true);
    check("", false);
    check(&"x".repeat(71), false);
    check("ends with ", false);
    check(" ", false);
    check("a\r\nb", false);
    check("a\"b", false);
    check("ä", false);
    check("a;b", false);
}

#[test]
fn a_boundary_is_quoted_where_it_must_be() {
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let ranges = ranges("bytes=0-0,-1", 10_000);
        let boundary = Boundary::new(text).unwrap();
        let layout = Layout::new(&ranges, "", 10_000, &boundary);
        assert_eq!(layout.content_type(), expected);
    }
    check("it's_1+1-.", "multipart/byteranges; boundary=it's_1+1-.");
    check("a b", "multipart/byteranges; boundary=\"a b\"");
    check("a:b", "multipart/byteranges; boundary=\"a:b\"");
}

#[test]
fn bits_make_a_boundary_of_32_digits() {
    let boundary = Boundary::from_bits(0xfedc_ba98_7654_3210_0123_4567_89ab_cdef);
    assert_eq!(boundary.as_bytes(), b"fedcba98765432100123456789abcdef");
    assert_eq!(Boundary::from_bits(0).as_bytes(), "0".repeat(32).as_bytes());
    assert_eq!(Boundary::new("fedcba98765432100123456789abcdef"), Ok(boundary));
}
