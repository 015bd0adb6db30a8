use catzilla_http_conditional::{ByteRange, Method, Outcome, RangeLimits, Validators, decide};

use crate::request::{ask, bytes, get, now, validators};

/// What `Range: <value>` gets of `len` bytes: the parts, empty for a 416, `None` for everything.
#[track_caller]
fn check(value: &str, len: u64, expected: Option<&[ByteRange]>) {
    check_limits(&RangeLimits::default(), value, len, expected);
}

#[track_caller]
fn check_limits(limits: &RangeLimits, value: &str, len: u64, expected: Option<&[ByteRange]>) {
    let fields = [("Range", value)];
    let outcome = decide(Method::Get, &fields, &Validators::none(), len, now(), limits);
    let parts = match &outcome {
        Outcome::Full => None,
        Outcome::Range(range) => Some(std::slice::from_ref(range)),
        Outcome::Ranges(ranges) => Some(ranges.as_slice()),
        Outcome::RangeNotSatisfiable => Some([].as_slice()),
        other => panic!("{other:?}"),
    };
    assert_eq!(parts, expected, "{value:?} of {len}");
}

/// The examples of the section.
#[test]
fn rfc9110_14_1_2_examples() {
    check("bytes=0-499", 10_000, Some(&[bytes(0, 499)]));
    check("bytes=500-999", 10_000, Some(&[bytes(500, 999)]));
    check("bytes=-500", 10_000, Some(&[bytes(9500, 9999)]));
    check("bytes=9500-", 10_000, Some(&[bytes(9500, 9999)]));
    check("bytes=0-0,-1", 10_000, Some(&[bytes(0, 0), bytes(9999, 9999)]));
    let three = [bytes(0, 999), bytes(4500, 5499), bytes(9000, 9999)];
    check("bytes= 0-999, 4500-5499, -1000", 10_000, Some(&three));
    check("bytes=500-600,601-999", 10_000, Some(&[bytes(500, 999)]));
    check("bytes=500-700,601-999", 10_000, Some(&[bytes(500, 999)]));
}

#[test]
fn rfc9110_14_1_2_a_range_ends_where_the_representation_does() {
    check("bytes=0-", 1000, Some(&[bytes(0, 999)]));
    check("bytes=0-999", 1000, Some(&[bytes(0, 999)]));
    check("bytes=0-1000", 1000, Some(&[bytes(0, 999)]));
    check("bytes=999-", 1000, Some(&[bytes(999, 999)]));
    check("bytes=999-5000", 1000, Some(&[bytes(999, 999)]));
    check("bytes=-1000", 1000, Some(&[bytes(0, 999)]));
    check("bytes=-5000", 1000, Some(&[bytes(0, 999)]));
    check("bytes=-1", 1000, Some(&[bytes(999, 999)]));
}

#[test]
fn rfc9110_14_1_2_unsatisfiable_is_what_begins_behind_the_end() {
    check("bytes=1000-", 1000, Some(&[]));
    check("bytes=1000-1001", 1000, Some(&[]));
    check("bytes=-0", 1000, Some(&[]));
    check("bytes=1000-,2000-3000,-0", 1000, Some(&[]));
    check("bytes=1000-,0-9,-0", 1000, Some(&[bytes(0, 9)]));
}

#[test]
fn rfc9110_14_1_2_of_nothing_only_a_suffix_is_satisfiable() {
    check("bytes=0-", 0, Some(&[]));
    check("bytes=0-0", 0, Some(&[]));
    check("bytes=-0", 0, Some(&[]));
    check("bytes=-1", 0, None);
    check("bytes=0-0,-1,-2", 0, None);
}

#[test]
fn rfc9110_14_1_2_numbers_of_any_size_are_understood() {
    let huge = "9".repeat(40);
    check(&format!("bytes=0-{huge}"), 1000, Some(&[bytes(0, 999)]));
    check(&format!("bytes={huge}-"), 1000, Some(&[]));
    check(&format!("bytes={huge}-{huge}9"), 1000, Some(&[]));
    check(&format!("bytes=-{huge}"), 1000, Some(&[bytes(0, 999)]));
    check(&format!("bytes={huge}9-{huge}"), 1000, None);
    check(&format!("bytes={}1-{}2", "0".repeat(40), "0".repeat(50)), 1000, Some(&[bytes(1, 2)]));
    check("bytes=18446744073709551615-18446744073709551614", 1000, None);
    check("bytes=18446744073709551616-18446744073709551615", 1000, None);
    check("bytes=0-18446744073709551615", u64::MAX, Some(&[bytes(0, u64::MAX - 1)]));
    check("bytes=18446744073709551614-", u64::MAX, Some(&[bytes(u64::MAX - 1, u64::MAX - 1)]));
    check("bytes=18446744073709551615-", u64::MAX, Some(&[]));
    check("bytes=-18446744073709551616", u64::MAX, Some(&[bytes(0, u64::MAX - 1)]));
}

#[test]
fn rfc9110_14_2_an_invalid_range_is_ignored() {
    let invalid = [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes= ",
        "bytes=-",
        "bytes=--1",
        "bytes=a-b",
        "bytes=1",
        "bytes=1-0",
        "bytes=0-1-2",
        "bytes=0x1-2",
        "bytes=+1-2",
        "bytes=1 -2",
        "bytes=1- 2",
        "bytes=- 1",
        "bytes =0-1",
        "bytes:0-1",
        "=0-1",
        "0-1",
        "bytes=0-1;2-3",
        "bytes=0-1,a",
        "bytes=0-1,3-2",
        "bytes=1000-999,0-1",
        "bytes=0-1\u{0}",
        "bytes=०-१",
    ];
    for value in invalid {
        check(value, 1000, None);
        check(value, 0, None);
    }
}

#[test]
fn rfc9110_14_2_a_unit_that_we_do_not_know_is_ignored() {
    check("lines=0-1", 1000, None);
    check("byte=0-1", 1000, None);
    check("kbytes=0-1", 1000, None);
    check("bytesx=0-1", 1000, None);
    check("BYTES=0-1", 1000, Some(&[bytes(0, 1)]));
    check("Bytes=0-1", 1000, Some(&[bytes(0, 1)]));
}

#[test]
fn rfc9110_5_6_1_empty_elements_and_white_space_are_skipped() {
    check("bytes=,0-1", 1000, Some(&[bytes(0, 1)]));
    check("bytes=0-1,", 1000, Some(&[bytes(0, 1)]));
    check(" bytes=0-1\t", 1000, Some(&[bytes(0, 1)]));
    check("bytes=, \t,0-1 ,,\t500-501,", 1000, Some(&[bytes(0, 1), bytes(500, 501)]));
    check(&format!("bytes={}0-1", ",".repeat(5000)), 1000, Some(&[bytes(0, 1)]));
}

#[test]
fn rfc9110_14_2_range_is_for_get_and_stands_once() {
    for method in [Method::Head, Method::Other] {
        assert_eq!(ask(method, &["Range: bytes=0-1"], &validators(), 1000), Outcome::Full);
        assert_eq!(ask(method, &["Range: bytes=1000-"], &validators(), 1000), Outcome::Full);
    }
    assert_eq!(get(&["Range: bytes=0-1", "Range: bytes=0-1"], 1000), Outcome::Full);
}

#[test]
fn rfc9110_15_3_7_2_parts_come_in_the_order_of_the_request() {
    check(
        "bytes=9000-9099,0-99,4000-4099",
        10_000,
        Some(&[bytes(9000, 9099), bytes(0, 99), bytes(4000, 4099)]),
    );
    // One that grows stands where the first of its ranges stood.
    check("bytes=9000-9099,0-99,9100-9199", 10_000, Some(&[bytes(9000, 9199), bytes(0, 99)]));
    check("bytes=100-199,9000-9099,0-99", 10_000, Some(&[bytes(0, 199), bytes(9000, 9099)]));
}

#[test]
fn rfc9110_15_3_7_2_near_ranges_become_one() {
    // 79 bytes lie between them, then 80.
    check("bytes=0-99,179-200", 10_000, Some(&[bytes(0, 200)]));
    check("bytes=0-99,180-200", 10_000, Some(&[bytes(0, 99), bytes(180, 200)]));
    check("bytes=180-200,0-99", 10_000, Some(&[bytes(180, 200), bytes(0, 99)]));
    check("bytes=0-99,10-19", 10_000, Some(&[bytes(0, 99)]));
    // Transitively.
    check("bytes=0-99,200-299,110-189", 10_000, Some(&[bytes(0, 299)]));
    let exact = RangeLimits { part_overhead: 0, ..RangeLimits::default() };
    check_limits(&exact, "bytes=0-9,10-19", 100, Some(&[bytes(0, 19)]));
    check_limits(&exact, "bytes=0-9,11-19", 100, Some(&[bytes(0, 9), bytes(11, 19)]));
}

#[test]
fn rfc9110_15_3_7_2_parts_that_cost_as_much_as_the_whole_are_the_whole() {
    // 100 + 100 bytes and twice 80 around them.
    check("bytes=0-99,200-299", 360, None);
    check("bytes=0-99,200-299", 361, Some(&[bytes(0, 99), bytes(200, 299)]));
    // A single part is never refused for its size.
    check("bytes=0-", 361, Some(&[bytes(0, 360)]));
}

#[test]
fn rfc9110_17_15_too_many_ranges_are_ignored() {
    let set = |count: u64| {
        let ranges = (0..count).map(|n| format!("{}-{}", n * 1000, n * 1000 + 9));
        format!("bytes={}", ranges.collect::<Vec<_>>().join(","))
    };
    let sixteen: Vec<_> = (0..16).map(|n| bytes(n * 1000, n * 1000 + 9)).collect();
    check(&set(16), 100_000, Some(&sixteen));
    check(&set(17), 100_000, None);
    check(&set(10_000), u64::MAX, None);
    // Those behind the end count as well.
    check(&set(17), 1, None);
    check(&set(16), 1, Some(&[bytes(0, 0)]));
}

#[test]
fn rfc9110_14_2_more_than_two_overlapping_ranges_are_ignored() {
    check("bytes=0-99,50-149", 10_000, Some(&[bytes(0, 149)]));
    check("bytes=0-99,50-149,100-199", 10_000, None);
    check("bytes=0-,0-,0-", 10_000, None);
    check("bytes=0-999,0-9,500-509", 10_000, None);
    // Two and two, far apart or touching.
    check(
        "bytes=0-99,5000-5099,50-149,5050-5149",
        10_000,
        Some(&[bytes(0, 149), bytes(5000, 5149)]),
    );
    check("bytes=0-9,5-14,15-24,20-29", 10_000, Some(&[bytes(0, 29)]));
    let three = RangeLimits { max_overlapping: 3, ..RangeLimits::default() };
    check_limits(&three, "bytes=0-99,50-149,100-199", 10_000, Some(&[bytes(0, 199)]));
}

#[test]
fn limits_can_leave_ranges_out() {
    for range in ["bytes=0-9", "bytes=1000-"] {
        let fields = [("Range", range)];
        let none = Validators::none();
        assert_eq!(decide(Method::Get, &fields, &none, 1000, now(), None), Outcome::Full);
    }
    let single = RangeLimits { max_ranges: 1, ..RangeLimits::default() };
    check_limits(&single, "bytes=0-9", 1000, Some(&[bytes(0, 9)]));
    check_limits(&single, "bytes=0-9,500-509", 1000, None);
}
