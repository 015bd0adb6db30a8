//! The time of the calendar, in UTC, as logs write it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::UtcDateTime;

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// ` [10/Oct/2000:13:55:36 +0000] "`: as in the common log format, with what stands around it there.
const COMMON: &[u8; 31] = b" [00/Jan/1970:00:00:00 +0000] \"";
/// `2000-10-10T13:55:36.`: RFC 3339 without the fraction.
const RFC3339: &[u8; 20] = b"1970-01-01T00:00:00.";

/// A second as text. It is put together when another one is asked for, which is seldom where there are many lines.
#[derive(Debug)]
pub(super) struct Second {
    /// Since 1970; `None` before the first.
    of: Option<u64>,
    common: [u8; COMMON.len()],
    rfc3339: [u8; RFC3339.len()],
}

impl Second {
    pub(super) const fn new() -> Self {
        Self { of: None, common: *COMMON, rfc3339: *RFC3339 }
    }

    /// Writes ` [10/Oct/2000:13:55:36 +0000] "`.
    pub(super) fn common(&mut self, time: SystemTime, out: &mut Vec<u8>) {
        self.turn(since(time));
        out.extend_from_slice(&self.common);
    }

    /// Writes `2000-10-10T13:55:36.000Z` (RFC 3339).
    pub(super) fn rfc3339(&mut self, time: SystemTime, out: &mut Vec<u8>) {
        let since = since(time);
        self.turn(since);
        out.extend_from_slice(&self.rfc3339);
        let millisecond = since.subsec_millis();
        let [tens, ones] = two((millisecond % 100) as u8);
        out.extend_from_slice(&[b'0' + (millisecond / 100) as u8, tens, ones, b'Z']);
    }

    fn turn(&mut self, since: Duration) {
        if self.of != Some(since.as_secs()) {
            self.set(since.as_secs());
        }
    }

    #[cold]
    fn set(&mut self, second: u64) {
        let utc = UtcDateTime::UNIX_EPOCH + Duration::from_secs(second);
        let year = utc.year().unsigned_abs();
        let year = [two((year / 100) as u8), two((year % 100) as u8)];
        let clock = [two(utc.hour()), two(utc.minute()), two(utc.second())];
        let month = u8::from(utc.month());

        self.common[2..4].copy_from_slice(&two(utc.day()));
        self.common[5..8].copy_from_slice(MONTHS[usize::from(month) - 1]);
        self.common[9..13].copy_from_slice(year.as_flattened());
        self.rfc3339[..4].copy_from_slice(year.as_flattened());
        self.rfc3339[5..7].copy_from_slice(&two(month));
        self.rfc3339[8..10].copy_from_slice(&two(utc.day()));
        for (number, digits) in clock.into_iter().enumerate() {
            self.common[14 + 3 * number..][..2].copy_from_slice(&digits);
            self.rfc3339[11 + 3 * number..][..2].copy_from_slice(&digits);
        }
        self.of = Some(second);
    }
}

/// What is before 1970 is 1970, and what is after the year 9999 is in it.
fn since(time: SystemTime) -> Duration {
    const LAST: u64 = 253_402_300_799;
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::new(since.as_secs().min(LAST), since.subsec_nanos())
}

fn two(number: u8) -> [u8; 2] {
    [b'0' + number / 10, b'0' + number % 10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(millis: u64, in_common: &str, in_rfc3339: &str) {
        let time = UNIX_EPOCH + Duration::from_millis(millis);
        let mut lines = Vec::new();
        // As a thread has it that has written another second before, and this one, too.
        let mut second = Second::new();
        for time in [UNIX_EPOCH + Duration::from_secs(1_234_567_890), time, time] {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            second.common(time, &mut a);
            second.rfc3339(time, &mut b);
            lines.push([a, b].map(|text| String::from_utf8(text).unwrap()));
        }
        let expected = [format!(" [{in_common}] \""), in_rfc3339.to_owned()];
        assert_eq!(lines[0][1], "2009-02-13T23:31:30.000Z");
        assert_eq!(lines[1..], [expected.clone(), expected]);
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
