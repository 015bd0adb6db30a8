//! The queues and their locks: one per policy shard, beside the map, never taken by a hit.
//!
//! The map says what is there; a queue says in which order it goes. No lock of the one is taken under a lock of the
//! other, so the two can disagree for a moment. The place of an entry settles that: `UNPLACED` until the one who put it
//! into the map has put it into its queue, `GONE` once it has left, which may come first.

use std::sync::Arc;

use crossbeam_utils::CachePadded;

use crate::entry::Entry;
use crate::eviction::{Eviction, GONE, Item, Queue, Reach, UNPLACED};
use crate::shim::atomic::{AtomicU64, Ordering};
use crate::shim::{Mutex, lock};

pub(crate) struct Seats<K, V> {
    shards: Box<[CachePadded<Shard<K, V>>]>,
}

struct Shard<K, V> {
    queue: Mutex<Queue<Seat<K, V>>>,
    /// What the queue weighs, for those who look without its lock.
    weight: AtomicU64,
    /// The next tick, where the order of accesses matters.
    tick: AtomicU64,
}

/// An entry in its queue, with the key to find it in the map.
pub(crate) struct Seat<K, V> {
    pub(crate) key: K,
    pub(crate) entry: Arc<Entry<V>>,
}

impl<K, V> Seats<K, V> {
    /// `shards` is a power of two.
    pub(crate) fn new(eviction: Eviction, shards: usize) -> Self {
        let shard = |_| {
            CachePadded::new(Shard {
                queue: Mutex::new(Queue::new(eviction)),
                weight: AtomicU64::new(0),
                tick: AtomicU64::new(0),
            })
        };
        Self { shards: (0..shards).map(shard).collect() }
    }

    /// Bytes of an entry's place in its queue, at least.
    pub(crate) const fn per_entry() -> u64 {
        Queue::<Seat<K, V>>::per_entry()
    }

    /// Marks an access, where the order of accesses matters.
    pub(crate) fn stamp(&self, entry: &Entry<V>) {
        entry.set_stamp(self.shard(entry.hash()).tick.fetch_add(1, Ordering::Relaxed));
    }

    /// Puts an entry at the end of its queue, unless it has left the map already.
    pub(crate) fn seat(&self, key: K, entry: Arc<Entry<V>>) {
        let shard = self.shard(entry.hash());
        let seat = Seat { key, entry };
        // What is left over is dropped outside of the lock, here and below: keys and values are others' code.
        drop(shard.change(|queue| {
            if seat.entry.place() != UNPLACED {
                return Some(seat);
            }
            self.stamp(&seat.entry);
            queue.push(seat);
            None
        }));
    }

    /// Takes an entry that has left the map out of its queue.
    pub(crate) fn leave(&self, entry: &Arc<Entry<V>>) {
        drop(self.shard(entry.hash()).change(|queue| {
            let seat = queue.remove(entry.place());
            entry.set_place(GONE);
            seat
        }));
    }

    /// Puts `new` in the place of `old`, in whose place it stands in the map.
    pub(crate) fn replace(&self, key: K, old: &Arc<Entry<V>>, new: Arc<Entry<V>>) {
        let shard = self.shard(new.hash());
        let seat = Seat { key, entry: new };
        drop(shard.change(|queue| {
            let place = old.place();
            old.set_place(GONE);
            if seat.entry.place() == GONE {
                // It has left the map already.
                return (Some(seat), queue.remove(place));
            }
            if place == UNPLACED || place == GONE {
                // Nobody stands there. Whoever was about to put the old one there will find that it is gone; or an
                // eviction has taken it, and will find another one in the map.
                self.stamp(&seat.entry);
                queue.push(seat);
                return (None, None);
            }
            (None, queue.replace(place, seat))
        }));
    }

    /// Takes the one out that has to go, where there is most to take.
    pub(crate) fn evict(&self, reach: Reach) -> Option<Seat<K, V>> {
        if let [only] = &*self.shards {
            return only.evict(reach);
        }
        // An unlucky shard may have nobody within reach; then the others are asked, the heaviest first.
        let mut shards: Vec<_> = self.shards.iter().map(|shard| (shard.weight(), shard)).collect();
        shards.sort_unstable_by_key(|&(weight, _)| std::cmp::Reverse(weight));
        shards.into_iter().find_map(|(_, shard)| shard.evict(reach))
    }

    pub(crate) fn shrink(&self) {
        for shard in &self.shards {
            shard.change(Queue::shrink);
        }
    }

    fn shard(&self, hash: u64) -> &Shard<K, V> {
        // Bits that neither the map's shards nor its buckets use much.
        let number = (hash >> 24) as usize & (self.shards.len() - 1);
        &self.shards[number]
    }
}

impl<K, V> Shard<K, V> {
    fn change<R>(&self, change: impl FnOnce(&mut Queue<Seat<K, V>>) -> R) -> R {
        let mut queue = lock(&self.queue);
        let result = change(&mut queue);
        self.weight.store(queue.weight(), Ordering::Relaxed);
        result
    }

    fn weight(&self) -> u64 {
        self.weight.load(Ordering::Relaxed)
    }

    fn evict(&self, reach: Reach) -> Option<Seat<K, V>> {
        self.change(|queue| {
            let seat = queue.evict(reach)?;
            seat.entry.set_place(GONE);
            Some(seat)
        })
    }
}

impl<K, V> Item for Seat<K, V> {
    fn hits(&self) -> u64 {
        self.entry.hits()
    }

    fn stamp(&self) -> u64 {
        self.entry.stamp()
    }

    fn hash(&self) -> u64 {
        Item::hash(&self.entry)
    }

    fn weight(&self) -> u64 {
        Item::weight(&self.entry)
    }

    fn is_held(&self) -> bool {
        self.entry.is_held()
    }

    fn place(&self) -> u64 {
        self.entry.place()
    }

    fn set_place(&self, place: u64) {
        self.entry.set_place(place);
    }
}
