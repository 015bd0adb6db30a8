use std::hint::black_box;
use std::time::{Duration, SystemTime};

use catzilla_http_conditional::{
    ContentRange, EntityTag, HttpDate, Method, Outcome, RangeLimits, Validators, decide,
};
use catzilla_testkit::counting::allocations;

use crate::request::{bytes, now, validators};

#[track_caller]
fn check(fields: &[(&str, &str)], expected: usize) {
    let (validators, limits) = (validators(), RangeLimits::DEFAULT);
    let mut outcome = Outcome::Full;
    let count = allocations(|| {
        outcome = decide(Method::Get, fields, &validators, 10_000, now(), &limits);
    });
    assert_eq!(count, expected, "{fields:?} gets {outcome:?}");
}

#[test]
fn answers_without_parts_allocate_nothing() {
    check(&[], 0);
    check(&[("Host", "example.org"), ("Accept", "*/*")], 0);
    check(&[("If-None-Match", r#""a""#)], 0);
    check(&[("If-None-Match", r#""x", W/"y", "z""#), ("If-None-Match", r#"W/"a""#)], 0);
    check(&[("If-None-Match", "oops")], 0);
    check(&[("If-Match", r#""b""#)], 0);
    check(&[("If-Modified-Since", "Tue, 15 Nov 1994 12:45:26 GMT")], 0);
    check(&[("If-Modified-Since", "Tuesday, 15-Nov-94 12:45:26 GMT")], 0);
    check(&[("If-Unmodified-Since", "Tue Nov 15 12:45:25 1994")], 0);
}

#[test]
fn answers_of_one_part_allocate_nothing() {
    check(&[("Range", "bytes=0-99")], 0);
    check(&[("Range", "bytes=-100"), ("If-Range", r#""a""#)], 0);
    check(&[("Range", "bytes=100-"), ("If-Range", "Tue, 15 Nov 1994 12:45:26 GMT")], 0);
    check(&[("Range", "bytes=10000-, 20000-")], 0);
    check(&[("Range", "bytes=x")], 0);
}

#[test]
fn many_parts_allocate_a_few_times() {
    check(&[("Range", "bytes=0-99,1000-1099")], 3);
    let sixteen: Vec<_> = (0..16).map(|n| format!("{}-{}", n * 500, n * 500 + 9)).collect();
    check(&[("Range", &format!("bytes={}", sixteen.join(",")))], 5);
}

#[test]
fn tags_dates_and_validators_allocate_nothing() {
    #[track_caller]
    fn check<T>(work: impl FnOnce() -> T) {
        let count = allocations(|| {
            black_box(work());
        });
        assert_eq!(count, 0);
    }
    let modified = black_box(SystemTime::UNIX_EPOCH + Duration::from_hours(1));
    check(|| Validators::of_file(modified, 1234, now()));
    check(|| EntityTag::parse(br#"W/"abc""#));
    check(|| EntityTag::strong("abc").and_then(|tag| tag.with_suffix("-br")));
    check(|| HttpDate::from(modified).to_bytes());
    check(|| HttpDate::parse(b"Sun, 06 Nov 1994 08:49:37 GMT", now()));
    let mut out = Vec::with_capacity(100);
    check(|| ContentRange::part(bytes(0, 9), 1234).write_to(&mut out));
}
