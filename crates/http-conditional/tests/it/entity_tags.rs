use std::time::{Duration, SystemTime, UNIX_EPOCH};

use catzilla_http_conditional::EntityTag;

#[track_caller]
fn check_parses(value: &[u8], weak: bool, opaque: &[u8]) {
    let tag = EntityTag::parse(value).expect("an entity tag");
    assert_eq!((tag.is_weak(), tag.opaque()), (weak, opaque));
    assert_eq!(tag.as_bytes(), value);
}

#[test]
fn rfc9110_8_8_3_a_tag_is_quoted_and_weak_with_a_prefix() {
    check_parses(br#""xyzzy""#, false, b"xyzzy");
    check_parses(br#"W/"xyzzy""#, true, b"xyzzy");
    check_parses(br#""""#, false, b"");
    check_parses(br#"W/"""#, true, b"");
    check_parses(br#""a,b""#, false, b"a,b");
    check_parses(br#""back\slash""#, false, br"back\slash");
    check_parses(br#""W/""#, false, b"W/");
    check_parses(b"\"\x80\xff\"", false, b"\x80\xff");
}

#[track_caller]
fn check_refuses(value: &[u8]) {
    let tag = EntityTag::parse(value);
    assert!(tag.is_err(), "{} is {tag:?}", value.escape_ascii());
}

#[test]
fn rfc9110_8_8_3_anything_else_is_no_tag() {
    check_refuses(b"");
    check_refuses(b"xyzzy");
    check_refuses(b"\"");
    check_refuses(b"\"xyzzy");
    check_refuses(b"xyzzy\"");
    check_refuses(b"'xyzzy'");
    check_refuses(br#"w/"xyzzy""#);
    check_refuses(br#"W"xyzzy""#);
    check_refuses(br#"W/ "xyzzy""#);
    check_refuses(b"W/");
    check_refuses(br#""a b""#);
    check_refuses(b"\"a\x7fb\"");
    check_refuses(b"\"a\tb\"");
    check_refuses(b"\"a\0b\"");
    check_refuses(br#""a"b""#);
    check_refuses(br#" "a""#);
    check_refuses(br#""a" "#);
    check_refuses(br#""a","b""#);
    check_refuses(b"*");
}

/// The table of the section.
#[test]
fn rfc9110_8_8_3_2_strong_and_weak_comparison() {
    #[track_caller]
    fn check(one: &str, two: &str, strong: bool, weak: bool) {
        let (one, two) = (parse(one), parse(two));
        assert_eq!((one.strong_eq(&two), one.weak_eq(&two)), (strong, weak));
        assert_eq!((two.strong_eq(&one), two.weak_eq(&one)), (strong, weak));
    }
    check(r#"W/"1""#, r#"W/"1""#, false, true);
    check(r#"W/"1""#, r#"W/"2""#, false, false);
    check(r#"W/"1""#, r#""1""#, false, true);
    check(r#""1""#, r#""1""#, true, true);
    check(r#""1""#, r#""2""#, false, false);
}

#[test]
fn a_tag_is_made_from_what_stands_between_the_quotes() {
    assert_eq!(EntityTag::strong("v1").unwrap().to_string(), r#""v1""#);
    assert_eq!(EntityTag::weak("v1").unwrap().to_string(), r#"W/"v1""#);
    assert_eq!(EntityTag::strong("v1").unwrap().to_weak(), EntityTag::weak("v1").unwrap());
    for bad in ["a b", "\"", "a\r\nb", "\u{7f}"] {
        assert!(EntityTag::strong(bad).is_err(), "{bad:?}");
        assert!(EntityTag::weak(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_tag_has_at_most_59_bytes_between_the_quotes() {
    let longest = "x".repeat(EntityTag::MAX_OPAQUE_LEN);
    let tag = EntityTag::strong(&longest).unwrap();
    assert_eq!(tag.opaque(), longest.as_bytes());
    assert_eq!(tag.to_weak().opaque(), longest.as_bytes());
    assert_eq!(EntityTag::parse(tag.to_weak().as_bytes()), Ok(tag.to_weak()));
    assert!(tag.with_suffix("").is_ok());
    assert!(tag.with_suffix("x").is_err());
    assert!(EntityTag::strong(&format!("{longest}x")).is_err());
    assert!(EntityTag::parse(format!("\"{longest}x\"").as_bytes()).is_err());
}

#[test]
fn a_suffix_keeps_the_strength() {
    assert_eq!(parse(r#""v1""#).with_suffix("-br"), Ok(parse(r#""v1-br""#)));
    assert_eq!(parse(r#"W/"v1""#).with_suffix("-br"), Ok(parse(r#"W/"v1-br""#)));
    assert!(parse(r#""v1""#).with_suffix("\"").is_err());
}

#[test]
fn a_tag_from_metadata_is_time_and_length_in_hexadecimal() {
    #[track_caller]
    fn check(modified: SystemTime, len: u64, expected: &str) {
        let tag = EntityTag::from_metadata(modified, len, false);
        assert_eq!(tag.to_string(), expected);
        assert_eq!(EntityTag::from_metadata(modified, len, true), tag.to_weak());
        assert_eq!(EntityTag::parse(expected.as_bytes()), Ok(tag));
    }
    check(UNIX_EPOCH, 0, r#""0-0""#);
    check(UNIX_EPOCH + Duration::new(1, 1), 16, r#""3b9aca01-10""#);
    check(UNIX_EPOCH - Duration::new(1, 1), 16, r#""-3b9aca01-10""#);
    check(UNIX_EPOCH + Duration::from_nanos(0x1_0000_0000), 15, r#""100000000-f""#);
    let late = Duration::new(i64::MAX as u64, 999_999_999);
    if let Some(late) = UNIX_EPOCH.checked_add(late) {
        check(late, u64::MAX, r#""1dcd64ffffffffffffffffff-ffffffffffffffff""#);
    }
}

#[test]
fn a_tag_from_a_digest_is_32_digits() {
    #[track_caller]
    fn check(digest: u128, expected: &str) {
        let tag = EntityTag::from_digest(digest);
        assert_eq!(tag.to_string(), expected);
        assert_eq!(EntityTag::parse(expected.as_bytes()), Ok(tag));
    }
    check(0, r#""00000000000000000000000000000000""#);
    check(0x1234, r#""00000000000000000000000000001234""#);
    check(u128::MAX - 1, r#""fffffffffffffffffffffffffffffffe""#);
}

#[test]
fn bytes_that_are_not_utf8_show_as_replacements() {
    assert_eq!(EntityTag::parse(b"\"a\xffb\"").unwrap().to_string(), "\"a\u{fffd}b\"");
    assert_eq!(parse("\"ä\"").to_string(), "\"ä\"");
}

#[track_caller]
fn parse(value: &str) -> EntityTag {
    EntityTag::parse(value.as_bytes()).expect("an entity tag")
}
