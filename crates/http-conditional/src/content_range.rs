//! `Content-Range`, RFC 9110 section 14.4.

use std::fmt;
use std::io::Write as _;

use crate::range::ByteRange;

/// The value of `Content-Range`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ContentRange {
    /// Invariant: not empty.
    part: Option<ByteRange>,
    complete_length: u64,
}

impl ContentRange {
    /// Which part of `complete_length` bytes a 206 has: `bytes 0-499/1234`.
    ///
    /// An empty part can't be said; it counts as [`unsatisfied`](Self::unsatisfied).
    pub fn part(range: ByteRange, complete_length: u64) -> Self {
        Self { part: Some(range).filter(|range| !range.is_empty()), complete_length }
    }

    /// How many bytes there would be, in a 416: `bytes */1234`.
    pub fn unsatisfied(complete_length: u64) -> Self {
        Self { part: None, complete_length }
    }

    /// Appends the value to `out`.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        // Writing to memory doesn't fail.
        let _ = write!(out, "{self}");
    }

    /// How many bytes the value has.
    pub fn encoded_len(&self) -> usize {
        let part = self.part.map_or("*".len(), |range| {
            decimal_len(range.start()) + "-".len() + decimal_len(range.end() - 1)
        });
        "bytes /".len() + part + decimal_len(self.complete_length)
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let complete_length = self.complete_length;
        match self.part {
            // The field counts up to and with the last byte.
            Some(range) => {
                write!(f, "bytes {}-{}/{complete_length}", range.start(), range.end() - 1)
            }
            None => write!(f, "bytes */{complete_length}"),
        }
    }
}

fn decimal_len(number: u64) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}
