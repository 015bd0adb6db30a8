//! Who has to go when room is needed: pure queues, without locks, time or a map.

mod arena;
mod ghost;
mod lru;
mod s3_fifo;
#[cfg(all(test, not(shuttle)))]
mod tests;

use self::lru::Lru;
use self::s3_fifo::S3Fifo;

/// Who has to go when room is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Eviction {
    /// [S3-FIFO](https://doi.org/10.1145/3600006.3613147) (Yang and others, SOSP 2023) by bytes: newcomers stand in a
    /// small queue first, so that what is asked for once doesn't push out what is asked for often. The default.
    #[default]
    S3Fifo,
    /// The least recently used one, exactly. A hit also takes a number from a counter that threads share.
    Lru,
}

/// Not in a queue yet.
pub(crate) const UNPLACED: u64 = u64::MAX;

/// Not in a queue any more, nor ever again.
pub(crate) const GONE: u64 = u64::MAX - 1;

/// What the queues need to know about an entry.
pub(crate) trait Item {
    /// Accesses so far.
    fn hits(&self) -> u64;
    /// The tick of the latest access.
    fn stamp(&self) -> u64;
    /// Of its key.
    fn hash(&self) -> u64;
    fn weight(&self) -> u64;
    /// Whether somebody reads it, so that its going would free nothing.
    fn is_held(&self) -> bool;
    /// Where it stands, by the number that [`Queue::push`] gave it.
    fn place(&self) -> u64;
    fn set_place(&self, place: u64);
}

/// Whom an eviction may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those who free memory.
    Unheld,
    /// Those who are read as well: they free memory later.
    Everyone,
}

/// How many entries that are held one eviction looks at. Each goes back to the end of its queue, so the next eviction
/// looks at others.
const MAX_HELD: usize = 64;

/// Entries in the order in which they go.
#[derive(Debug)]
pub(crate) enum Queue<T> {
    S3Fifo(S3Fifo<T>),
    Lru(Lru<T>),
}

impl<T> Queue<T> {
    /// Bytes of an entry's place, at least; that of S3-FIFO, which needs more.
    pub(crate) const fn per_entry() -> u64 {
        S3Fifo::<T>::per_entry()
    }
}

impl<T: Item> Queue<T> {
    pub(crate) fn new(eviction: Eviction) -> Self {
        match eviction {
            Eviction::S3Fifo => Self::S3Fifo(S3Fifo::new()),
            Eviction::Lru => Self::Lru(Lru::new()),
        }
    }

    pub(crate) fn push(&mut self, item: T) {
        match self {
            Self::S3Fifo(queue) => queue.push(item),
            Self::Lru(queue) => queue.push(item),
        }
    }

    /// Takes out the one that stands at `place`.
    pub(crate) fn remove(&mut self, place: u64) -> Option<T> {
        match self {
            Self::S3Fifo(queue) => queue.remove(place),
            Self::Lru(queue) => queue.remove(place),
        }
    }

    /// Puts another in the place of the one that stands at `place`, and gives that one back.
    pub(crate) fn replace(&mut self, place: u64, item: T) -> Option<T> {
        match self {
            Self::S3Fifo(queue) => queue.replace(place, item),
            Self::Lru(queue) => queue.replace(place, item),
        }
    }

    /// Takes out the one that has to go; `None` if nobody within reach is found in reasonable time.
    pub(crate) fn evict(&mut self, reach: Reach) -> Option<T> {
        match self {
            Self::S3Fifo(queue) => queue.evict(reach),
            Self::Lru(queue) => queue.evict(reach),
        }
    }

    /// Bytes of all of them.
    pub(crate) fn weight(&self) -> u64 {
        match self {
            Self::S3Fifo(queue) => queue.weight(),
            Self::Lru(queue) => queue.weight(),
        }
    }

    /// Gives back memory that was needed when there were more entries.
    pub(crate) fn shrink(&mut self) {
        match self {
            Self::S3Fifo(queue) => queue.shrink(),
            Self::Lru(_) => {}
        }
    }
}
