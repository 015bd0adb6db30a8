//! Weights, RFC 9110 section 12.4.2.

use std::fmt;

/// A weight between 0, refused, and 1, liked best, in thousandths.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Quality(u16);

impl Quality {
    /// Not acceptable.
    pub const ZERO: Self = Self(0);

    /// The least that isn't a refusal, 0.001.
    pub const LEAST: Self = Self(1);

    /// The most, and what a member without a weight has.
    pub const ONE: Self = Self(1000);

    /// Reads a `qvalue`: `0` or `1`, with up to three digits behind a point, at most 1.
    pub const fn parse(value: &[u8]) -> Option<Self> {
        let (mut thousandths, fraction) = match value {
            [digit @ (b'0' | b'1')] => ((*digit - b'0') as u16 * 1000, [].as_slice()),
            [digit @ (b'0' | b'1'), b'.', fraction @ ..] => {
                ((*digit - b'0') as u16 * 1000, fraction)
            }
            _ => return None,
        };
        if fraction.len() > 3 {
            return None;
        }
        let (mut place, mut at) = (100, 0);
        while at < fraction.len() {
            if !fraction[at].is_ascii_digit() {
                return None;
            }
            thousandths += (fraction[at] - b'0') as u16 * place;
            place /= 10;
            at += 1;
        }
        if thousandths <= 1000 { Some(Self(thousandths)) } else { None }
    }

    /// The weight times 1000.
    pub const fn thousandths(self) -> u16 {
        self.0
    }

    /// Whether it is more than zero.
    pub const fn is_acceptable(self) -> bool {
        self.0 > 0
    }
}

impl fmt::Display for Quality {
    /// As a `qvalue`, with three digits behind the point.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}
