//! How a connection ends: because the server leaves, in the middle of an answer, by a time limit, or having lingered
//! for a client that was told to go.

use std::io;
use std::mem::MaybeUninit;
use std::pin::pin;
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::AsyncReadExt;

use super::{Connection, Doing, Flow};
use crate::http1::Phase;
use crate::outcome::Failure;
use crate::respond;
use crate::worker::watch::Waits;

/// Bytes that are read and thrown away of a client that was told to go.
const MAX_LINGER_BYTES: u32 = 256 * 1024;

impl Connection {
    /// Takes no more requests than what has come of them.
    pub(super) fn drain(&mut self) {
        self.draining = true;
        self.engine.drain();
    }

    /// Whether closing now could be a reset over a request: one lies in the socket, or the connection has been made to
    /// send one that is still on its way. Nobody waits long for the latter.
    pub(super) fn may_still_ask(&self) -> bool {
        self.engine.phase() == Phase::Idle && (!self.served || self.has_come())
    }

    /// Whether bytes lie in the socket. Asks the kernel: the event loop may not have looked yet.
    fn has_come(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        SockRef::from(&self.stream).peek(&mut byte).is_ok_and(|bytes| bytes > 0)
    }

    /// Ends the connection in the middle of an answer: the client sees fewer bytes than were announced.
    pub(super) fn cut(&mut self, why: &str) -> Poll<io::Result<Flow>> {
        tracing::warn!(why, "an answer was cut short");
        self.place.worker.counters.cut_short.add(1);
        Poll::Ready(Ok(Flow::Done))
    }

    /// Reads and throws away, so that the client sees the last answer before a reset
    /// (RFC 9112 section 9.6).
    pub(super) fn linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Flow>> {
        let mut bin = [0; 4096];
        let read = ready!(pin!(self.stream.read(&mut bin)).poll(cx))?;
        self.linger_bytes = self.linger_bytes.saturating_add(read as u32);
        let enough = read == 0 || self.linger_bytes > MAX_LINGER_BYTES;
        Poll::Ready(Ok(if enough { Flow::Done } else { Flow::Again }))
    }

    /// A time limit has struck.
    pub(super) fn expire(&mut self, waits: Waits) -> Flow {
        let begun = self.active.as_ref().is_some_and(|active| !active.input.is_empty());
        match waits {
            // Whoever sent half a head is told; whoever sent nothing is not.
            Waits::Head if begun => {
                let plan = respond::failure(Failure::HeadTooSlow, None, None, Vec::new());
                self.answer(plan);
                self.doing = Doing::Closing { linger: true };
                Flow::Again
            }
            Waits::Handler => {
                self.give_up_on_handler();
                Flow::Again
            }
            Waits::Reader => {
                tracing::debug!("a client that does not read was cut");
                Flow::Done
            }
            _ => Flow::Done,
        }
    }
}
