//! When a certificate is valid: two dates out of its DER (RFC 5280 section 4.1), and nothing else of it.

use std::time::{Duration, SystemTime};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// From when to when a certificate is valid, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: SystemTime,
    pub(super) not_after: SystemTime,
}

impl Validity {
    /// Reads it out of a certificate; `None` if that is no certificate.
    pub(super) fn of(certificate: &[u8]) -> Option<Self> {
        let mut signed = Der(Der(certificate).expect(SEQUENCE)?);
        let mut certificate = Der(signed.expect(SEQUENCE)?);
        if certificate.0.first() == Some(&VERSION) {
            certificate.expect(VERSION)?;
        }
        certificate.expect(INTEGER)?;
        let (_algorithm, _issuer) = (certificate.expect(SEQUENCE)?, certificate.expect(SEQUENCE)?);
        let mut validity = Der(certificate.expect(SEQUENCE)?);
        Some(Self { not_before: validity.time()?, not_after: validity.time()? })
    }
}

/// Elements of DER (X.690) that were not read yet.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The content of the next element, if it has this tag.
    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, content) = self.next()?;
        (found == tag).then_some(content)
    }

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let [tag, first, rest @ ..] = self.0 else { return None };
        let (len, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            // More than four bytes of length is more than there can be.
            0x81..=0x84 => {
                let (len, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
                (usize::try_from(len.iter().fold(0, add)).ok()?, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some((*tag, content))
    }

    /// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280 section 4.1.2.5): nothing else is allowed in a certificate.
    fn time(&mut self) -> Option<SystemTime> {
        let (tag, text) = self.next()?;
        let digits = text.strip_suffix(b"Z")?;
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u64, |sum, digit| {
                digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0'))
            })
        };
        let (year, rest) = match (tag, digits.len()) {
            (UTC_TIME, 12) => {
                let year = number(&digits[..2])?;
                (if year < 50 { 2000 + year } else { 1900 + year }, &digits[2..])
            }
            (GENERALIZED_TIME, 14) => (number(&digits[..4])?, &digits[4..]),
            _ => return None,
        };
        let part = |at: usize| number(&rest[at..at + 2]);
        let days = days_since_1970(year, part(0)?, part(2)?)?;
        let (hours, minutes, seconds) = (part(4)?, part(6)?, part(8)?);
        if hours > 23 || minutes > 59 || seconds > 59 {
            return None;
        }
        let seconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; an earlier day counts as that one.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let february = if is_leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::try_from(month.checked_sub(1)?).ok()?;
    if !(1..=*months.get(month)?).contains(&day) {
        return None;
    }
    if year < 1970 {
        return Some(0);
    }
    let years = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<u64>();
    Some(years + months[..month].iter().sum::<u64>() + day - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[track_caller]
    fn check(tag: u8, text: &str, expected: Option<u64>) {
        let mut der = vec![tag, text.len() as u8];
        der.extend_from_slice(text.as_bytes());
        assert_eq!(Der(&der).time(), expected.map(at), "{text}");
    }

    #[test]
    fn times() {
        check(UTC_TIME, "700101000000Z", Some(0));
        // Before all that matters.
        check(UTC_TIME, "690101000000Z", Some(0));
        check(UTC_TIME, "491231235959Z", Some(2_524_607_999));
        check(UTC_TIME, "000229000000Z", Some(951_782_400));
        check(GENERALIZED_TIME, "20240229120000Z", Some(1_709_208_000));
        check(GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799));
        check(GENERALIZED_TIME, "20230229000000Z", None);
        check(GENERALIZED_TIME, "21000229000000Z", None);
        check(GENERALIZED_TIME, "20240229240000Z", None);
        check(GENERALIZED_TIME, "20241301000000Z", None);
        check(GENERALIZED_TIME, "20240001000000Z", None);
        check(GENERALIZED_TIME, "2024022912000Z", None);
        check(UTC_TIME, "20240229120000Z", None);
        check(UTC_TIME, "7001010000+0Z", None);
        check(UTC_TIME, "700101000000", None);
        check(0x04, "700101000000Z", None);
    }

    fn certificate(from: (i32, u8, u8), to: (i32, u8, u8)) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        params.not_after = rcgen::date_time_ymd(to.0, to.1, to.2);
        params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn of_a_certificate() {
        let validity = Validity::of(&certificate((2024, 2, 29), (2050, 1, 1))).unwrap();
        assert_eq!(validity.not_before, at(1_709_164_800));
        assert_eq!(validity.not_after, at(2_524_608_000));
    }

    proptest! {
        /// Whatever it is: read, or refused.
        #[test]
        fn any_bytes(bytes: Vec<u8>) {
            let _ = Validity::of(&bytes);
        }

        #[test]
        fn a_broken_certificate(at: prop::sample::Index, byte: u8, len: prop::sample::Index) {
            let mut bytes = certificate((2024, 2, 29), (2050, 1, 1));
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = Validity::of(&bytes[..len.index(bytes.len())]);
            let _ = Validity::of(&bytes);
        }
    }
}
