//! A connection from its accept to its end, whatever it speaks.

use std::net::SocketAddr;
use std::rc::Rc;

use crate::admission::Admitted;
use crate::worker::connection::{Connection, Ended};
use crate::worker::transport::Transport;
use crate::worker::watch::{Key, Watch};
use crate::worker::{Worker, http2};

/// The place of a connection at its worker: counted, watched, and given up on drop.
pub(crate) struct Place {
    pub(crate) worker: Rc<Worker>,
    pub(crate) watch: Rc<Watch>,
    /// Who has connected.
    pub(crate) peer: SocketAddr,
    key: Key,
    /// Until something else holds it.
    admitted: Option<Admitted>,
}

impl Place {
    pub(crate) fn new(worker: Rc<Worker>, admitted: Admitted, peer: SocketAddr) -> Self {
        let (key, watch) = worker.watches.add();
        worker.counters.open.add(1);
        Self { worker, watch, peer, key, admitted: Some(admitted) }
    }

    /// Gives the place up, and keeps that the client was let in: for a connection that leaves its worker.
    pub(crate) fn leave(mut self) -> Option<Admitted> {
        self.admitted.take()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.worker.watches.remove(&self.key);
        self.worker.counters.open.sub(1);
        if self.worker.watches.len() == 0 {
            self.worker.idle.notify_one();
        }
    }
}

/// A connection that goes on in another protocol.
pub(crate) struct Handover {
    pub(crate) transport: Transport,
    pub(crate) place: Place,
    /// What has been received and not been looked at.
    pub(crate) received: Vec<u8>,
}

/// Begins with HTTP/1.1, and goes on as the client wants it.
pub(crate) async fn live(transport: Transport, place: Place) {
    let mut connection = Connection::new(transport, place);
    match (&mut connection).await {
        Ended::Closed => {}
        // In a box of its own, so that what speaks HTTP/1.1 doesn't hold the room for it.
        Ended::Http2 => Box::pin(http2::Connection::new(connection.hand_over())).await,
        Ended::Upgraded => connection.upgrade(),
    }
}
