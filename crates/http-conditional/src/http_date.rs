//! `HTTP-date`, RFC 9110 section 5.6.7.

mod calendar;
mod parse;

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use calendar::Civil;

/// A moment in whole seconds, from the year 0 to the year 9999: what fields such as
/// `Last-Modified` can say.
///
/// Moments outside these years are moved to the nearest end.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct HttpDate {
    /// Invariant: within `MIN ..= MAX`.
    unix: i64,
}

impl HttpDate {
    /// 0000-01-01 00:00:00
    pub const MIN: Self = Self { unix: -62_167_219_200 };
    /// 9999-12-31 23:59:59
    pub const MAX: Self = Self { unix: 253_402_300_799 };

    /// The moment `unix` seconds after the start of 1970, or before it.
    pub const fn from_unix(unix: i64) -> Self {
        if unix < Self::MIN.unix {
            Self::MIN
        } else if unix > Self::MAX.unix {
            Self::MAX
        } else {
            Self { unix }
        }
    }

    /// Seconds since the start of 1970; negative before it.
    pub const fn to_unix(self) -> i64 {
        self.unix
    }

    /// Reads a date in any of the three formats (RFC 9110 section 5.6.7):
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and
    /// `Sun Nov  6 08:49:37 1994`.
    ///
    /// A two-digit year means the latest year that is no more than 50 years after `now`. The name
    /// of the day must be one, but needn't be the right one. A leap second is the second after it.
    ///
    /// # Errors
    ///
    /// When `value` is anything else, or a date that no calendar has.
    pub fn parse(value: &[u8], now: SystemTime) -> Result<Self, InvalidHttpDate> {
        parse::date(value, now).ok_or(InvalidHttpDate(()))
    }

    /// The date in the preferred format, `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub fn to_bytes(self) -> [u8; 29] {
        let civil = Civil::from_unix(self.unix);
        let mut text = *b"Sun, 00 Jan 0000 00:00:00 GMT";
        text[..3].copy_from_slice(&calendar::DAYS[civil.weekday].as_bytes()[..3]);
        text[5..7].copy_from_slice(&two_digits(civil.day));
        text[8..11].copy_from_slice(calendar::MONTHS[civil.month as usize - 1].as_bytes());
        text[12..14].copy_from_slice(&two_digits(civil.year as u32 / 100));
        text[14..16].copy_from_slice(&two_digits(civil.year as u32 % 100));
        text[17..19].copy_from_slice(&two_digits(civil.second_of_day / 3600));
        text[20..22].copy_from_slice(&two_digits(civil.second_of_day / 60 % 60));
        text[23..25].copy_from_slice(&two_digits(civil.second_of_day % 60));
        text
    }
}

impl From<SystemTime> for HttpDate {
    /// The second that `time` lies in.
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self::from_unix(i64::try_from(after.as_secs()).unwrap_or(i64::MAX)),
            Err(before) => {
                let before = before.duration();
                let begun = u64::from(before.subsec_nanos() > 0);
                let seconds = before.as_secs().saturating_add(begun);
                Self::from_unix(i64::try_from(seconds).map_or(i64::MIN, |seconds| -seconds))
            }
        }
    }
}

impl From<HttpDate> for SystemTime {
    /// The start of the second. A platform whose clock cannot hold it gets the start of 1970.
    fn from(date: HttpDate) -> Self {
        let distance = Duration::from_secs(date.unix.unsigned_abs());
        let moment = if date.unix < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        moment.unwrap_or(UNIX_EPOCH)
    }
}

impl fmt::Display for HttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().iter().try_for_each(|&byte| fmt::Write::write_char(f, byte.into()))
    }
}

impl fmt::Debug for HttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Not a date in any of the three formats of RFC 9110 section 5.6.7.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidHttpDate(());

impl fmt::Display for InvalidHttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date such as `Sun, 06 Nov 1994 08:49:37 GMT`")
    }
}

impl std::error::Error for InvalidHttpDate {}

/// `number`, which is below 100, in decimal.
fn two_digits(number: u32) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}
