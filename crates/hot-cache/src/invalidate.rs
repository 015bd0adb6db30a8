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

    /// The same for every key that `judge` picks: all below a folder, say. Returns how many there were. Looks at every
    /// entry.
    ///
    /// `judge` runs under a lock of the map and must not use the cache, or it waits for itself.
    pub fn invalidate_if(&self, mut judge: impl FnMut(&K) -> bool) -> usize {
        let removed = self.inner.take_if(|key, slot| {
            let picked = judge(key);
            if picked {
                spoil(slot);
            }
            picked
        });
        for slot in &removed {
            self.inner.invalidated(slot);
        }
        removed.len()
    }

    /// The same for all keys; gives memory of the cache's own back as well. Returns how many there were.
    pub fn invalidate_all(&self) -> usize {
        let count = self.invalidate_if(|_| true);
        self.inner.shrink();
        count
    }

    /// Removes all values that are past their time to live. Lookups don't find those anyway; this frees their memory.
    /// Returns how many there were. Looks at every entry, so it is for a timer.
    pub fn expire(&self) -> usize {
        let now = self.inner.now();
        let is_expired =
            |_: &K, slot: &Slot<V>| slot.resident().is_some_and(|held| !held.entry.is_fresh(now));
        let removed = self.inner.take_if(is_expired);
        for held in removed.iter().filter_map(Slot::resident) {
            self.inner.depart(held, &self.inner.counters.expirations);
        }
        removed.len()
    }
}

impl<K: Hash + Eq + Clone, V, S: BuildHasher + Clone> Inner<K, V, S> {
    /// Takes out all slots that `judge` picks. They are copied out, so that nothing of others' is dropped under a lock.
    fn take_if(&self, mut judge: impl FnMut(&K, &Slot<V>) -> bool) -> Vec<Slot<V>> {
        let mut removed = Vec::new();
        self.table.retain(|key, slot| {
            let picked = judge(key, slot);
            if picked {
                removed.push(slot.clone());
            }
            !picked
        });
        removed
    }

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
