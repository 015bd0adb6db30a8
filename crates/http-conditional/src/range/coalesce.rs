//! Several ranges become as few parts as are worth sending, RFC 9110 section 15.3.7.2.

use super::{ByteRange, ByteRanges, RangeLimits, Selection};

/// A range, and its place in the request.
struct Placed {
    range: ByteRange,
    place: usize,
}

/// Ranges that overlap, touch or nearly touch become one, at the place of the first of them.
pub(super) fn coalesce(ranges: Vec<ByteRange>, len: u64, limits: &RangeLimits) -> Selection {
    let mut placed: Vec<Placed> =
        ranges.into_iter().enumerate().map(|(place, range)| Placed { range, place }).collect();
    placed.sort_unstable_by_key(|placed| (placed.range.start, placed.place));

    let mut overlapping = 1;
    let mut most_overlapping = 1;
    placed.dedup_by(|next, merged| {
        let overlaps = next.range.start < merged.range.end;
        overlapping = if overlaps { overlapping + 1 } else { 1 };
        most_overlapping = most_overlapping.max(overlapping);

        let gap = next.range.start.saturating_sub(merged.range.end);
        let merge = gap == 0 || gap < limits.part_overhead;
        if merge {
            merged.range.end = merged.range.end.max(next.range.end);
            merged.place = merged.place.min(next.place);
        }
        merge
    });
    if most_overlapping > limits.max_overlapping {
        return Selection::Everything;
    }
    if let [only] = placed.as_slice() {
        return Selection::One(only.range);
    }

    let cost = placed.iter().fold(0_u64, |cost, part| {
        cost.saturating_add(part.range.len()).saturating_add(limits.part_overhead)
    });
    if cost >= len {
        return Selection::Everything;
    }
    placed.sort_unstable_by_key(|placed| placed.place);
    Selection::Many(ByteRanges(placed.into_iter().map(|placed| placed.range).collect()))
}
