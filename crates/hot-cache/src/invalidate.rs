//! How values go because they are not true any more, or too old.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

use crate::cache::{HotCache, Inner};
use crate::shim::atomic::AtomicU64;
use crate::stats::count;
use crate::table::Slot;

impl<K: Hash + Eq + Clone, V, S: BuildHasher + Clone> HotCache<K, V, S> {
    /// Removes the value of a key, and makes a load of it that is under way stale. Returns whether there was either.
    ///
    /// No lookup that begins after this returns finds what was loaded before, nor what a load brings that began before.
    /// Nothing is remembered about the key.
    pub fn invalidate<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let removed = self.inner.table.remove_if(key, |slot| {
            spoil(slot);
            true
        });
        let Some(slot) = removed else { return false };
        self.inner.invalidated(&slot);
        true
    }

    /// Removes the value of a key if it is one that `judge` picks: for one who has found out that a value is old, and
    /// comes late, when another may stand there. A load under way is left alone. Returns whether there was one.
    ///
    /// `judge` runs under a lock of the map and must not use the cache, or it may wait for itself.
    pub fn invalidate_when<Q>(&self, key: &Q, judge: impl FnOnce(&V) -> bool) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let picked = |slot: &Slot<V>| slot.resident().is_some_and(|held| judge(held));
        let Some(slot) = self.inner.table.remove_if(key, picked) else { return false };
        self.inner.invalidated(&slot);
        true
    }

    /// The same as [`invalidate`](Self::invalidate) for every key that `judge` picks: all below a folder, say. Returns how many there were. Looks at every
    /// entry, while lookups go on.
    ///
    /// `judge` runs under a lock of the map and must not use the cache, or it may wait for itself.
    pub fn invalidate_if(&self, mut judge: impl FnMut(&K) -> bool) -> usize {
        let picked = self.inner.keys(|key, _| judge(key));
        picked.iter().filter(|key| self.invalidate::<K>(key)).count()
    }

    /// The same for all keys; gives memory of the cache's own back as well. Returns how many there were.
    pub fn invalidate_all(&self) -> usize {
        let mut removed = Vec::new();
        self.inner.table.retain(|_, slot| {
            spoil(slot);
            // A copy, so that the last one isn't dropped under the lock.
            removed.push(slot.clone());
            false
        });
        for slot in &removed {
            self.inner.invalidated(slot);
        }
        self.inner.shrink();
        removed.len()
    }

    /// Removes all values that are past their time to live. Lookups don't find those anyway; this frees their memory.
    /// Returns how many there were. Looks at every entry, while lookups go on; it is for a timer.
    pub fn expire(&self) -> usize {
        let inner = &self.inner;
        let now = inner.now();
        let is_expired =
            |slot: &Slot<V>| slot.resident().is_some_and(|held| !held.entry.is_fresh(now));
        let expired = inner.keys(|_, slot| is_expired(slot));
        let removed = expired.iter().filter_map(|key| inner.table.remove_if(key, is_expired));
        removed
            .filter_map(|slot| {
                inner.depart(slot.resident()?, &inner.counters.expirations);
                Some(())
            })
            .count()
    }
}

impl<K: Hash + Eq + Clone, V, S: BuildHasher + Clone> Inner<K, V, S> {
    fn keys(&self, mut judge: impl FnMut(&K, &Slot<V>) -> bool) -> Vec<K> {
        let mut keys = Vec::new();
        self.table.each(|key, slot| {
            if judge(key, slot) {
                keys.push(key.clone());
            }
        });
        keys
    }

    /// Does the books for a slot that the caller has taken out of the map, and nobody else.
    fn invalidated(&self, slot: &Slot<V>) {
        let counter: &AtomicU64 = &self.counters.invalidations;
        match slot {
            Slot::Resident(held) => self.depart(held, counter),
            Slot::Loading(_) => count(counter),
        }
    }
}

/// Called under the lock of the map: whoever finds the load gone from there finds it stale as well.
fn spoil<V>(slot: &Slot<V>) {
    if let Slot::Loading(flight) = slot {
        flight.spoil();
    }
}
