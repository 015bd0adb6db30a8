//! The least recently used one goes.

use std::collections::BTreeMap;

use super::{Item, MAX_HELD, Reach};

/// Entries by the tick of their latest access, as far as it is known: a hit changes the stamp of an entry and not its
/// place. Whoever comes up for eviction with a newer stamp goes to where that belongs, so the order is exact whenever
/// it matters. No two entries share a tick.
#[derive(Debug)]
pub(crate) struct Lru<T> {
    by_tick: BTreeMap<u64, T>,
    weight: u64,
}

impl<T: Item> Lru<T> {
    pub(super) const fn new() -> Self {
        Self { by_tick: BTreeMap::new(), weight: 0 }
    }

    pub(super) fn weight(&self) -> u64 {
        self.weight
    }

    pub(super) fn push(&mut self, item: T) {
        self.weight += item.weight();
        self.place(item.stamp(), item);
    }

    pub(super) fn remove(&mut self, place: u64) -> Option<T> {
        let item = self.by_tick.remove(&place)?;
        self.weight -= item.weight();
        Some(item)
    }

    pub(super) fn replace(&mut self, place: u64, item: T) -> Option<T> {
        let old = self.remove(place)?;
        self.weight += item.weight();
        self.place(place, item);
        Some(old)
    }

    pub(super) fn evict(&mut self, reach: Reach) -> Option<T> {
        let mut held = 0;
        let mut after = None;
        loop {
            let (&tick, item) = match after {
                None => self.by_tick.first_key_value()?,
                Some(after) => self.by_tick.range(after..).next()?,
            };
            if item.stamp() > tick {
                let item = self.by_tick.remove(&tick)?;
                self.place(item.stamp(), item);
            } else if reach == Reach::Unheld && item.is_held() {
                held += 1;
                if held == MAX_HELD {
                    return None;
                }
                after = Some(tick + 1);
            } else {
                return self.remove(tick);
            }
        }
    }

    fn place(&mut self, tick: u64, item: T) {
        item.set_place(tick);
        self.by_tick.insert(tick, item);
    }
}
