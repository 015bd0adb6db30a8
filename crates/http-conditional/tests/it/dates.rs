use std::time::{Duration, SystemTime, UNIX_EPOCH};

use catzilla_http_conditional::HttpDate;
use proptest::prelude::*;

use crate::request::now;

#[track_caller]
fn check(value: &str, unix: i64) {
    assert_eq!(HttpDate::parse(value.as_bytes(), now()), Ok(HttpDate::from_unix(unix)), "{value}");
}

#[track_caller]
fn check_refuses(value: &str) {
    let date = HttpDate::parse(value.as_bytes(), now());
    assert!(date.is_err(), "{value:?} is {date:?}");
}

#[test]
fn rfc9110_5_6_7_all_three_formats_are_read() {
    check("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777);
    check("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777);
    check("Sun Nov  6 08:49:37 1994", 784_111_777);
    check("Sun Nov 06 08:49:37 1994", 784_111_777);
    check("Wed Nov 16 08:49:37 1994", 784_975_777);
    check("Thu, 01 Jan 1970 00:00:00 GMT", 0);
    check("Wed, 31 Dec 1969 23:59:59 GMT", -1);
    check("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000);
    check("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799);
    check("Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200);
}

#[test]
fn rfc9110_5_6_7_a_leap_second_is_the_second_after_it() {
    check("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800);
    check("Fri, 31 Dec 9999 23:59:60 GMT", 253_402_300_799);
}

#[test]
fn the_name_of_the_day_needs_only_be_one() {
    check("Mon, 06 Nov 1994 08:49:37 GMT", 784_111_777);
    check("Saturday, 06-Nov-94 08:49:37 GMT", 784_111_777);
    check("Fri Nov  6 08:49:37 1994", 784_111_777);
    check_refuses("Son, 06 Nov 1994 08:49:37 GMT");
    check_refuses("Sunda, 06-Nov-94 08:49:37 GMT");
}

#[test]
fn rfc9110_5_6_7_two_digits_mean_at_most_50_years_ahead() {
    #[track_caller]
    fn check(value: &str, now: &str, year: &str) {
        let now = HttpDate::parse(now.as_bytes(), UNIX_EPOCH).unwrap();
        let date = HttpDate::parse(value.as_bytes(), now.into()).unwrap();
        assert_eq!(&date.to_string()[12..16], year);
    }
    let now = "Sun, 06 Nov 1994 08:49:37 GMT";
    check("Monday, 01-Jan-94 00:00:00 GMT", now, "1994");
    check("Monday, 31-Dec-94 00:00:00 GMT", now, "1994");
    check("Monday, 01-Jan-00 00:00:00 GMT", now, "2000");
    check("Monday, 01-Jan-44 00:00:00 GMT", now, "2044");
    check("Monday, 06-Nov-44 08:49:37 GMT", now, "2044");
    check("Monday, 06-Nov-44 08:49:38 GMT", now, "1944");
    check("Monday, 31-Dec-44 00:00:00 GMT", now, "1944");
    check("Monday, 01-Jan-45 00:00:00 GMT", now, "1945");
    check("Monday, 01-Jan-99 00:00:00 GMT", now, "1999");
    check("Monday, 01-Jan-99 00:00:00 GMT", "Fri, 01 Jan 2050 00:00:00 GMT", "2099");
    check("Monday, 01-Jan-00 00:00:00 GMT", "Fri, 01 Jan 2050 00:00:00 GMT", "2100");
    check("Monday, 02-Jan-00 00:00:00 GMT", "Fri, 01 Jan 2050 00:00:00 GMT", "2000");
    check("Monday, 30-Jun-30 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "9930");
}

#[test]
fn rfc9110_5_6_7_days_that_no_calendar_has() {
    check_refuses("Thu, 29 Feb 2023 12:00:00 GMT");
    check_refuses("Thu, 29 Feb 1900 12:00:00 GMT");
    check_refuses("Thu, 31 Apr 2024 12:00:00 GMT");
    check_refuses("Thu, 32 Jan 2024 12:00:00 GMT");
    check_refuses("Thu, 00 Jan 2024 12:00:00 GMT");
    check_refuses("Thu Feb 30 12:00:00 2024");
    check_refuses("Thu Feb  0 12:00:00 2024");
    check_refuses("Thursday, 29-Feb-23 12:00:00 GMT");
}

#[test]
fn rfc9110_5_6_7_times_that_no_clock_shows() {
    check_refuses("Sun, 06 Nov 1994 24:00:00 GMT");
    check_refuses("Sun, 06 Nov 1994 08:60:37 GMT");
    check_refuses("Sun, 06 Nov 1994 08:49:61 GMT");
}

#[test]
fn rfc9110_5_6_7_nothing_else_is_a_date() {
    check_refuses("");
    check_refuses("0");
    check_refuses("784111777");
    check_refuses("now");
    check_refuses("1994-11-06T08:49:37Z");
    check_refuses("06 Nov 1994 08:49:37 GMT");
    check_refuses("Sun, 06 Nov 1994 08:49:37");
    check_refuses("Sun, 06 Nov 1994 08:49:37 UTC");
    check_refuses("Sun, 06 Nov 1994 08:49:37 +0000");
    check_refuses("sun, 06 nov 1994 08:49:37 gmt");
    check_refuses("SUN, 06 NOV 1994 08:49:37 GMT");
    check_refuses("Sun, 6 Nov 1994 08:49:37 GMT");
    check_refuses("Sun, 06 Nov 94 08:49:37 GMT");
    check_refuses("Sun, 06 Nov 01994 08:49:37 GMT");
    check_refuses("Sun, 06 Nov +994 08:49:37 GMT");
    check_refuses("Sun,06 Nov 1994 08:49:37 GMT");
    check_refuses("Sun,  06 Nov 1994 08:49:37 GMT");
    check_refuses(" Sun, 06 Nov 1994 08:49:37 GMT");
    check_refuses("Sun, 06 Nov 1994 08:49:37 GMT ");
    check_refuses("Sun, 06-Nov-1994 08:49:37 GMT");
    check_refuses("Sun, 06-Nov-94 08:49:37 GMT");
    check_refuses("Sunday, 06 Nov 1994 08:49:37 GMT");
    check_refuses("Sun Nov 6 08:49:37 1994");
    check_refuses("Sun Nov  6 08:49:37 1994 GMT");
    check_refuses("Sun Nov  6 08:49:37 94");
    check_refuses("Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT");
}

#[test]
fn rfc9110_5_6_7_only_the_preferred_format_is_written() {
    #[track_caller]
    fn check(unix: i64, expected: &str) {
        let date = HttpDate::from_unix(unix);
        assert_eq!(date.to_string(), expected);
        assert_eq!(&date.to_bytes(), expected.as_bytes());
    }
    check(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT");
    check(0, "Thu, 01 Jan 1970 00:00:00 GMT");
    check(-1, "Wed, 31 Dec 1969 23:59:59 GMT");
    check(951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT");
    check(4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT");
    check(4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT");
    check(i64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT");
    check(i64::MIN, "Sat, 01 Jan 0000 00:00:00 GMT");
}

#[test]
fn a_time_becomes_the_second_that_it_lies_in() {
    #[track_caller]
    fn check(time: SystemTime, unix: i64) {
        assert_eq!(HttpDate::from(time).to_unix(), unix);
    }
    check(UNIX_EPOCH, 0);
    check(UNIX_EPOCH + Duration::new(1, 999_999_999), 1);
    check(UNIX_EPOCH - Duration::new(0, 1_000), -1);
    check(UNIX_EPOCH - Duration::new(1, 0), -1);
    check(UNIX_EPOCH - Duration::new(1, 1_000), -2);
    assert_eq!(SystemTime::from(HttpDate::from_unix(5)), UNIX_EPOCH + Duration::from_secs(5));
    assert_eq!(SystemTime::from(HttpDate::from_unix(-5)), UNIX_EPOCH - Duration::from_secs(5));
}

proptest! {
    /// From 1970 to 9999, which is all that the other one does.
    #[test]
    fn the_httpdate_crate_agrees(seconds in 0..=HttpDate::MAX.to_unix() as u64) {
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        let written = HttpDate::from(time).to_string();
        prop_assert_eq!(&written, &httpdate::fmt_http_date(time));
        prop_assert_eq!(httpdate::parse_http_date(&written).ok(), Some(time));
        prop_assert_eq!(HttpDate::parse(written.as_bytes(), now()), Ok(time.into()));
    }
}
