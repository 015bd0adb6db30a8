//! The map that is used: dashmap, which locks a shard at a time.

use dashmap::{DashMap, Entry};

use super::{Borrow, BuildHasher, Hash, Slot};

pub(crate) struct Table<K, V, S> {
    map: DashMap<K, Slot<V>, S>,
}

impl<K: Hash + Eq, V, S: BuildHasher + Clone> Table<K, V, S> {
    /// `shards` is a power of two above one.
    pub(crate) fn new(hasher: S, shards: usize) -> Self {
        Self { map: DashMap::with_hasher_and_shard_amount(hasher, shards) }
    }

    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.map.hasher().hash_one(key)
    }

    pub(crate) fn read<Q, R>(&self, key: &Q, read: impl FnOnce(&K, &Slot<V>) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.map.get(key).map(|slot| read(slot.key(), slot.value()))
    }

    pub(crate) fn change<Q, R>(&self, key: &Q, change: impl FnOnce(&mut Slot<V>) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.map.get_mut(key).map(|mut slot| change(&mut slot))
    }

    /// Changes what is there, or puts something there.
    pub(crate) fn upsert<R>(
        &self,
        key: K,
        change: impl FnOnce(&mut Slot<V>) -> R,
        make: impl FnOnce() -> (Slot<V>, R),
    ) -> R {
        match self.map.entry(key) {
            Entry::Occupied(mut slot) => change(slot.get_mut()),
            Entry::Vacant(place) => {
                let (slot, result) = make();
                place.insert(slot);
                result
            }
        }
    }

    pub(crate) fn remove_if<Q>(
        &self,
        key: &Q,
        judge: impl FnOnce(&Slot<V>) -> bool,
    ) -> Option<Slot<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.map.remove_if(key, |_, slot| judge(slot)).map(|(_, slot)| slot)
    }

    pub(crate) fn retain(&self, judge: impl FnMut(&K, &mut Slot<V>) -> bool) {
        self.map.retain(judge);
    }

    pub(crate) fn each(&self, mut visit: impl FnMut(&K, &Slot<V>)) {
        for slot in &self.map {
            visit(slot.key(), slot.value());
        }
    }

    pub(crate) fn shrink(&self) {
        self.map.shrink_to_fit();
    }
}
