//! The map of the model tests: one lock that the model checker knows.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use shuttle::sync::{Mutex, MutexGuard};

use super::{Borrow, BuildHasher, Hash, Slot};

/// Not seeded: a schedule that fails can be replayed.
type Map<K, V> = HashMap<K, Slot<V>, BuildHasherDefault<DefaultHasher>>;

pub(crate) struct Table<K, V, S> {
    map: Mutex<Map<K, V>>,
    hasher: S,
}

impl<K: Hash + Eq, V, S: BuildHasher + Clone> Table<K, V, S> {
    pub(crate) fn new(hasher: S, _shards: usize) -> Self {
        Self { map: Mutex::new(Map::default()), hasher }
    }

    fn map(&self) -> MutexGuard<'_, Map<K, V>> {
        crate::shim::lock(&self.map)
    }

    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.hasher.hash_one(key)
    }

    pub(crate) fn read<Q, R>(&self, key: &Q, read: impl FnOnce(&K, &Slot<V>) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.map().get_key_value(key).map(|(key, slot)| read(key, slot))
    }

    pub(crate) fn change<Q, R>(&self, key: &Q, change: impl FnOnce(&mut Slot<V>) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.map().get_mut(key).map(change)
    }

    pub(crate) fn upsert<R>(
        &self,
        key: K,
        change: impl FnOnce(&mut Slot<V>) -> R,
        make: impl FnOnce() -> (Slot<V>, R),
    ) -> R {
        let mut map = self.map();
        if let Some(slot) = map.get_mut(&key) {
            return change(slot);
        }
        let (slot, result) = make();
        map.insert(key, slot);
        result
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
        let mut map = self.map();
        if map.get(key).is_some_and(judge) { map.remove(key) } else { None }
    }

    pub(crate) fn retain(&self, judge: impl FnMut(&K, &mut Slot<V>) -> bool) {
        self.map().retain(judge);
    }

    pub(crate) fn each(&self, mut visit: impl FnMut(&K, &Slot<V>)) {
        for (key, slot) in self.map().iter() {
            visit(key, slot);
        }
    }

    pub(crate) fn shrink(&self) {
        self.map().shrink_to_fit();
    }
}
