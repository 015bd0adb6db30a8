//! The cache: what it is made of, and how something is found in it.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::builder::{Builder, Departure};
use crate::clock::Clock;
use crate::entry::Held;
use crate::eviction::Eviction;
use crate::ledger::Ledger;
use crate::overhead;
use crate::seats::Seats;
use crate::shim::atomic::{AtomicU64, Ordering::Relaxed};
use crate::stats::{Counters, Stats, count};
use crate::table::{Slot, Table};
use crate::weight::{Weigher, Weight};

/// A concurrent cache that is bounded by bytes. Clones are handles of the same cache.
///
/// The [crate's documentation](crate) tells what it promises and has an example.
pub struct HotCache<K, V, S = RandomState> {
    pub(crate) inner: Arc<Inner<K, V, S>>,
}

pub(crate) struct Inner<K, V, S> {
    pub(crate) table: Table<K, V, S>,
    pub(crate) seats: Seats<K, V>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) counters: Counters,
    budget: AtomicU64,
    max_entry: u64,
    time_to_live: Option<Duration>,
    eviction: Eviction,
    clock: Arc<dyn Clock>,
    weigher: Box<dyn Weigher<K, V>>,
    on_departure: Option<Departure<V>>,
}

/// What a builder has collected, checked.
pub(crate) struct Limits {
    pub(crate) budget: u64,
    pub(crate) max_entry: u64,
    pub(crate) time_to_live: Option<Duration>,
    pub(crate) eviction: Eviction,
    /// A power of two above one.
    pub(crate) shards: usize,
}

impl<K, V> HotCache<K, V> {
    /// Sets one up.
    pub fn builder() -> Builder<K, V> {
        Builder::default()
    }
}

impl<K: Hash + Eq + Clone, V, S: BuildHasher + Clone> HotCache<K, V, S> {
    /// The value of a key, if it is there and fresh: a hit.
    ///
    /// Allocates nothing, takes no lock that excludes other readers, and writes to the lock word of the map's shard and
    /// to the entry alone. Whatever the key can be looked up by will do: a `&str` for a `String`, or a trait object if
    /// the key implements `Borrow<dyn Trait>`.
    pub fn get<Q>(&self, key: &Q) -> Option<Held<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let now = self.inner.now();
        let found = self.inner.table.read(key, |_, slot| self.inner.hit(slot, now)).flatten();
        if found.is_none() {
            self.inner.counters.count_miss();
        }
        found
    }

    /// The value of a key, if it is there and fresh, for one who looks after the cache: it is no access. Neither hits nor
    /// misses are counted, and the entry stays no longer for it.
    pub fn peek<Q>(&self, key: &Q) -> Option<Held<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let now = self.inner.now();
        let is_fresh = |held: &&Held<V>| held.entry.is_fresh(now);
        self.inner.table.read(key, |_, slot| slot.resident().filter(is_fresh).cloned()).flatten()
    }

    /// Whether a value of this weight could be kept: the check before it is loaded into memory.
    ///
    /// It is `false` for content that is larger than that of an entry may be, and while values that somebody holds leave
    /// too little room: evictions can't free those.
    pub fn room_for(&self, weight: Weight) -> bool {
        let entry = weight.total().saturating_add(overhead::per_entry::<K, V>());
        let unfreeable = self.inner.ledger.pinned();
        weight.content <= self.inner.max_entry
            && unfreeable.saturating_add(entry) <= self.inner.budget()
    }

    /// Whether a value of so many bytes, all it weighs, finds room without that another has to go: the check before
    /// something is loaded that nobody has asked for. The limit for one entry is of content alone, and not asked here.
    pub fn has_free(&self, bytes: u64) -> bool {
        let entry = bytes.saturating_add(overhead::per_entry::<K, V>());
        self.inner.ledger.used().saturating_add(entry) <= self.inner.budget()
    }

    /// What happened so far, and what there is. Looks at every entry.
    pub fn stats(&self) -> Stats {
        let mut stats = self.inner.counters.read();
        self.inner.table.each(|_, slot| {
            if let Some(held) = slot.resident() {
                stats.entries += 1;
                stats.hits += held.hits();
            }
        });
        stats.resident = self.inner.ledger.resident();
        stats.pinned = self.inner.ledger.pinned();
        stats.budget = self.inner.budget();
        stats
    }

    /// The keys that were found most often, with their accesses, the most popular first. Looks at every entry.
    pub fn hottest(&self, count: usize) -> Vec<(K, u64)> {
        let mut hottest: Vec<(K, u64)> = Vec::new();
        self.inner.table.each(|key, slot| {
            let Some(hits) = slot.resident().map(Held::hits) else { return };
            let place = hottest.partition_point(|&(_, more)| more >= hits);
            if place < count {
                hottest.truncate(count - 1);
                hottest.insert(place, (key.clone(), hits));
            }
        });
        hottest
    }
}

impl<K: Hash + Eq + Clone, V, S: BuildHasher + Clone> Inner<K, V, S> {
    pub(crate) fn new(
        limits: &Limits,
        clock: Arc<dyn Clock>,
        hasher: S,
        weigher: Box<dyn Weigher<K, V>>,
        on_departure: Option<Departure<V>>,
    ) -> Self {
        Self {
            table: Table::new(hasher, limits.shards),
            seats: Seats::new(limits.eviction, (limits.shards / 64).clamp(1, 16)),
            ledger: Arc::default(),
            counters: Counters::default(),
            budget: AtomicU64::new(limits.budget),
            max_entry: limits.max_entry,
            time_to_live: limits.time_to_live,
            eviction: limits.eviction,
            clock,
            weigher,
            on_departure,
        }
    }

    /// The time, if anybody wants to know it.
    pub(crate) fn now(&self) -> Duration {
        if self.time_to_live.is_some() { self.clock.now() } else { Duration::ZERO }
    }

    /// The time for the books, in any case.
    pub(crate) fn time(&self) -> Duration {
        self.clock.now()
    }

    pub(crate) fn expiry(&self, born: Duration) -> Duration {
        self.time_to_live.and_then(|time| born.checked_add(time)).unwrap_or(Duration::MAX)
    }

    pub(crate) fn budget(&self) -> u64 {
        self.budget.load(Relaxed)
    }

    pub(crate) fn set_budget(&self, bytes: u64) {
        self.budget.store(bytes, Relaxed);
    }

    /// What a value weighs, and whether an entry may be that large.
    pub(crate) fn weigh(&self, key: &K, value: &V) -> (Weight, bool) {
        let weight = self.weigher.weigh(key, value).bounded();
        let own = Weight { overhead: overhead::per_entry::<K, V>(), ..Weight::default() };
        (weight + own, weight.content <= self.max_entry)
    }

    /// Counts an access to what is found in a slot. Called under the lock of the map.
    pub(crate) fn hit(&self, slot: &Slot<V>, now: Duration) -> Option<Held<V>> {
        let held = slot.resident()?;
        if !held.entry.is_fresh(now) {
            return None;
        }
        held.entry.touch();
        if self.eviction == Eviction::Lru {
            self.seats.stamp(&held.entry);
        }
        Some(held.clone())
    }

    /// Does the books for an entry that the caller has taken out of the map, and nobody else.
    pub(crate) fn depart(&self, held: &Held<V>, cause: &AtomicU64) {
        self.seats.leave(&held.entry);
        self.dismiss(held, cause);
        if let Some(told) = &self.on_departure {
            told(held.clone());
        }
    }

    /// The same for one that is out of its queue already.
    pub(crate) fn dismiss(&self, held: &Held<V>, cause: &AtomicU64) {
        self.counters.past_hits.fetch_add(held.hits(), Relaxed);
        count(cause);
        held.entry.dismiss();
    }
}

impl<K, V, S> Clone for HotCache<K, V, S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<K, V, S> fmt::Debug for HotCache<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HotCache").field("ledger", &self.inner.ledger).finish_non_exhaustive()
    }
}
