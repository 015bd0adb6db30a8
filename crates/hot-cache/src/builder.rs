//! How a cache is set up.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::cache::{HotCache, Inner, Limits};
use crate::clock::{Clock, SystemClock};
use crate::entry::Held;
use crate::eviction::Eviction;
use crate::weight::Weigher;

/// Sets up a [`HotCache`]; made by [`HotCache::builder`].
pub struct Builder<K, V, S = RandomState> {
    budget: u64,
    max_entry: u64,
    time_to_live: Option<Duration>,
    eviction: Eviction,
    shards: Option<usize>,
    clock: Arc<dyn Clock>,
    hasher: S,
    on_departure: Option<Departure<V>>,
    entries: PhantomData<fn(K) -> V>,
}

/// Who is told of values that leave.
pub(crate) type Departure<V> = Box<dyn Fn(Held<V>) + Send + Sync>;

impl<K, V> Default for Builder<K, V> {
    fn default() -> Self {
        Self {
            budget: 100 * 1024 * 1024,
            max_entry: 10 * 1024 * 1024,
            time_to_live: Some(Duration::from_hours(1)),
            eviction: Eviction::default(),
            shards: None,
            clock: Arc::new(SystemClock::new()),
            hasher: RandomState::default(),
            on_departure: None,
            entries: PhantomData,
        }
    }
}

impl<K, V, S> Builder<K, V, S> {
    /// How many bytes entries may take, with everything that the cache needs for them; those that are still held after
    /// they left are counted as well. A budget of zero keeps nothing, and still makes one load of many. Default: 100 MiB.
    pub fn budget(mut self, bytes: u64) -> Self {
        self.budget = bytes;
        self
    }

    /// How many bytes of content one entry may have; its variants are beside that. Default: 10 MiB.
    pub fn max_entry(mut self, bytes: u64) -> Self {
        self.max_entry = bytes;
        self
    }

    /// How long after the beginning of its load a value may be found; `None` for as long as there is room. Default: an
    /// hour.
    pub fn time_to_live(mut self, time: Option<Duration>) -> Self {
        self.time_to_live = time;
        self
    }

    /// Who goes when room is needed. Default: [`Eviction::S3Fifo`].
    pub fn eviction(mut self, eviction: Eviction) -> Self {
        self.eviction = eviction;
        self
    }

    /// Into how many parts the map is divided, each with its lock; rounded up to a power of two, at least two. One
    /// eviction queue serves 64 of them. The budget isn't divided. Default: sixteen per core.
    pub fn shards(mut self, shards: usize) -> Self {
        self.shards = Some(shards);
        self
    }

    /// Where the time comes from. Default: [`SystemClock`].
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How keys are hashed. Where others choose the keys, it must be seeded with something that they don't know.
    /// Default: foldhash, seeded at random.
    pub fn hasher<T>(self, hasher: T) -> Builder<K, V, T> {
        let Self { budget, max_entry, time_to_live, eviction, shards, clock, on_departure, .. } =
            self;
        let entries = PhantomData;
        Builder {
            budget,
            max_entry,
            time_to_live,
            eviction,
            shards,
            clock,
            hasher,
            on_departure,
            entries,
        }
    }

    /// Is given each value that leaves because it was invalidated or is past its time to live: for what could be of use
    /// to its successor. Not those that are evicted or replaced by an update.
    ///
    /// It is called outside of all locks, by whoever makes the value leave, once nobody finds it any more. As long as it
    /// is held it is pinned. Default: nobody is told.
    pub fn on_departure(mut self, told: impl Fn(Held<V>) + Send + Sync + 'static) -> Self {
        self.on_departure = Some(Box::new(told));
        self
    }
}

impl<K: Hash + Eq + Clone, V, S: BuildHasher + Clone> Builder<K, V, S> {
    /// The cache, in which a value weighs what `weigher` says.
    pub fn build(self, weigher: impl Weigher<K, V> + 'static) -> HotCache<K, V, S> {
        let shards = self.shards.unwrap_or_else(default_shards);
        let limits = Limits {
            budget: self.budget,
            max_entry: self.max_entry,
            time_to_live: self.time_to_live,
            eviction: self.eviction,
            shards: shards.clamp(2, MAX_SHARDS).next_power_of_two(),
        };
        HotCache {
            inner: Arc::new(Inner::new(
                &limits,
                self.clock,
                self.hasher,
                Box::new(weigher),
                self.on_departure,
            )),
        }
    }
}

/// Beyond this, shards cost memory and give nothing.
const MAX_SHARDS: usize = 1 << 12;

/// Perf: two threads on two cores took 53 ns for a lookup with four per core, 40 ns with sixteen and 38 ns with 64
/// (`hit-ratio`); each shard is a line of the processor's cache and a table.
fn default_shards() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from) * 16
}

impl<K, V, S> fmt::Debug for Builder<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("budget", &self.budget)
            .field("max_entry", &self.max_entry)
            .field("time_to_live", &self.time_to_live)
            .field("eviction", &self.eviction)
            .field("shards", &self.shards)
            .finish_non_exhaustive()
    }
}
