//! What a connection needs only while it has something to do. Idle connections hold none of it; a worker
//! keeps a few for the next that wake up.

use std::cell::RefCell;

use crate::exchange::Exchange;
use crate::http1::{Input, Outbox, RequestHead};
use crate::worker::connection::Calling;
use crate::worker::transmit::Transmit;

/// As many as are busy at the same moment on a busy worker.
const MAX_SPARE: usize = 256;

/// The working memory of one busy connection.
#[derive(Default)]
pub(crate) struct Active {
    pub(crate) input: Input,
    pub(crate) head: RequestHead,
    pub(crate) outbox: Outbox,
    pub(crate) exchange: Exchange,
    pub(crate) transmit: Transmit,
    /// The request that the application has.
    pub(crate) calling: Option<Box<Calling>>,
}

/// Working memory without an owner.
#[derive(Default)]
#[expect(clippy::vec_box, reason = "the box itself goes to a connection and comes back")]
pub(crate) struct Spare(RefCell<Vec<Box<Active>>>);

impl Spare {
    pub(crate) fn take(&self) -> Box<Active> {
        self.0.borrow_mut().pop().unwrap_or_default()
    }

    /// Takes back what a connection that went idle no longer needs: no unread byte, nothing to send.
    pub(crate) fn put(&self, mut active: Box<Active>) {
        debug_assert!(
            active.input.is_empty() && active.outbox.is_empty(),
            "working memory is given back clean"
        );
        let mut spare = self.0.borrow_mut();
        if spare.len() < MAX_SPARE {
            active.input.shrink();
            active.exchange = Exchange::new();
            active.transmit.reset();
            active.calling = None;
            spare.push(active);
        }
    }
}
