//! `Content-Range`, RFC 9110 section 14.4.

use std::fmt;
use std::io::Write as _;

use crate::range::ByteRange;

/// The value of `Content-Range`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ContentRange {
    /// What a part is a part of: `bytes 0-499/1234`, in a 206.
    Satisfied {
        /// The part; not empty.
        range: ByteRange,
        /// Bytes of the whole representation.
        complete_length: u64,
    },
    /// How much there would be: `bytes */1234`, in a 416.
    Unsatisfied {
        /// Bytes of the whole representation.
        complete_length: u64,
    },
}

impl ContentRange {
    /// Appends the value to `out`.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        // Writing to memory doesn't fail.
        let _ = write!(out, "{self}");
    }

    /// How many bytes the value has.
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::Satisfied {
                range,
                complete_length,
            } => {
                "bytes -/".len()
                    + decimal_len(range.start)
                    + decimal_len(range.last())
                    + decimal_len(*complete_length)
            }
            Self::Unsatisfied { complete_length } => {
                "bytes */".len() + decimal_len(*complete_length)
            }
        }
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Satisfied {
                range,
                complete_length,
            } => {
                write!(
                    f,
                    "bytes {}-{}/{complete_length}",
                    range.start,
                    range.last()
                )
            }
            Self::Unsatisfied { complete_length } => write!(f, "bytes */{complete_length}"),
        }
    }
}

fn decimal_len(number: u64) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}
