//! A socket whose writes wait for each other: what is written is kept until its owner sends it.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::outgoing::Outgoing;

/// The socket as the engine has it: it reads, and writes what goes nowhere yet.
pub(super) struct Socket<T>(Rc<RefCell<Wire<T>>>);

/// The socket as its owner has it.
pub(super) struct Driver<T>(Rc<RefCell<Wire<T>>>);

struct Wire<T> {
    transport: T,
    /// What came before the engine did, and how much of it has been read.
    received: Vec<u8>,
    read: usize,
    outgoing: Outgoing,
}

/// One socket, from both sides.
pub(super) fn split<T>(transport: T, received: Vec<u8>) -> (Socket<T>, Driver<T>) {
    let wire = Wire { transport, received, read: 0, outgoing: Outgoing::default() };
    let wire = Rc::new(RefCell::new(wire));
    (Socket(Rc::clone(&wire)), Driver(wire))
}

impl<T: AsyncRead + AsyncWrite + Unpin> Driver<T> {
    /// Sends what waits, and shuts the socket down when that was asked for. Ready when nothing is left to do; `count` is
    /// told how many bytes have gone.
    ///
    /// # Errors
    /// Those of the socket; the writer is told the same.
    pub(super) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        count: &mut impl FnMut(u64),
    ) -> Poll<io::Result<()>> {
        let wire = &mut *self.0.borrow_mut();
        let sent = wire.poll_send(cx, count);
        if let Poll::Ready(Err(err)) = &sent {
            wire.outgoing.fail(err.kind());
        }
        sent
    }

    /// Reads and throws away: whatever has come, up to the end.
    pub(super) fn poll_discard(&self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let wire = &mut *self.0.borrow_mut();
        let mut bin = [0; 4096];
        let mut bin = ReadBuf::new(&mut bin);
        ready!(Pin::new(&mut wire.transport).poll_read(cx, &mut bin))?;
        Poll::Ready(Ok(bin.filled().len()))
    }

    /// Whether the engine has more to write than there was room for.
    pub(super) fn is_full(&self) -> bool {
        self.0.borrow().outgoing.is_full()
    }

    /// Lends it a buffer to write into, if it has none.
    pub(super) fn lend(&self, buffer: impl FnOnce() -> Vec<u8>) {
        self.0.borrow_mut().outgoing.lend(buffer);
    }

    /// Takes the buffer back, unless something is in it.
    pub(super) fn reclaim(&self) -> Option<Vec<u8>> {
        self.0.borrow_mut().outgoing.reclaim()
    }
}

impl<T: AsyncWrite + Unpin> Wire<T> {
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        count: &mut impl FnMut(u64),
    ) -> Poll<io::Result<()>> {
        let Self { transport, outgoing, .. } = self;
        let mut transport = Pin::new(transport);
        while !outgoing.pending().is_empty() {
            let sent = ready!(transport.as_mut().poll_write(cx, outgoing.pending()))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            outgoing.advance(sent);
            count(sent as u64);
        }
        // Also when nothing was written this time: what TLS has taken before may still wait for the socket.
        ready!(transport.as_mut().poll_flush(cx))?;
        if outgoing.is_to_end() {
            ready!(transport.as_mut().poll_shutdown(cx))?;
            outgoing.ended();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Socket<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = &mut *self.0.borrow_mut();
        if wire.read < wire.received.len() {
            let len = buffer.remaining().min(wire.received.len() - wire.read);
            buffer.put_slice(&wire.received[wire.read..wire.read + len]);
            wire.read += len;
            if wire.read == wire.received.len() {
                wire.received = Vec::new();
                wire.read = 0;
            }
        } else {
            ready!(Pin::new(&mut wire.transport).poll_read(cx, buffer))?;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Unpin> AsyncWrite for Socket<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        runs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.borrow_mut().outgoing.poll_write(cx, runs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.borrow().outgoing.check())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().outgoing.poll_end(cx)
    }
}

impl<T> fmt::Debug for Socket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
