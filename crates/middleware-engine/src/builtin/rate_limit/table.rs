//! What is known of each client: a table that never grows.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

use super::gcra::{Gcra, Verdict};

/// With the lock a set takes two cache lines.
const WAYS: usize = 7;

/// Each key belongs to one set, and has a place of its own there as long as it has spent anything. A place whose owner has
/// got everything back says nothing that an empty one doesn't say, and is taken by who comes next. A key that finds no place
/// shares one with all others in its set that have found none.
///
/// So nobody gets back what was spent but by waiting. When there are more clients than places, those without share a limit:
/// they get less than they should, never more.
#[derive(Debug)]
pub(super) struct Table {
    sets: Box<[Mutex<Set>]>,
    /// From the system's randomness: nobody outside can tell which keys share a set.
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Set {
    keys: [u64; WAYS],
    /// Theoretical arrival times: zero is an empty place.
    arrivals: [u64; WAYS],
    /// That of those without a place of their own. It is no less than that of anybody who had one and has none any more, so
    /// whoever gets one begins with it.
    shared: u64,
}

impl Table {
    /// For so many keys at least.
    pub(super) fn new(keys: usize) -> Self {
        let sets = (0..keys.div_ceil(WAYS)).map(|_| Mutex::default()).collect();
        Self { sets, hasher: RandomState::new() }
    }

    /// For how many keys there is a place.
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.sets.len() * WAYS
    }

    /// Lets a request of this key through, or not.
    pub(super) fn decide(&self, gcra: &Gcra, key: impl Hash, now: u64) -> Verdict {
        let hash = self.hasher.hash_one(key);
        // The upper half of the product: every set alike, without a division.
        let set = ((u128::from(hash) * self.sets.len() as u128) >> 64) as usize;
        // Nothing in there can panic.
        let mut set = self.sets[set].lock().unwrap_or_else(PoisonError::into_inner);
        set.decide(gcra, hash, now)
    }
}

impl Set {
    fn decide(&mut self, gcra: &Gcra, key: u64, now: u64) -> Verdict {
        if let Some(own) = self.keys.iter().position(|&it| it == key) {
            let (verdict, arrival) = gcra.decide(self.arrivals[own], now);
            self.arrivals[own] = arrival;
            return verdict;
        }
        let (oldest, &arrival) =
            self.arrivals.iter().enumerate().min_by_key(|it| it.1).expect("there are ways");
        if arrival <= now {
            // The clocks of two threads may differ by a little: for the other it may not be past yet.
            self.shared = self.shared.max(arrival);
            let (verdict, arrival) = gcra.decide(self.shared, now);
            if let Verdict::Admitted { .. } = verdict {
                (self.keys[oldest], self.arrivals[oldest]) = (key, arrival);
            }
            verdict
        } else {
            let (verdict, arrival) = gcra.decide(self.shared, now);
            self.shared = arrival;
            verdict
        }
    }
}

#[cfg(test)]
mod tests;
