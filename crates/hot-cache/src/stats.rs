//! What has happened so far, counted so that a hit counts nothing twice.

use crossbeam_utils::CachePadded;

use crate::shim::atomic::{AtomicU64, Ordering::Relaxed};
use crate::weight::Weight;

/// What a cache has done and what it holds.
///
/// Taken while others work, the numbers belong to slightly different moments; on a cache at rest they are exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Lookups that found a value.
    pub hits: u64,
    /// Lookups by [`get`](crate::HotCache::get) that found none.
    pub misses: u64,
    /// Loads begun; a load that is handed over isn't begun again.
    pub loads: u64,
    /// Times that somebody waited for the load of somebody else.
    pub waits: u64,
    /// Values that were admitted after their load.
    pub insertions: u64,
    /// Values that were put in the place of others.
    pub updates: u64,
    /// Entries that had to make room.
    pub evictions: u64,
    /// Entries that were removed because of their age.
    pub expirations: u64,
    /// Entries that were invalidated, and loads under way that became stale.
    pub invalidations: u64,
    /// Values that were not admitted: too large, or no room.
    pub rejected: u64,
    /// Entries in the cache, the expired ones included until they are removed.
    pub entries: u64,
    /// What they weigh.
    pub resident: Weight,
    /// Bytes of values outside of the cache that somebody still holds.
    pub pinned: u64,
    /// How many bytes there may be.
    pub budget: u64,
}

/// The counters behind [`Stats`]. Hits are counted on the entries; what entries that left had is here.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Threads that miss all the time shouldn't meet here.
    misses: [CachePadded<AtomicU64>; STRIPES],
    pub(crate) past_hits: AtomicU64,
    pub(crate) loads: AtomicU64,
    pub(crate) waits: AtomicU64,
    pub(crate) insertions: AtomicU64,
    pub(crate) updates: AtomicU64,
    pub(crate) evictions: AtomicU64,
    pub(crate) expirations: AtomicU64,
    pub(crate) invalidations: AtomicU64,
    pub(crate) rejected: AtomicU64,
}

const STRIPES: usize = 16;

impl Counters {
    pub(crate) fn count_miss(&self) {
        self.misses[stripe()].fetch_add(1, Relaxed);
    }

    /// All but what the entries and the ledger say.
    pub(crate) fn read(&self) -> Stats {
        Stats {
            hits: self.past_hits.load(Relaxed),
            misses: self.misses.iter().map(|misses| misses.load(Relaxed)).sum(),
            loads: self.loads.load(Relaxed),
            waits: self.waits.load(Relaxed),
            insertions: self.insertions.load(Relaxed),
            updates: self.updates.load(Relaxed),
            evictions: self.evictions.load(Relaxed),
            expirations: self.expirations.load(Relaxed),
            invalidations: self.invalidations.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            ..Stats::default()
        }
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

/// A number that threads have for themselves, mostly: where their thread-local memory lies.
fn stripe() -> usize {
    thread_local! {
        static HERE: u8 = const { 0 };
    }
    let address = HERE.with(|here| std::ptr::from_ref(here).addr() as u64);
    // Fibonacci hashing: the upper bits depend on all bits.
    ((address >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60) as usize % STRIPES
}
