//! Single flight, on the side of those who wait.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::entry::Held;
use crate::flight::{Flight, Found, Ticket};
use crate::load::{Home, Load, settle};
use crate::shim::thread::{self, Thread};

/// What came of waiting.
#[derive(Debug)]
#[must_use]
pub enum Waited<K, V> {
    /// The value that somebody else has loaded. It may be out of the cache already, or never have been in it.
    Value(Held<V>),
    /// Nothing came of the load, and the caller goes on alone.
    Declined,
    /// Whoever loaded it has given up, and it is the caller's turn.
    Load(Load<K, V>),
}

/// Waits for a load: a future, or [a call that blocks](Self::wait_blocking).
///
/// # Cancel safety
///
/// It can be dropped at any time. One that was given the load and dropped before it could tell passes the load on.
#[must_use = "futures do nothing unless they are polled"]
pub struct Wait<K, V> {
    home: Arc<dyn Home<K, V>>,
    key: K,
    flight: Arc<Flight<V>>,
    ticket: Ticket,
    is_over: bool,
}

impl<K: Clone, V> Wait<K, V> {
    pub(crate) fn new(
        home: Arc<dyn Home<K, V>>,
        key: K,
        flight: Arc<Flight<V>>,
        ticket: Ticket,
    ) -> Self {
        Self { home, key, flight, ticket, is_over: false }
    }

    /// Waits for it on this thread.
    pub fn wait_blocking(mut self) -> Waited<K, V> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            if let Poll::Ready(waited) = self.look(&waker) {
                return waited;
            }
            // A wake-up that comes before isn't lost, one without a reason does no harm.
            thread::park();
        }
    }

    fn look(&mut self, waker: &Waker) -> Poll<Waited<K, V>> {
        let Poll::Ready(found) = self.flight.poll(self.ticket, waker) else { return Poll::Pending };
        self.is_over = true;
        Poll::Ready(match found {
            Found::Landed(held) => Waited::Value(held),
            Found::Declined => Waited::Declined,
            Found::TakeOver => {
                let (home, flight) = (Arc::clone(&self.home), Arc::clone(&self.flight));
                Waited::Load(Load::new(home, self.key.clone(), flight))
            }
        })
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl<K: Clone, V> Future for Wait<K, V> {
    type Output = Waited<K, V>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().look(context.waker())
    }
}
// Nothing in it is pinned, whatever the key is.
impl<K, V> Unpin for Wait<K, V> {}

impl<K, V> Drop for Wait<K, V> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if let Some(hand_over) = self.flight.leave(self.ticket) {
            settle(&*self.home, &self.key, &self.flight, hand_over);
        }
    }
}

impl<K: fmt::Debug, V> fmt::Debug for Wait<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("key", &self.key).finish_non_exhaustive()
    }
}
