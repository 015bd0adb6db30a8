//! Fields of answers that were sent a moment ago and will be sent again, ready to be copied: to make them of lines costs
//! several times as much as a copy.

use ::http::header::{HeaderMap, HeaderValue};
use bytes::Bytes;

/// As many as a worker sends within a second, more or less: one that is displaced is made again.
const SLOTS: usize = 256;

/// Fields with the date of this second, one per representation. What it holds is forgotten with the date.
#[derive(Debug, Default)]
pub(crate) struct FieldCache {
    date: Option<HeaderValue>,
    slots: Vec<Option<Made>>,
}

#[derive(Debug)]
struct Made {
    /// Held, so that its place in memory stands for it.
    block: Bytes,
    length: Option<u64>,
    fields: HeaderMap,
}

impl FieldCache {
    /// The fields of a block with this length and date, made if they aren't there.
    pub(crate) fn get(
        &mut self,
        block: &Bytes,
        length: Option<u64>,
        date: &HeaderValue,
        make: impl FnOnce() -> HeaderMap,
    ) -> HeaderMap {
        if self.date.as_ref() != Some(date) {
            self.date = Some(date.clone());
            self.slots.clear();
            self.slots.resize_with(SLOTS, || None);
        }
        // Blocks are allocations of their own: the lower bits tell them apart least.
        let slot = &mut self.slots[(block.as_ptr() as usize >> 5) % SLOTS];
        let is_it = |made: &&Made| {
            made.block.as_ptr() == block.as_ptr()
                && made.block.len() == block.len()
                && made.length == length
        };
        if let Some(made) = slot.as_ref().filter(is_it) {
            return made.fields.clone();
        }
        let fields = make();
        *slot = Some(Made { block: block.clone(), length, fields: fields.clone() });
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_copied_until_block_length_or_date_differ() {
        let mut cache = FieldCache::default();
        let (block, other) = (Bytes::from(vec![b'x'; 10]), Bytes::from(vec![b'x'; 10]));
        let (now, later) = (HeaderValue::from_static("now"), HeaderValue::from_static("later"));
        let mut made = 0;
        let mut get = |block: &Bytes, length, date: &HeaderValue| {
            let before = made;
            let fields = cache.get(block, length, date, || {
                made += 1;
                HeaderMap::from_iter([(::http::header::DATE, date.clone())])
            });
            assert_eq!(fields[::http::header::DATE], date);
            made > before
        };
        assert!(get(&block, Some(1), &now));
        assert!(!get(&block, Some(1), &now));
        assert!(get(&block, Some(2), &now), "another length");
        assert!(get(&block, None, &now), "none");
        assert!(get(&other, None, &now), "another block of the same bytes");
        assert!(get(&block.slice(..5), None, &now), "a part of it");
        assert!(get(&block, None, &later), "another date");
        assert!(!get(&block, None, &later));
    }
}
