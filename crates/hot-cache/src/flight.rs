//! One load that others may wait for: who waits, who flies it, and how it landed.

use std::collections::VecDeque;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::entry::Held;
use crate::shim::atomic::{AtomicBool, Ordering};
use crate::shim::{Mutex, lock};

/// A load under way. It stands in the map in the place of its key; an invalidation takes it out, and then it is stale:
/// who comes later doesn't find it, and what it brings isn't kept.
#[derive(Debug)]
pub(crate) struct Flight<V> {
    state: Mutex<State<V>>,
    stale: AtomicBool,
    began: Duration,
}

#[derive(Debug)]
struct State<V> {
    phase: Phase<V>,
    waiting: VecDeque<Passenger>,
    next_ticket: u64,
}

#[derive(Debug)]
enum Phase<V> {
    /// Somebody holds the load.
    Flying,
    /// The load was given to this waiter, who hasn't come for it yet.
    Offered(Ticket),
    /// Nobody holds it and nobody waits. Whoever finds it in the map starts anew.
    Abandoned,
    Declined,
    Landed(Held<V>),
}

#[derive(Debug)]
struct Passenger {
    ticket: Ticket,
    /// Where there is none, it wasn't polled yet.
    waker: Option<Waker>,
}

/// A place among those who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

/// What one who waits finds.
#[derive(Debug)]
pub(crate) enum Found<V> {
    Landed(Held<V>),
    Declined,
    /// The load is theirs now.
    TakeOver,
}

/// Whether somebody takes a load over.
#[derive(Debug)]
#[must_use]
pub(crate) enum HandOver {
    /// Somebody does, and may have to be woken.
    To(Option<Waker>),
    /// Nobody waits: the flight is to be taken out of the map.
    Abandoned,
}

impl<V> Flight<V> {
    pub(crate) fn new(began: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                phase: Phase::Flying,
                waiting: VecDeque::new(),
                next_ticket: 0,
            }),
            stale: AtomicBool::new(false),
            began,
        }
    }

    pub(crate) fn began(&self) -> Duration {
        self.began
    }

    /// Says that an invalidation has taken it out of the map.
    pub(crate) fn spoil(&self) {
        self.stale.store(true, Ordering::Release);
    }

    pub(crate) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Acquire)
    }

    /// Waits for it; `None` if it isn't flying any more. Called under the lock of the map.
    pub(crate) fn join(&self) -> Option<Ticket> {
        let mut state = lock(&self.state);
        match state.phase {
            Phase::Flying | Phase::Offered(_) => {}
            Phase::Abandoned | Phase::Declined | Phase::Landed(_) => return None,
        }
        let ticket = Ticket(state.next_ticket);
        state.next_ticket += 1;
        state.waiting.push_back(Passenger { ticket, waker: None });
        Some(ticket)
    }

    /// What there is for one who waits; leaves `waker` behind if there is nothing yet.
    pub(crate) fn poll(&self, ticket: Ticket, waker: &Waker) -> Poll<Found<V>> {
        let mut state = lock(&self.state);
        match &state.phase {
            Phase::Landed(held) => return Poll::Ready(Found::Landed(held.clone())),
            Phase::Declined => return Poll::Ready(Found::Declined),
            Phase::Offered(to) if *to == ticket => {
                state.phase = Phase::Flying;
                return Poll::Ready(Found::TakeOver);
            }
            Phase::Flying | Phase::Offered(_) | Phase::Abandoned => {}
        }
        let mut passengers = state.waiting.iter_mut();
        if let Some(passenger) = passengers.find(|passenger| passenger.ticket == ticket) {
            let knows = passenger.waker.as_ref().is_some_and(|known| known.will_wake(waker));
            if !knows {
                let old = passenger.waker.replace(waker.clone());
                // Wakers are code of others: they are woken and dropped outside of the lock.
                drop(state);
                drop(old);
            }
        }
        Poll::Pending
    }

    /// One who waits doesn't any more. `None` if that changes nothing for the others.
    pub(crate) fn leave(&self, ticket: Ticket) -> Option<HandOver> {
        let mut state = lock(&self.state);
        match state.phase {
            Phase::Offered(to) if to == ticket => Some(state.offer()),
            _ => {
                let left = state.remove(ticket);
                drop(state);
                drop(left);
                None
            }
        }
    }

    /// Gives the load to the one who waits longest.
    pub(crate) fn hand_over(&self) -> HandOver {
        lock(&self.state).offer()
    }

    /// Ends it, with a value or with nothing, for all who wait. By then the map must not hold it any more.
    pub(crate) fn land(&self, held: Option<Held<V>>) {
        let mut state = lock(&self.state);
        state.phase = held.map_or(Phase::Declined, Phase::Landed);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().filter_map(|passenger| passenger.waker).for_each(Waker::wake);
    }
}

impl<V> State<V> {
    fn offer(&mut self) -> HandOver {
        let Some(Passenger { ticket, waker }) = self.waiting.pop_front() else {
            self.phase = Phase::Abandoned;
            return HandOver::Abandoned;
        };
        self.phase = Phase::Offered(ticket);
        HandOver::To(waker)
    }

    fn remove(&mut self, ticket: Ticket) -> Option<Passenger> {
        let place = self.waiting.iter().position(|passenger| passenger.ticket == ticket)?;
        self.waiting.remove(place)
    }
}
