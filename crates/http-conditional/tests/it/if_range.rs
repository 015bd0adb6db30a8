use std::time::{Duration, SystemTime};

use catzilla_http_conditional::Outcome::{Full, Range};
use catzilla_http_conditional::{HttpDate, Method, Outcome, RangeLimits, Validators, decide};

use crate::request::{
    EARLIER, EXACTLY, LAST_MODIFIED, LATER, ask, bytes, get, only_date, only_tag, validators, weak,
};

const LEN: u64 = 1000;

/// Whether `Range` is answered under this condition.
#[track_caller]
fn check(validators: &Validators, if_range: &str, applies: bool) {
    let outcome = if applies { Range(bytes(0, 9)) } else { Full };
    let lines = ["Range: bytes=0-9", &format!("If-Range: {if_range}")];
    assert_eq!(ask(Method::Get, &lines, validators, LEN), outcome, "{validators:?} {if_range}");
}

#[test]
fn rfc9110_13_1_5_if_range_with_a_tag_compares_strongly() {
    check(&validators(), r#""a""#, true);
    check(&validators(), "\t\"a\" ", true);
    check(&validators(), r#""b""#, false);
    check(&validators(), r#"W/"a""#, false);
    check(&validators(), r#""a", "b""#, false);
    check(&validators(), "*", false);
    check(&validators(), "a", false);
    check(&validators(), "", false);
    check(&weak(), r#""a""#, false);
    check(&weak(), r#"W/"a""#, false);
    check(&only_date(), r#""a""#, false);
}

#[test]
fn rfc9110_13_1_5_if_range_with_a_date_has_to_be_exact() {
    check(&validators(), EXACTLY, true);
    check(&validators(), EARLIER, false);
    check(&validators(), LATER, false);
    check(&weak(), EXACTLY, true);
    check(&only_tag(), EXACTLY, false);
    check(&validators(), "Tue Nov 15 12:45:26 1994", true);
}

#[test]
fn rfc9110_8_8_2_2_a_date_is_strong_when_its_second_is_over() {
    #[track_caller]
    fn check(age: Duration, expected: &Outcome) {
        let changed = SystemTime::from(HttpDate::from_unix(LAST_MODIFIED));
        let fields = [("Range", "bytes=0-9"), ("If-Range", EXACTLY)];
        let limits = RangeLimits::default();
        let outcome = decide(Method::Get, &fields, &validators(), LEN, changed + age, &limits);
        assert_eq!(&outcome, expected, "{age:?}");
    }
    check(Duration::ZERO, &Full);
    check(Duration::from_millis(999), &Full);
    check(Duration::from_secs(1), &Range(bytes(0, 9)));
    check(Duration::from_mins(1), &Range(bytes(0, 9)));
}

#[test]
fn rfc9110_13_1_5_if_range_is_nothing_without_range_and_beyond_get() {
    assert_eq!(get(&[r#"If-Range: "b""#], LEN), Full);
    for method in [Method::Head, Method::Other] {
        let lines = ["Range: bytes=0-9", r#"If-Range: "a""#];
        assert_eq!(ask(method, &lines, &validators(), LEN), Full);
    }
    let repeated = ["Range: bytes=0-9", r#"If-Range: "a""#, r#"If-Range: "a""#];
    assert_eq!(get(&repeated, LEN), Full);
    assert_eq!(get(&["Range: bytes=5000-", r#"If-Range: "b""#], LEN), Full);
    assert_eq!(get(&["Range: bytes=5000-", r#"If-Range: "a""#], LEN), Outcome::RangeNotSatisfiable);
}
