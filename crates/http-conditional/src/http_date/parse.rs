//! The three formats of RFC 9110 section 5.6.7. All of it is case-sensitive and has no optional
//! space anywhere.

use std::time::SystemTime;

use super::HttpDate;
use super::calendar::{Civil, DAYS, MONTHS, to_unix};

pub(super) fn date(value: &[u8], now: SystemTime) -> Option<HttpDate> {
    imf_fixdate(value).or_else(|| asctime(value)).or_else(|| rfc850(value, now))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf_fixdate(value: &[u8]) -> Option<HttpDate> {
    let rest = short_day_name(value)?.strip_prefix(b", ")?;
    let (&[d1, d0, b' ', m0, m1, m2, b' ', y3, y2, y1, y0, b' '], rest) =
        rest.split_first_chunk()?
    else {
        return None;
    };
    let second_of_day = time_of_day(rest.strip_suffix(b" GMT")?)?;
    let year = digits(&[y3, y2, y1, y0])?;
    moment(year, month([m0, m1, m2])?, digits(&[d1, d0])?, second_of_day)
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(value: &[u8]) -> Option<HttpDate> {
    let (&[b' ', m0, m1, m2, b' ', d1, d0, b' '], rest) =
        short_day_name(value)?.split_first_chunk()?
    else {
        return None;
    };
    let (time, &[b' ', y3, y2, y1, y0]) = rest.split_last_chunk()? else {
        return None;
    };
    let day = if d1 == b' ' { digits(&[d0])? } else { digits(&[d1, d0])? };
    moment(digits(&[y3, y2, y1, y0])?, month([m0, m1, m2])?, day, time_of_day(time)?)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc850(value: &[u8], now: SystemTime) -> Option<HttpDate> {
    let rest = DAYS.iter().find_map(|name| value.strip_prefix(name.as_bytes()))?;
    let (&[b',', b' ', d1, d0, b'-', m0, m1, m2, b'-', y1, y0, b' '], rest) =
        rest.split_first_chunk()?
    else {
        return None;
    };
    let second_of_day = time_of_day(rest.strip_suffix(b" GMT")?)?;
    let (month, day) = (month([m0, m1, m2])?, digits(&[d1, d0])?);

    // "A timestamp that appears to be more than 50 years in the future" means the past: so it is
    // the latest year with these digits that isn't. No year has five digits.
    let now = Civil::from_unix(HttpDate::from(now).unix);
    let horizon = (now.year + 50, now.month, now.day, now.second_of_day);
    let digits = i64::from(digits(&[y1, y0])?);
    let mut year = horizon.0 - (horizon.0 - digits).rem_euclid(100);
    if year > 9999 || (year, month, day, second_of_day) > horizon {
        year -= 100;
    }
    moment(u32::try_from(year).ok()?, month, day, second_of_day)
}

fn short_day_name(value: &[u8]) -> Option<&[u8]> {
    let (name, rest) = value.split_at_checked(3)?;
    DAYS.iter().any(|day| &day.as_bytes()[..3] == name).then_some(rest)
}

fn month(name: [u8; 3]) -> Option<u32> {
    let index = MONTHS.iter().position(|month| month.as_bytes() == name)?;
    Some(index as u32 + 1)
}

/// `08:49:37`, in seconds since midnight. `:60` is a leap second.
fn time_of_day(value: &[u8]) -> Option<u32> {
    let &[h1, h0, b':', m1, m0, b':', s1, s0] = value else {
        return None;
    };
    let (hour, minute, second) = (digits(&[h1, h0])?, digits(&[m1, m0])?, digits(&[s1, s0])?);
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

fn moment(year: u32, month: u32, day: u32, second_of_day: u32) -> Option<HttpDate> {
    to_unix(i64::from(year), month, day, second_of_day).map(HttpDate::from_unix)
}

/// A decimal number, of few enough digits for `u32`.
fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |number, &byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })
}
