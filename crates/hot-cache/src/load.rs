//! Single flight, on the side of the one who loads.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use crate::cache::HotCache;
use crate::entry::Held;
use crate::flight::{Flight, HandOver, Ticket};
use crate::stats::count;
use crate::table::Slot;
use crate::wait::Wait;

/// What there is for a key, and what to do about it.
#[derive(Debug)]
#[must_use]
pub enum Begin<K, V> {
    /// The value.
    Hit(Held<V>),
    /// Nothing, and nobody loads it: the caller does.
    Load(Load<K, V>),
    /// Somebody loads it: the caller waits.
    Wait(Wait<K, V>),
}

/// What became of a value that was loaded.
#[derive(Debug, Clone)]
pub struct Finished<V> {
    /// The value, whether it was kept or not.
    pub held: Held<V>,
    /// Whether it was kept.
    pub outcome: Outcome,
}

/// Whether a value was kept, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It is in the cache.
    Admitted,
    /// The key was invalidated during the load. Those who waited before have the value, later ones don't get it.
    Invalidated,
    /// Its content is larger than that of an entry may be.
    TooLarge,
    /// It is larger than the budget, or what is still held by readers leaves too little of it.
    NoRoom,
}

/// The duty to load a value, and the right to say what it is.
///
/// Exactly one exists per key that is being loaded. It can be sent to another thread. Dropping it, on a cancellation
/// or a panic, hands the load over to the one who waits longest; the others keep waiting.
#[must_use = "a load that is dropped is handed over to somebody else"]
pub struct Load<K, V> {
    home: Arc<dyn Home<K, V>>,
    key: K,
    flight: Arc<Flight<V>>,
    is_renewal: bool,
    has_landed: bool,
}

/// The cache, as its loads see it, whatever it hashes by.
pub(crate) trait Home<K, V>: Send + Sync {
    /// An entry that isn't in the cache.
    fn make(&self, key: &K, value: V, flight: &Flight<V>) -> Made<V>;

    /// Puts an entry in the place of its load, if it fits and the load is still wanted.
    fn keep(&self, key: &K, flight: &Arc<Flight<V>>, made: &Made<V>) -> Outcome;

    /// Takes a load out of the map, if it still is there.
    fn forget(&self, key: &K, flight: &Arc<Flight<V>>);
}

/// A new entry, and whether an entry may be that large.
pub(crate) struct Made<V> {
    pub(crate) held: Held<V>,
    pub(crate) fits: bool,
}

/// What [`HotCache::begin`] finds under the lock of the map.
enum Step<V> {
    Hit(Held<V>),
    Load(Arc<Flight<V>>),
    Wait(Arc<Flight<V>>, Ticket),
}

impl<K, V, S> HotCache<K, V, S>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    /// Looks a key up, and otherwise joins the load of it or begins one.
    ///
    /// Among all who come while there is no value, one gets [`Begin::Load`]; the others get [`Begin::Wait`], and later
    /// what the one has loaded, as it is. Who comes after an invalidation doesn't join a load from before it.
    pub fn begin(&self, key: K) -> Begin<K, V> {
        let inner = &self.inner;
        let now = inner.now();
        if let Some(held) = inner.table.read(&key, |_, slot| inner.hit(slot, now)).flatten() {
            return Begin::Hit(held);
        }
        let began = inner.time();
        let mut expired = None;
        let step = inner.table.upsert(
            key.clone(),
            |slot| {
                if let Some(held) = inner.hit(slot, now) {
                    return Step::Hit(held);
                }
                if let Slot::Loading(flight) = slot
                    && let Some(ticket) = flight.join()
                {
                    return Step::Wait(Arc::clone(flight), ticket);
                }
                let flight = Arc::new(Flight::new(began));
                let old = std::mem::replace(slot, Slot::Loading(Arc::clone(&flight)));
                if let Slot::Resident(held) = old {
                    expired = Some(held);
                }
                Step::Load(flight)
            },
            || {
                let flight = Arc::new(Flight::new(began));
                (Slot::Loading(Arc::clone(&flight)), Step::Load(flight))
            },
        );
        if let Some(held) = &expired {
            inner.depart(held, &inner.counters.expirations);
        }
        let home = || Arc::clone(inner) as Arc<dyn Home<K, V>>;
        match step {
            Step::Hit(held) => Begin::Hit(held),
            Step::Load(flight) => {
                count(&inner.counters.loads);
                let mut load = Load::new(home(), key, flight);
                load.is_renewal = expired.is_some();
                Begin::Load(load)
            }
            Step::Wait(flight, ticket) => {
                count(&inner.counters.waits);
                Begin::Wait(Wait::new(home(), key, flight, ticket))
            }
        }
    }
}

impl<K, V> Load<K, V> {
    pub(crate) fn new(home: Arc<dyn Home<K, V>>, key: K, flight: Arc<Flight<V>>) -> Self {
        Self { home, key, flight, is_renewal: false, has_landed: false }
    }

    /// Whether it began because what was there is past its time to live. Not known to one who has taken over.
    pub fn is_renewal(&self) -> bool {
        self.is_renewal
    }

    /// Whose value is to be loaded.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Whether the key was invalidated since the load began: what it brings won't be kept, so a long load may as well
    /// be [declined](Self::decline).
    pub fn is_stale(&self) -> bool {
        self.flight.is_stale()
    }

    /// Gives the value to all who wait, and keeps it if that is possible.
    pub fn finish(mut self, value: V) -> Finished<V> {
        let made = self.home.make(&self.key, value, &self.flight);
        let outcome = self.home.keep(&self.key, &self.flight, &made);
        if outcome != Outcome::Admitted {
            self.home.forget(&self.key, &self.flight);
        }
        self.land(Some(&made.held));
        Finished { held: made.held, outcome }
    }

    /// Gives the value to all who wait, and doesn't keep it: for what must not be cached.
    pub fn share(mut self, value: V) -> Held<V> {
        let Made { held, .. } = self.home.make(&self.key, value, &self.flight);
        self.home.forget(&self.key, &self.flight);
        self.land(Some(&held));
        held
    }

    /// Says that nothing came of it: all who wait go on alone.
    pub fn decline(mut self) {
        self.home.forget(&self.key, &self.flight);
        self.land(None);
    }

    /// By now the map doesn't hold the load any more.
    fn land(&mut self, held: Option<&Held<V>>) {
        self.has_landed = true;
        self.flight.land(held.cloned());
    }
}

impl<K, V> Drop for Load<K, V> {
    fn drop(&mut self) {
        if !self.has_landed {
            settle(&*self.home, &self.key, &self.flight, self.flight.hand_over());
        }
    }
}

/// Does what is left to do when a load was handed over.
pub(crate) fn settle<K, V>(
    home: &dyn Home<K, V>,
    key: &K,
    flight: &Arc<Flight<V>>,
    hand_over: HandOver,
) {
    match hand_over {
        HandOver::To(Some(waker)) => waker.wake(),
        HandOver::To(None) => {}
        HandOver::Abandoned => home.forget(key, flight),
    }
}

impl<K: fmt::Debug, V> fmt::Debug for Load<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load")
            .field("key", &self.key)
            .field("is_stale", &self.is_stale())
            .finish_non_exhaustive()
    }
}
