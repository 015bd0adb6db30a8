//! How much content of one connection is in memory on its way through the engine to the socket.
//!
//! Flow control bounds what the client has room for, and a hostile client says that it has room for everything. So
//! whoever reads content for it waits until the socket has taken what was read before.

use std::cell::Cell;

use tokio::sync::Notify;

/// Bytes on their way at the most, but for those of one more chunk.
const MOST: u64 = 256 * 1024;

#[derive(Debug, Default)]
pub(super) struct Budget {
    under_way: Cell<u64>,
    room: Notify,
}

impl Budget {
    /// Content was handed to the engine.
    pub(super) fn take(&self, bytes: u64) {
        self.under_way.set(self.under_way.get().saturating_add(bytes));
    }

    /// The socket took so many bytes, heads of frames included; they make the count a little smaller than it is, until
    /// the next time that nothing is left.
    pub(super) fn give_back(&self, bytes: u64) {
        self.set(self.under_way.get().saturating_sub(bytes));
    }

    /// The socket took all that the engine had, and the engine has no more.
    pub(super) fn settle(&self) {
        self.set(0);
    }

    /// Waits until there is room for one more chunk.
    pub(super) async fn room(&self) {
        while self.under_way.get() >= MOST {
            self.room.notified().await;
        }
    }

    fn set(&self, bytes: u64) {
        let had_room = self.under_way.replace(bytes) < MOST;
        if !had_room && bytes < MOST {
            self.room.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn who_finds_no_room_goes_on_when_the_socket_has_taken_enough() {
        let budget = Budget::default();
        budget.take(MOST - 1);
        let cx = &mut Context::from_waker(Waker::noop());
        assert_eq!(pin!(budget.room()).as_mut().poll(cx), Poll::Ready(()));
        budget.take(10);
        let mut room = pin!(budget.room());
        assert_eq!(room.as_mut().poll(cx), Poll::Pending);
        budget.give_back(9);
        assert_eq!(room.as_mut().poll(cx), Poll::Pending);
        budget.give_back(1);
        assert_eq!(room.as_mut().poll(cx), Poll::Ready(()));
        budget.take(10 * MOST);
        let mut room = pin!(budget.room());
        assert_eq!(room.as_mut().poll(cx), Poll::Pending);
        budget.settle();
        assert_eq!(room.as_mut().poll(cx), Poll::Ready(()));
    }
}
