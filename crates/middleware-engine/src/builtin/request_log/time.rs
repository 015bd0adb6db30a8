//! The time of the calendar, in UTC, as logs write it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::UtcDateTime;

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// As in the common log format: `10/Oct/2000:13:55:36 +0000`.
pub(super) fn common(time: SystemTime, out: &mut Vec<u8>) {
    let utc = utc(time);
    two(utc.day(), out);
    out.push(b'/');
    out.extend_from_slice(MONTHS[usize::from(u8::from(utc.month())) - 1]);
    out.push(b'/');
    year(utc, out);
    out.push(b':');
    clock(utc, out);
    out.extend_from_slice(b" +0000");
}

/// RFC 3339: `2000-10-10T13:55:36.000Z`.
pub(super) fn rfc3339(time: SystemTime, out: &mut Vec<u8>) {
    let utc = utc(time);
    year(utc, out);
    out.push(b'-');
    two(utc.month().into(), out);
    out.push(b'-');
    two(utc.day(), out);
    out.push(b'T');
    clock(utc, out);
    let millisecond = utc.millisecond();
    out.extend_from_slice(&[b'.', digit((millisecond / 100) as u8)]);
    two((millisecond % 100) as u8, out);
    out.push(b'Z');
}

/// What is before 1970 is 1970, and what is after the year 9999 is in it.
fn utc(time: SystemTime) -> UtcDateTime {
    const LAST: u64 = 253_402_300_799;
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let whole = since.as_secs().min(LAST);
    UtcDateTime::UNIX_EPOCH + Duration::new(whole, since.subsec_nanos())
}

fn clock(utc: UtcDateTime, out: &mut Vec<u8>) {
    two(utc.hour(), out);
    out.push(b':');
    two(utc.minute(), out);
    out.push(b':');
    two(utc.second(), out);
}

fn year(utc: UtcDateTime, out: &mut Vec<u8>) {
    let year = utc.year().unsigned_abs();
    two((year / 100) as u8, out);
    two((year % 100) as u8, out);
}

fn two(number: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[digit(number / 10), digit(number % 10)]);
}

fn digit(number: u8) -> u8 {
    b'0' + number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(millis: u64, in_common: &str, in_rfc3339: &str) {
        let time = UNIX_EPOCH + Duration::from_millis(millis);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        common(time, &mut a);
        rfc3339(time, &mut b);
        assert_eq!(String::from_utf8(a).unwrap(), in_common);
        assert_eq!(String::from_utf8(b).unwrap(), in_rfc3339);
    }

    #[test]
    fn times_are_written() {
        check(0, "01/Jan/1970:00:00:00 +0000", "1970-01-01T00:00:00.000Z");
        check(971_186_136_042, "10/Oct/2000:13:55:36 +0000", "2000-10-10T13:55:36.042Z");
        check(951_782_400_000, "29/Feb/2000:00:00:00 +0000", "2000-02-29T00:00:00.000Z");
        check(4_107_542_399_999, "28/Feb/2100:23:59:59 +0000", "2100-02-28T23:59:59.999Z");
        check(4_107_542_400_000, "01/Mar/2100:00:00:00 +0000", "2100-03-01T00:00:00.000Z");
        check(1_796_011_200_123, "30/Nov/2026:04:00:00 +0000", "2026-11-30T04:00:00.123Z");
        check(253_402_300_799_000, "31/Dec/9999:23:59:59 +0000", "9999-12-31T23:59:59.000Z");
        check(253_402_300_800_000, "31/Dec/9999:23:59:59 +0000", "9999-12-31T23:59:59.000Z");
    }
}
