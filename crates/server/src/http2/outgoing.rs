//! What is to be written to a socket, without the socket: writers fill it, a driver empties it.
//!
//! A flush is no promise that anything has been sent: it only says that nothing has failed. The driver sends, when
//! all that had to be written in a turn has been.

use std::io::{self, IoSlice};
use std::task::{Context, Poll, Waker};

/// Bytes that may wait at the most; then writers wait.
const MOST: usize = 64 * 1024;

/// Writers that wait are let in again when no more than this is left.
const LOW: usize = 16 * 1024;

/// Bytes on their way to a socket.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    buffer: Vec<u8>,
    /// Bytes of the buffer that have gone.
    sent: usize,
    /// There was no room, and there is not enough yet.
    is_full: bool,
    end: End,
    /// The driver could not send. Everybody is told, again and again.
    failed: Option<io::ErrorKind>,
    writer: Option<Waker>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// Nothing more is written.
    Asked,
    /// And the socket has been shut down.
    Done,
}

/// The side of the writer.
impl Outgoing {
    /// Takes as much of these runs as there is room for. `Pending`: there is none, and the writer is woken when there is.
    ///
    /// # Errors
    /// What sending has failed with; `BrokenPipe` after the end was asked for.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        runs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        if self.end != End::Open {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if self.is_full {
            return self.wait(cx);
        }
        let mut taken = 0;
        for run in runs {
            let room = MOST - (self.buffer.len() - self.sent);
            let here = room.min(run.len());
            self.buffer.extend_from_slice(&run[..here]);
            taken += here;
            if here < run.len() {
                self.is_full = true;
                break;
            }
        }
        if taken == 0 && self.is_full { self.wait(cx) } else { Poll::Ready(Ok(taken)) }
    }

    /// Whether all is well so far.
    ///
    /// # Errors
    /// What sending has failed with.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.failed.map_or(Ok(()), |kind| Err(kind.into()))
    }

    /// Asks for the end. Ready when all has been sent and the socket was shut down.
    ///
    /// # Errors
    /// What sending has failed with.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        match self.end {
            End::Done => Poll::Ready(Ok(())),
            End::Open | End::Asked => {
                self.end = End::Asked;
                self.wait(cx)
            }
        }
    }

    fn wait<T>(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        if !self.writer.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            self.writer = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// The side of the driver.
impl Outgoing {
    /// What is to be sent next.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.buffer[self.sent..]
    }

    /// So many bytes of it have gone.
    pub(crate) fn advance(&mut self, len: usize) {
        self.sent = (self.sent + len).min(self.buffer.len());
        if self.sent == self.buffer.len() {
            self.buffer.clear();
            self.sent = 0;
        } else if self.sent >= MOST {
            // So that what a slow socket leaves doesn't move on and on.
            self.buffer.drain(..self.sent);
            self.sent = 0;
        }
        if self.is_full && self.pending().len() <= LOW {
            self.is_full = false;
            self.wake();
        }
    }

    /// Whether there was more to write than there was room for.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Whether all has gone and the socket is to be shut down.
    pub(crate) fn is_to_end(&self) -> bool {
        self.end == End::Asked && self.pending().is_empty()
    }

    /// The socket has been shut down.
    pub(crate) fn ended(&mut self) {
        self.end = End::Done;
        self.wake();
    }

    /// The socket takes no more.
    pub(crate) fn fail(&mut self, kind: io::ErrorKind) {
        self.failed = Some(kind);
        self.buffer = Vec::new();
        self.sent = 0;
        self.wake();
    }

    /// Lends it a buffer, if it has none.
    pub(crate) fn lend(&mut self, buffer: impl FnOnce() -> Vec<u8>) {
        if self.buffer.capacity() == 0 {
            self.buffer = buffer();
            self.buffer.clear();
        }
    }

    /// Takes its buffer back, unless something is in it.
    pub(crate) fn reclaim(&mut self) -> Option<Vec<u8>> {
        (self.buffer.is_empty() && self.buffer.capacity() > 0)
            .then(|| std::mem::take(&mut self.buffer))
    }

    fn wake(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
    }
}

#[cfg(test)]
mod tests;
