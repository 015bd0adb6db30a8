//! A value with what the cache knows about it, and the hold that readers have on it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::eviction::{Item, UNPLACED};
use crate::ledger::Ledger;
use crate::shim::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::weight::Weight;

/// Copies of the [`Arc`] that the cache itself has of an entry: the map's, and the queue's.
const OWN_COPIES: usize = 2;

/// What a hit touches comes first: with the counts of its `Arc` it fits into one line of the processor's cache.
#[repr(C)]
pub(crate) struct Entry<V> {
    hits: AtomicU64,
    /// When it stops being fresh; [`Duration::MAX`] for never.
    expires: Duration,
    /// The tick of the latest access, where the order of accesses matters (LRU).
    stamp: AtomicU64,
    value: V,
    /// Of the key.
    hash: u64,
    /// The entry's own overhead included.
    weight: Weight,
    /// When its load began: the value is as old as that.
    born: Duration,
    /// Where it stands in the queue. Invariant: read and written under the lock of its queue only.
    place: AtomicU64,
    ledger: Arc<Ledger>,
    resident: AtomicBool,
}

/// What an entry is made of, besides its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Making {
    pub(crate) hash: u64,
    pub(crate) weight: Weight,
    pub(crate) born: Duration,
    pub(crate) expires: Duration,
}

impl<V> Entry<V> {
    /// The hash of its key.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn weight(&self) -> &Weight {
        &self.weight
    }

    pub(crate) fn expires(&self) -> Duration {
        self.expires
    }

    pub(crate) fn is_fresh(&self, now: Duration) -> bool {
        now < self.expires
    }

    /// Counts an access. Called under the read lock of the map, so that nobody can count one on an entry that has left.
    pub(crate) fn touch(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn set_stamp(&self, tick: u64) {
        self.stamp.store(tick, Ordering::Relaxed);
    }

    /// Takes over the accesses of the entry in whose place this one comes.
    pub(crate) fn inherit(&self, other: &Self) {
        self.hits.store(other.hits.load(Ordering::Relaxed), Ordering::Relaxed);
        self.stamp.store(other.stamp.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Called under the write lock of the map, by whoever puts it there.
    pub(crate) fn admit(&self) {
        self.ledger.admit(&self.weight);
        self.resident.store(true, Ordering::Release);
    }

    /// Called once, by whoever took it out of the map.
    pub(crate) fn dismiss(&self) {
        self.resident.store(false, Ordering::Release);
        self.ledger.dismiss(&self.weight);
    }
}

impl<V> Item for Arc<Entry<V>> {
    fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    fn stamp(&self) -> u64 {
        self.stamp.load(Ordering::Relaxed)
    }

    fn hash(&self) -> u64 {
        self.hash
    }

    fn weight(&self) -> u64 {
        self.weight.total()
    }

    fn is_held(&self) -> bool {
        Self::strong_count(self) > OWN_COPIES
    }

    fn place(&self) -> u64 {
        self.place.load(Ordering::Relaxed)
    }

    fn set_place(&self, place: u64) {
        self.place.store(place, Ordering::Relaxed);
    }
}

impl<V> Drop for Entry<V> {
    fn drop(&mut self) {
        // A cache that goes as a whole doesn't dismiss its entries one by one.
        if *self.resident.get_mut() {
            self.ledger.dismiss(&self.weight);
        }
        self.ledger.close(&self.weight);
    }
}

/// A hold on a value: as long as one lives, so does the value, whatever becomes of its entry.
///
/// Cheap to clone. Once the entry has left the cache, what it weighs is on the ledger of pinned bytes until the last
/// hold is gone.
pub struct Held<V> {
    pub(crate) entry: Arc<Entry<V>>,
}

impl<V> Held<V> {
    pub(crate) fn new(value: V, making: Making, ledger: &Arc<Ledger>) -> Self {
        let Making { hash, weight, born, expires } = making;
        ledger.open(&weight);
        Self {
            entry: Arc::new(Entry {
                hits: AtomicU64::new(0),
                expires,
                stamp: AtomicU64::new(0),
                value,
                hash,
                weight,
                born,
                place: AtomicU64::new(UNPLACED),
                ledger: Arc::clone(ledger),
                resident: AtomicBool::new(false),
            }),
        }
    }

    /// Whether both hold the same entry: not only an equal value, but the result of the same load or update.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.entry, &other.entry)
    }

    /// How often the entry was found by a lookup. An update takes the number over.
    pub fn hits(&self) -> u64 {
        self.entry.hits.load(Ordering::Relaxed)
    }

    /// Whether the entry was in the cache a moment ago: neither evicted nor invalidated, and admitted at all.
    pub fn is_resident(&self) -> bool {
        self.entry.resident.load(Ordering::Acquire)
    }

    /// When the load of the value began, on the cache's clock. An update doesn't change it.
    pub fn born(&self) -> Duration {
        self.entry.born
    }

    /// What the entry weighs, the cache's own overhead included.
    pub fn weight(&self) -> Weight {
        self.entry.weight
    }

    /// A way back to the value that doesn't hold it.
    pub fn downgrade(&self) -> WeakHeld<V> {
        WeakHeld { entry: Arc::downgrade(&self.entry) }
    }
}

/// Where a value was held: for work that waits, and is in vain once the value is gone.
pub struct WeakHeld<V> {
    entry: Weak<Entry<V>>,
}

impl<V> WeakHeld<V> {
    /// The value, if anybody still holds it; the cache does as long as it [is resident](Held::is_resident). Takes no lock
    /// and counts no access.
    pub fn upgrade(&self) -> Option<Held<V>> {
        Some(Held { entry: self.entry.upgrade()? })
    }
}

impl<V> Clone for WeakHeld<V> {
    fn clone(&self) -> Self {
        Self { entry: Weak::clone(&self.entry) }
    }
}

impl<V> fmt::Debug for WeakHeld<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakHeld").finish_non_exhaustive()
    }
}

impl<V> Clone for Held<V> {
    fn clone(&self) -> Self {
        Self { entry: Arc::clone(&self.entry) }
    }
}

impl<V> Deref for Held<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.entry.value
    }
}

impl<V: fmt::Debug> fmt::Debug for Held<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.entry.value).finish()
    }
}
