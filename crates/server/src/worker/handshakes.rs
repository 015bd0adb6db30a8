//! The handshakes that are under way on a worker: how many there may be, and whose turn it is.
//!
//! Who floods a server with handshakes wants one of two things. Memory: there are only so many at a time, and one more
//! cuts the oldest, whose client has had the longest to finish it; an honest client needs two round trips. And the
//! processor: a handshake costs as much as dozens of requests, so only some have their turn before all others on the
//! worker have theirs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::worker::watch::Watch;

/// Steps of handshakes that are taken, each a matter of 100 µs, before others have their turn.
const PER_TURN: usize = 4;

/// The handshakes of a worker.
#[derive(Debug)]
pub(crate) struct Handshakes {
    max: usize,
    /// By age.
    under_way: RefCell<BTreeMap<u64, Rc<Watch>>>,
    begun: Cell<u64>,
    turns: Semaphore,
}

/// The right to have a handshake under way, given back on drop.
#[derive(Debug)]
pub(crate) struct UnderWay<'a> {
    handshakes: &'a Handshakes,
    number: u64,
}

impl Handshakes {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            under_way: RefCell::default(),
            begun: Cell::new(0),
            turns: Semaphore::new(PER_TURN),
        }
    }

    /// Begins another, and ends the oldest if there are too many.
    pub(crate) fn begin(&self, watch: &Rc<Watch>) -> UnderWay<'_> {
        let number = self.begun.get();
        self.begun.set(number + 1);
        let mut under_way = self.under_way.borrow_mut();
        if under_way.len() >= self.max
            && let Some((_, oldest)) = under_way.pop_first()
        {
            oldest.expire();
        }
        under_way.insert(number, Rc::clone(watch));
        UnderWay { handshakes: self, number }
    }

    /// Waits until it is one's turn, in the order of asking. To be held until others had theirs.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }
}

impl UnderWay<'_> {
    /// Whether it had to make room for another.
    pub(crate) fn is_lost(&self) -> bool {
        !self.handshakes.under_way.borrow().contains_key(&self.number)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.handshakes.under_way.borrow_mut().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::watch::Watches;

    #[test]
    fn one_more_cuts_the_oldest_and_one_that_has_ended_cuts_nobody() {
        let (watches, handshakes) = (Watches::default(), Handshakes::new(2));
        let watches: Vec<_> = (0..4).map(|_| watches.add().1).collect();
        let first = handshakes.begin(&watches[0]);
        let second = handshakes.begin(&watches[1]);
        assert!(!first.is_lost());
        let third = handshakes.begin(&watches[2]);
        assert!(first.is_lost() && watches[0].expired().is_some());
        assert!(!second.is_lost() && !third.is_lost());
        drop((first, second));
        let fourth = handshakes.begin(&watches[3]);
        assert!(!third.is_lost() && !fourth.is_lost() && watches[2].expired().is_none());
        drop((third, fourth));
        assert!(handshakes.under_way.borrow().is_empty());
    }

    #[test]
    fn others_have_their_turn_between_a_few_steps() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let tasks = tokio::task::LocalSet::new();
        let (handshakes, steps) = (Rc::new(Handshakes::new(100)), Rc::new(Cell::new(0)));
        for _ in 0..10 * PER_TURN {
            let (handshakes, steps) = (Rc::clone(&handshakes), Rc::clone(&steps));
            tasks.spawn_local(async move {
                let turn = handshakes.turn().await;
                steps.set(steps.get() + 1);
                tokio::task::yield_now().await;
                drop(turn);
            });
        }
        tasks.block_on(&runtime, async {
            while steps.get() < 10 * PER_TURN {
                let before = steps.get();
                tokio::task::yield_now().await;
                // The turn that had begun, and the next.
                assert!(steps.get() - before <= 2 * PER_TURN, "{before} to {}", steps.get());
            }
        });
    }
}
