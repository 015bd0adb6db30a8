//! `Range`, RFC 9110 section 14: which parts of a representation are asked for, and which of
//! them are worth sending.

mod coalesce;
mod spec;

use std::ops;

use crate::fields::trim_ows;
use spec::RangeSpec;

/// A part of a representation: the bytes from `start` up to and without `end`.
///
/// A part that [`decide`](crate::decide) gives isn't empty, and lies within the representation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ByteRange {
    /// Invariant: at most `end`.
    start: u64,
    end: u64,
}

impl ByteRange {
    /// The bytes from `start` up to and without `end`, unless that is before `start`.
    pub const fn new(start: u64, end: u64) -> Option<Self> {
        if start <= end { Some(Self { start, end }) } else { None }
    }

    /// All of a representation of `len` bytes.
    pub const fn whole(len: u64) -> Self {
        Self { start: 0, end: len }
    }

    /// The first byte, counted from 0.
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// The byte after the last one.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// How many bytes there are.
    pub const fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

impl From<ByteRange> for ops::Range<u64> {
    fn from(range: ByteRange) -> Self {
        range.start..range.end
    }
}

/// The parts of an answer that has more than one: at least two, none of which overlap or touch,
/// in the order in which the client asked for them.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ByteRanges(Box<[ByteRange]>);

impl ByteRanges {
    /// The parts.
    pub fn as_slice(&self) -> &[ByteRange] {
        &self.0
    }

    /// The parts, one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, ByteRange> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a ByteRanges {
    type IntoIter = std::slice::Iter<'a, ByteRange>;
    type Item = &'a ByteRange;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What a request may ask for before its `Range` is ignored and it gets everything, as RFC 9110
/// sections 14.2 and 17.15 allow.
///
/// Whatever the limits are, no byte is sent twice, and several parts have fewer bytes together
/// than the whole.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct RangeLimits {
    /// The most ranges in a request, those beyond the end of the representation included.
    /// Default 16; 1 leaves out multipart answers.
    pub max_ranges: usize,
    /// The most ranges that may overlap one another. Default 2.
    pub max_overlapping: usize,
    /// What a part costs beyond its bytes. Ranges with fewer bytes between them become one, and
    /// a set whose parts cost no less than the whole gets the whole. Default 80 bytes, from
    /// RFC 9110 section 15.3.7.2; [`multipart::part_overhead`](crate::multipart::part_overhead)
    /// knows what it is for a `Content-Type`, about 110 to 150 bytes.
    pub part_overhead: u64,
}

impl RangeLimits {
    /// The defaults, which are safe on the open internet.
    pub const DEFAULT: Self = Self { max_ranges: 16, max_overlapping: 2, part_overhead: 80 };
}

impl Default for RangeLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What is left of a `Range`.
pub(crate) enum Selection {
    /// It is ignored.
    Everything,
    One(ByteRange),
    Many(ByteRanges),
    /// It lies outside the representation.
    Nothing,
}

/// The parts of a representation of `len` bytes that `value` asks for, in the unit `bytes`.
/// Another unit, or an error anywhere in the set, and there is nothing to select by.
pub(crate) fn select(value: &[u8], len: u64, limits: &RangeLimits) -> Selection {
    let Some(set) = strip_unit(value) else {
        return Selection::Everything;
    };
    let elements = set.split(|&byte| byte == b',').map(trim_ows).filter(|spec| !spec.is_empty());

    let mut count = 0;
    let mut first = None;
    let mut others = Vec::new();
    for element in elements {
        count += 1;
        if count > limits.max_ranges {
            return Selection::Everything;
        }
        let Some(spec) = RangeSpec::parse(element) else {
            return Selection::Everything;
        };
        let Some(range) = spec.within(len) else {
            continue;
        };
        // One range is the common case, and has no business on the heap.
        if first.is_none() {
            first = Some(range);
        } else {
            others.push(range);
        }
    }
    match first {
        None if count == 0 => Selection::Everything,
        None => Selection::Nothing,
        // The last bytes of nothing: satisfiable, but no `Content-Range` can say it.
        Some(_) if len == 0 => Selection::Everything,
        Some(range) if others.is_empty() => Selection::One(range),
        Some(range) => {
            others.insert(0, range);
            coalesce::coalesce(others, len, limits)
        }
    }
}

/// What follows `bytes=`; units are case-insensitive (RFC 9110 section 14.1).
fn strip_unit(value: &[u8]) -> Option<&[u8]> {
    let (unit, set) = value.split_at_checked("bytes=".len())?;
    unit.eq_ignore_ascii_case(b"bytes=").then_some(set)
}
