//! The caches, behind one door. A value is a size; each weighs its size and what an entry of ours costs besides, in all
//! caches alike.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use catzilla_hot_cache::{Begin, Eviction, HotCache, Weigher, Weight};
use lru::LruCache;

/// A cache of the size of values.
pub(super) trait Cache: Send + Sync {
    /// Asks for a key, and puts a value of that size there if there is none. Returns whether there was one.
    fn access(&self, key: u64, size: u32) -> bool;

    /// Asks for a key.
    fn get(&self, key: u64) -> bool;
}

/// Makes a cache for so many bytes, in which so many entries are expected.
pub(super) type Maker = fn(u64, usize) -> Box<dyn Cache>;

/// Ours is the first.
pub(super) const CACHES: [(&str, Maker); 5] = [
    ("hot-cache", |bytes, items| Ours::boxed(bytes, items, Eviction::S3Fifo)),
    ("quick_cache", |bytes, items| Box::new(Quick::new(bytes, items))),
    ("moka", |bytes, items| Box::new(Moka::new(bytes, items))),
    ("lru", |bytes, items| Box::new(Lru::new(bytes, items))),
    ("hot-cache, LRU", |bytes, items| Ours::boxed(bytes, items, Eviction::Lru)),
];

/// What an entry of ours costs besides its content.
fn overhead() -> u64 {
    let cache = HotCache::builder().build(Weigh);
    let Begin::Load(load) = cache.begin(1_u64) else { unreachable!("a new cache is empty") };
    load.finish(0_u32).held.weight().total()
}

/// A value is heavier than it looks: it stands for a file of its size.
struct Weigh;

impl Weigher<u64, u32> for Weigh {
    fn weigh(&self, _: &u64, size: &u32) -> Weight {
        Weight::content(u64::from(*size))
    }
}

struct Ours(HotCache<u64, u32>);

impl Ours {
    fn boxed(bytes: u64, items: usize, eviction: Eviction) -> Box<dyn Cache> {
        let budget = bytes + items as u64 * overhead();
        Box::new(Self(HotCache::builder().budget(budget).eviction(eviction).build(Weigh)))
    }
}

impl Cache for Ours {
    fn access(&self, key: u64, size: u32) -> bool {
        if self.0.get(&key).is_some() {
            return true;
        }
        if let Begin::Load(load) = self.0.begin(key) {
            load.finish(size);
        }
        false
    }

    fn get(&self, key: u64) -> bool {
        self.0.get(&key).is_some()
    }
}

#[derive(Clone)]
struct Weighted(u64);

impl quick_cache::Weighter<u64, Arc<u32>> for Weighted {
    fn weight(&self, _: &u64, size: &Arc<u32>) -> u64 {
        u64::from(**size) + self.0
    }
}

struct Quick(quick_cache::sync::Cache<u64, Arc<u32>, Weighted>);

impl Quick {
    fn new(bytes: u64, items: usize) -> Self {
        let overhead = overhead();
        let budget = bytes + items as u64 * overhead;
        Self(quick_cache::sync::Cache::with_weighter(items, budget, Weighted(overhead)))
    }
}

impl Cache for Quick {
    fn access(&self, key: u64, size: u32) -> bool {
        if self.0.get(&key).is_some() {
            return true;
        }
        self.0.insert(key, Arc::new(size));
        false
    }

    fn get(&self, key: u64) -> bool {
        self.0.get(&key).is_some()
    }
}

struct Moka(moka::sync::Cache<u64, Arc<u32>>);

impl Moka {
    fn new(bytes: u64, items: usize) -> Self {
        let overhead = overhead();
        let budget = bytes + items as u64 * overhead;
        let weigher = move |_: &u64, size: &Arc<u32>| **size + overhead as u32;
        // With a time to live, as ours has one.
        let builder = moka::sync::Cache::builder().time_to_live(Duration::from_hours(1));
        Self(builder.max_capacity(budget).weigher(weigher).initial_capacity(items).build())
    }
}

impl Cache for Moka {
    fn access(&self, key: u64, size: u32) -> bool {
        if self.0.get(&key).is_some() {
            return true;
        }
        self.0.insert(key, Arc::new(size));
        false
    }

    fn get(&self, key: u64) -> bool {
        self.0.get(&key).is_some()
    }
}

/// What one writes oneself: an exact LRU behind a lock.
struct Lru {
    state: Mutex<State>,
    budget: u64,
    overhead: u64,
}

struct State {
    entries: LruCache<u64, Arc<u32>>,
    weight: u64,
}

impl Lru {
    fn new(bytes: u64, items: usize) -> Self {
        let overhead = overhead();
        Self {
            state: Mutex::new(State { entries: LruCache::unbounded(), weight: 0 }),
            budget: bytes + items as u64 * overhead,
            overhead,
        }
    }

    fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Cache for Lru {
    fn access(&self, key: u64, size: u32) -> bool {
        self.with(|state| {
            if state.entries.get(&key).is_some() {
                return true;
            }
            state.entries.put(key, Arc::new(size));
            state.weight += u64::from(size) + self.overhead;
            while state.weight > self.budget {
                let Some((_, size)) = state.entries.pop_lru() else { break };
                state.weight -= u64::from(*size) + self.overhead;
            }
            false
        })
    }

    fn get(&self, key: u64) -> bool {
        self.with(|state| state.entries.get(&key).cloned()).is_some()
    }
}
