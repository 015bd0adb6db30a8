//! What requests are answered with, used again instead of allocated.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::chains::Seats;
use crate::http1::Pool;

/// Sets of buffers and seats, each lent to one poll of an answer: as many are kept as there are cores to poll on. What has
/// waited on one set may come back to another; each is bounded by itself.
#[derive(Debug)]
pub(super) struct Spares {
    sets: Mutex<Vec<Spare>>,
    max: usize,
}

/// What a worker of the server has, too.
#[derive(Debug, Default)]
pub(super) struct Spare {
    pub(super) buffers: Pool,
    pub(super) seats: Seats,
}

impl Spares {
    pub(super) fn new() -> Self {
        let max = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self { sets: Mutex::default(), max }
    }

    /// The one that was used last. A request within another gets one of its own.
    pub(super) fn take(&self) -> Spare {
        self.lock().pop().unwrap_or_default()
    }

    pub(super) fn put(&self, spare: Spare) {
        let mut sets = self.lock();
        if sets.len() < self.max {
            sets.push(spare);
        }
    }

    /// Nothing panics under it.
    fn lock(&self) -> MutexGuard<'_, Vec<Spare>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_last_is_used_next_and_no_more_is_kept_than_can_be_used() {
        let spares = Spares { max: 2, ..Spares::new() };
        let mut sets = [spares.take(), spares.take(), spares.take()];
        sets[1].buffers.put(Vec::with_capacity(100));
        let [first, second, third] = sets;
        spares.put(first);
        spares.put(second);
        spares.put(third);
        assert_eq!(spares.lock().len(), 2);
        assert!(spares.take().buffers.take().capacity() >= 100);
    }
}
