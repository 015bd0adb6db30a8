//! The time of the calendar, in UTC, as logs write it.

use std::time::{SystemTime, UNIX_EPOCH};

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// A moment, in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts {
    year: u64,
    /// From 1.
    month: u64,
    day: u64,
    second_of_day: u64,
    millisecond: u32,
}

/// As in the common log format: `10/Oct/2000:13:55:36 +0000`.
pub(super) fn common(time: SystemTime, out: &mut Vec<u8>) {
    let parts = Parts::of(time);
    two(parts.day, out);
    out.push(b'/');
    out.extend_from_slice(MONTHS[parts.month as usize - 1]);
    out.push(b'/');
    four(parts.year, out);
    out.push(b':');
    parts.clock(out);
    out.extend_from_slice(b" +0000");
}

/// RFC 3339: `2000-10-10T13:55:36.000Z`.
pub(super) fn rfc3339(time: SystemTime, out: &mut Vec<u8>) {
    let parts = Parts::of(time);
    four(parts.year, out);
    out.push(b'-');
    two(parts.month, out);
    out.push(b'-');
    two(parts.day, out);
    out.push(b'T');
    parts.clock(out);
    out.extend_from_slice(&[b'.', digit(u64::from(parts.millisecond / 100))]);
    two(u64::from(parts.millisecond % 100), out);
    out.push(b'Z');
}

impl Parts {
    /// What is before 1970 is 1970, and what is after the year 9999 is in it.
    fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = since.as_secs().min(253_402_300_799);
        let (year, month, day) = date(seconds / 86_400);
        let millisecond = since.subsec_millis();
        Self { year, month, day, second_of_day: seconds % 86_400, millisecond }
    }

    fn clock(&self, out: &mut Vec<u8>) {
        two(self.second_of_day / 3600, out);
        out.push(b':');
        two(self.second_of_day / 60 % 60, out);
        out.push(b':');
        two(self.second_of_day % 60, out);
    }
}

/// Year, month and day of a day since 1970, in the Gregorian calendar: years begin with March here, so that the day that
/// not every year has is their last.
fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    // From 1 March of the year 0.
    let days = days + 719_468;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

fn four(number: u64, out: &mut Vec<u8>) {
    two(number / 100, out);
    two(number % 100, out);
}

fn two(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&[digit(number / 10), digit(number % 10)]);
}

fn digit(number: u64) -> u8 {
    b'0' + number as u8
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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

    #[test]
    fn every_day_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..200_000 {
            assert_eq!(date(days), (year, month, day));
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = [31, 28 + u64::from(is_leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            day += 1;
            if day > last[month as usize - 1] {
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
    }
}
