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
    /// Room for what is being read.
    reserved: Cell<u64>,
    /// What the engine has.
    handed: Cell<u64>,
    /// Bytes that the socket took in all.
    sent: Cell<u64>,
    room: Notify,
}

impl Budget {
    /// Content is about to be read. Before it is, or many would find the same room.
    pub(super) fn reserve(&self, bytes: u64) {
        self.reserved.set(self.reserved.get().saturating_add(bytes));
    }

    /// What was reserved has been read, or can't be.
    pub(super) fn unreserve(&self, bytes: u64) {
        self.reserved.set(self.reserved.get().saturating_sub(bytes));
        self.look();
    }

    /// Content is handed to the engine.
    pub(super) fn hand(&self, bytes: u64) {
        self.handed.set(self.handed.get().saturating_add(bytes));
    }

    /// The socket took so many bytes, heads of frames included; they make the count a little smaller than it is, until
    /// the next time that nothing is left.
    pub(super) fn sent(&self, bytes: u64) {
        self.sent.set(self.sent.get().saturating_add(bytes));
        self.handed.set(self.handed.get().saturating_sub(bytes));
        self.look();
    }

    /// How much the socket took since it took so many bytes in all; and that is noted.
    pub(super) fn sent_since(&self, mark: &mut u64) -> u64 {
        self.sent.get() - std::mem::replace(mark, self.sent.get())
    }

    /// The socket took all that the engine had, and the engine has no more.
    pub(super) fn settle(&self) {
        self.handed.set(0);
        self.look();
    }

    /// Waits until there is room for one more chunk.
    pub(super) async fn room(&self) {
        while !self.has_room() {
            self.room.notified().await;
        }
    }

    fn has_room(&self) -> bool {
        self.reserved.get().saturating_add(self.handed.get()) < MOST
    }

    /// There may be room.
    fn look(&self) {
        if self.has_room() {
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
        budget.hand(MOST - 1);
        let cx = &mut Context::from_waker(Waker::noop());
        assert_eq!(pin!(budget.room()).as_mut().poll(cx), Poll::Ready(()));
        budget.hand(10);
        let mut room = pin!(budget.room());
        assert_eq!(room.as_mut().poll(cx), Poll::Pending);
        budget.sent(9);
        assert_eq!(room.as_mut().poll(cx), Poll::Pending);
        budget.sent(1);
        assert_eq!(room.as_mut().poll(cx), Poll::Ready(()));
        budget.hand(10 * MOST);
        let mut room = pin!(budget.room());
        assert_eq!(room.as_mut().poll(cx), Poll::Pending);
        budget.settle();
        assert_eq!(room.as_mut().poll(cx), Poll::Ready(()));
        budget.settle();
        budget.reserve(MOST);
        budget.settle();
        let mut room = pin!(budget.room());
        assert_eq!(room.as_mut().poll(cx), Poll::Pending, "what is being read is not settled");
        budget.unreserve(MOST);
        assert_eq!(room.as_mut().poll(cx), Poll::Ready(()));
    }
}
