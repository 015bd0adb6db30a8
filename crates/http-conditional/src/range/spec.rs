//! One range of a set: `int-range` or `suffix-range`, RFC 9110 section 14.1.1.

use super::ByteRange;

#[derive(Clone, Copy, Debug)]
pub(super) enum RangeSpec {
    /// `first-last` or `first-`, both included.
    From { first: u64, last: Option<u64> },
    /// `-length`, the last bytes.
    Suffix { length: u64 },
}

impl RangeSpec {
    /// Reads an element of a set. Numbers too large for 64 bits become the largest one, which
    /// lies beyond the end of anything.
    pub(super) fn parse(element: &[u8]) -> Option<Self> {
        let dash = element.iter().position(|&byte| byte == b'-')?;
        let (first, last) = (&element[..dash], &element[dash + 1..]);
        if first.is_empty() {
            return Some(Self::Suffix { length: number(last)? });
        }
        let spec = match last {
            b"" => Self::From { first: number(first)?, last: None },
            _ => Self::From { first: number(first)?, last: Some(number(last)?) },
        };
        // Compared as text, because both may be beyond what a number holds.
        (last.is_empty() || !is_less(last, first)).then_some(spec)
    }

    /// The part of a representation of `len` bytes, if any is there. Only of an empty
    /// representation is the part empty (RFC 9110 section 14.1.2).
    pub(super) fn within(self, len: u64) -> Option<ByteRange> {
        match self {
            Self::From { first, last } => (first < len).then(|| {
                let end = last.map_or(len, |last| last.saturating_add(1).min(len));
                ByteRange { start: first, end }
            }),
            Self::Suffix { length } => {
                (length > 0).then(|| ByteRange { start: len.saturating_sub(length), end: len })
            }
        }
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, &byte| {
        byte.is_ascii_digit()
            .then(|| number.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    })
}

/// Whether the number `left` is less than `right`, however many digits they have.
fn is_less(left: &[u8], right: &[u8]) -> bool {
    let (left, right) = (without_leading_zeros(left), without_leading_zeros(right));
    (left.len(), left) < (right.len(), right)
}

fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&byte| byte == b'0').count();
    &digits[zeros..]
}
