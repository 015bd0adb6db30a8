//! How much content may be on its way into memory at once: what is being read is in no ledger of the cache yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The share of the budget that may be under way: one in so many.
const SHARE: u64 = 4;

/// The room for content that is being read.
#[derive(Debug)]
pub(crate) struct Room {
    max: u64,
    taken: Arc<AtomicU64>,
}

/// Some of it, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    taken: Arc<AtomicU64>,
    bytes: u64,
}

impl Room {
    /// Beside a cache of this budget.
    pub(crate) fn beside(budget: u64) -> Self {
        Self { max: budget / SHARE, taken: Arc::default() }
    }

    /// Room for so many bytes, if there is some. Who is alone gets it in any case.
    pub(crate) fn take(&self, bytes: u64) -> Option<Taken> {
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        // It is given back by its drop where it is too much.
        let taken = Taken { taken: Arc::clone(&self.taken), bytes };
        (before == 0 || before.saturating_add(bytes) <= self.max).then_some(taken)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_bounded_and_comes_back() {
        let room = Room::beside(400);
        let first = room.take(60);
        let second = room.take(40);
        assert!(first.is_some() && second.is_some() && room.take(1).is_none());
        drop(first);
        assert!(room.take(60).is_some());
        drop(second);
        assert!(room.take(1_000).is_some(), "alone");
        assert_eq!(room.taken.load(Ordering::Relaxed), 0);
    }
}
