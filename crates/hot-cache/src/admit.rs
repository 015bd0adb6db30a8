//! How values come in, and how room is made for them.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::time::Duration;

use crate::cache::{HotCache, Inner};
use crate::entry::{Held, Making};
use crate::eviction::Reach;
use crate::flight::Flight;
use crate::load::{Home, Made, Outcome};
use crate::seats::Seat;
use crate::stats::count;
use crate::table::Slot;
use crate::weight::Weight;

impl<K: Hash + Eq + Clone, V, S: BuildHasher + Clone> HotCache<K, V, S> {
    /// Puts `next` in the place of `current`, and gives it back held; nothing happens if the entry isn't `current` any
    /// more, if `next` is larger than an entry may be, or if there is no room for what it is larger by.
    ///
    /// For what is made of a value in the background, a compressed variant say: if the key was invalidated meanwhile,
    /// nothing is brought back. Age, accesses and the place in the queue stay. Other entries may be evicted.
    pub fn update<Q>(&self, key: &Q, current: &Held<V>, next: V) -> Option<Held<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let inner = &self.inner;
        let copy_key = |key: &K, slot: &Slot<V>| slot.holds(current).then(|| key.clone());
        let owned = inner.table.read(key, copy_key).flatten()?;
        let (weight, fits) = inner.weigh(&owned, &next);
        if !fits {
            count(&inner.counters.rejected);
            return None;
        }
        let entry = &current.entry;
        let making =
            Making { hash: entry.hash(), weight, born: current.born(), expires: entry.expires() };
        let next = Held::new(next, making, &inner.ledger);
        // What `current` weighs comes back when it goes, which it can't before its place is taken.
        if !inner.make_room(entry.weight().total()) {
            count(&inner.counters.rejected);
            return None;
        }
        let replaced = inner.table.change(key, |slot| {
            if !slot.holds(current) {
                return None;
            }
            next.entry.inherit(&current.entry);
            current.entry.dismiss();
            next.entry.admit();
            Some(std::mem::replace(slot, Slot::Resident(next.clone())))
        });
        replaced.flatten()?;
        inner.seats.replace(owned, &current.entry, Arc::clone(&next.entry));
        count(&inner.counters.updates);
        Some(next)
    }

    /// Holds a value outside of the cache, for one who has to go on without it: nobody finds it there, and what it
    /// weighs is pinned, as of an entry that has left.
    pub fn hold(&self, key: &K, value: V) -> Held<V> {
        let (weight, _) = self.inner.weigh(key, &value);
        self.inner.hold(key, value, weight, self.inner.now())
    }

    /// Takes out this very entry, as if it had to make room: for one who has another bound to keep than that of bytes.
    /// Returns whether it was there.
    pub fn evict<Q>(&self, key: &Q, held: &Held<V>) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let Some(slot) = self.inner.table.remove_if(key, |slot| slot.holds(held)) else {
            return false;
        };
        self.inner.seats.leave(&held.entry);
        self.inner.dismiss(held, &self.inner.counters.evictions);
        drop(slot);
        true
    }

    /// Evicts until what is in the cache weighs no more than `target` bytes, and gives memory of the cache's own back:
    /// the way out when memory runs short. Returns how many bytes have left; those that somebody still holds are freed
    /// when the last hold is gone.
    pub fn release_to(&self, target: u64) -> u64 {
        let released = self.inner.evict_down_to(target);
        self.inner.shrink();
        released
    }

    /// Changes the budget. If there is more in the cache than it allows, the surplus is evicted at once.
    pub fn set_budget(&self, bytes: u64) {
        self.inner.set_budget(bytes);
        self.inner.evict_down_to(bytes);
    }
}

impl<K, V, S> Home<K, V> for Inner<K, V, S>
where
    K: Hash + Eq + Clone + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Clone + Send + Sync,
{
    fn make(&self, key: &K, value: V, flight: &Flight<V>) -> Made<V> {
        let (weight, fits) = self.weigh(key, &value);
        Made { held: self.hold(key, value, weight, flight.began()), fits }
    }

    fn keep(&self, key: &K, flight: &Arc<Flight<V>>, made: &Made<V>) -> Outcome {
        let held = &made.held;
        // What nobody wants needs no room.
        if flight.is_stale() {
            return Outcome::Invalidated;
        }
        let refusal = if !made.fits {
            Some(Outcome::TooLarge)
        } else if !self.make_room(0) {
            Some(Outcome::NoRoom)
        } else {
            None
        };
        if let Some(outcome) = refusal {
            count(&self.counters.rejected);
            return outcome;
        }
        let admitted = self.table.change(key, |slot| {
            let is_ours = slot.awaits(flight);
            if is_ours {
                held.entry.admit();
                *slot = Slot::Resident(held.clone());
            }
            is_ours
        });
        if admitted != Some(true) {
            return Outcome::Invalidated;
        }
        self.seats.seat(key.clone(), Arc::clone(&held.entry));
        count(&self.counters.insertions);
        Outcome::Admitted
    }

    fn forget(&self, key: &K, flight: &Arc<Flight<V>>) {
        drop(self.table.remove_if(key, |slot| slot.awaits(flight)));
    }
}

impl<K: Hash + Eq + Clone, V, S: BuildHasher + Clone> Inner<K, V, S> {
    /// An entry that isn't in the cache yet.
    pub(crate) fn hold(&self, key: &K, value: V, weight: Weight, born: Duration) -> Held<V> {
        let hash = self.table.hash(key);
        Held::new(value, Making { hash, weight, born, expires: self.expiry(born) }, &self.ledger)
    }

    /// Evicts until all there is, admitted or not, fits into the budget, and `extra` bytes beyond it.
    fn make_room(&self, extra: u64) -> bool {
        loop {
            let budget = self.budget();
            if self.ledger.used() <= budget.saturating_add(extra) {
                return true;
            }
            // The new one is outside of the cache still. If it and what is held besides are too much already, no
            // eviction helps.
            if self.ledger.pinned() > budget || self.evict(Reach::Unheld).is_none() {
                return false;
            }
        }
    }

    fn evict_down_to(&self, target: u64) -> u64 {
        let mut released = 0;
        while self.ledger.resident_total() > target {
            let Some(bytes) = self.evict(Reach::Everyone) else { break };
            released += bytes;
        }
        released
    }

    /// Evicts one entry and tells its weight, which is zero if somebody else has just removed it.
    fn evict(&self, reach: Reach) -> Option<u64> {
        let Seat { key, entry } = self.seats.evict(reach)?;
        let held = Held { entry };
        let Some(slot) = self.table.remove_if(&key, |slot| slot.holds(&held)) else {
            return Some(0);
        };
        self.dismiss(&held, &self.counters.evictions);
        drop(slot);
        Some(held.entry.weight().total())
    }

    pub(crate) fn shrink(&self) {
        self.table.shrink();
        self.seats.shrink();
    }
}
