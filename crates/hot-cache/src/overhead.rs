//! What an entry costs besides its content.

use crate::entry::Entry;
use crate::seats::Seats;
use crate::table::Slot;

/// Bytes that the allocator keeps for itself, per allocation, on average over sizes.
const ALLOCATION: u64 = 16;

/// Bytes of the cache's own for an entry: its place in the map with a spare part of the table, the entry behind its
/// `Arc`, its node in the queue, and its share of those that the queue remembers.
pub(crate) const fn per_entry<K, V>() -> u64 {
    let slot = size_of::<(K, Slot<V>)>() as u64 + 1;
    let entry = (2 * size_of::<usize>() + size_of::<Entry<V>>()) as u64;
    // A table is between 7/16 and 7/8 full, a growing vector between half and full.
    slot * 8 / 5 + entry + ALLOCATION + Seats::<K, V>::per_entry() * 4 / 3
}
