//! How many bytes there are: of entries in the cache, and of those that left it and are still read.

use crate::shim::atomic::{AtomicU64, Ordering::Relaxed};
use crate::weight::Weight;

/// Two accounts and their sum. Every entry is on one of them from its making to its destruction, so the sum is the
/// memory there is, not the memory there ought to be.
///
/// Plain counters: nobody reads memory through them, so no order is needed but that of each counter.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    content: AtomicU64,
    variants: AtomicU64,
    overhead: AtomicU64,
    resident: AtomicU64,
    pinned: AtomicU64,
    used: AtomicU64,
}

impl Ledger {
    /// An entry was made, and isn't in the cache.
    pub(crate) fn open(&self, weight: &Weight) {
        self.pinned.fetch_add(weight.total(), Relaxed);
        self.used.fetch_add(weight.total(), Relaxed);
    }

    /// It came into the cache.
    pub(crate) fn admit(&self, weight: &Weight) {
        self.content.fetch_add(weight.content, Relaxed);
        self.variants.fetch_add(weight.variants, Relaxed);
        self.overhead.fetch_add(weight.overhead, Relaxed);
        self.resident.fetch_add(weight.total(), Relaxed);
        self.pinned.fetch_sub(weight.total(), Relaxed);
    }

    /// It left the cache.
    pub(crate) fn dismiss(&self, weight: &Weight) {
        self.pinned.fetch_add(weight.total(), Relaxed);
        self.resident.fetch_sub(weight.total(), Relaxed);
        self.content.fetch_sub(weight.content, Relaxed);
        self.variants.fetch_sub(weight.variants, Relaxed);
        self.overhead.fetch_sub(weight.overhead, Relaxed);
    }

    /// Its last reader is gone, and it was outside of the cache.
    pub(crate) fn close(&self, weight: &Weight) {
        self.pinned.fetch_sub(weight.total(), Relaxed);
        self.used.fetch_sub(weight.total(), Relaxed);
    }

    /// On both accounts together.
    pub(crate) fn used(&self) -> u64 {
        self.used.load(Relaxed)
    }

    pub(crate) fn pinned(&self) -> u64 {
        self.pinned.load(Relaxed)
    }

    /// In the cache, in one number.
    pub(crate) fn resident_total(&self) -> u64 {
        self.resident.load(Relaxed)
    }

    /// In the cache.
    pub(crate) fn resident(&self) -> Weight {
        Weight {
            content: self.content.load(Relaxed),
            variants: self.variants.load(Relaxed),
            overhead: self.overhead.load(Relaxed),
        }
    }
}
