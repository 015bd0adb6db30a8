//! A socket with TLS on it: bytes in, bytes out, and the polite end.
//!
//! Above rustls rather than above a stream, because the worker says when records leave: what is encrypted waits until
//! it is flushed, so that a batch of answers is one write.

use std::io::{self, BufRead, IoSlice, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use rustls::{HandshakeKind, ServerConnection};
use tokio::io::ReadBuf;
use tokio::net::TcpStream;

use super::protocol::Protocol;
use crate::worker::send::try_send;

/// Plain bytes in records that wait for the socket, at the most: those of four full ones.
pub(crate) const MAX_WAITING: usize = 64 * 1024;

/// Reads of the socket that may bring nothing for the reader before others have their turn.
const MAX_READS: usize = 16;

/// Where plain bytes are read into before they are encrypted: one per worker, lent for one read. As long as there may
/// be room, and made when it is first used. Nobody ever waits for the lock: it lets a session leave its worker.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    /// Lends it.
    pub(crate) fn lend(&self) -> MutexGuard<'_, Vec<u8>> {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.resize(MAX_WAITING, 0);
        buffer
    }
}

/// One connection that speaks TLS.
pub(crate) struct Session {
    socket: TcpStream,
    tls: ServerConnection,
    buffer: Buffer,
    /// Plain bytes in records that wait for the socket, or a few less.
    waiting: usize,
    /// Whether our side has said that nothing more will come.
    closed: bool,
}

impl Session {
    pub(crate) fn new(socket: TcpStream, mut tls: ServerConnection, buffer: Buffer) -> Self {
        // The limit is ours: `room`.
        tls.set_buffer_limit(None);
        Self { socket, tls, buffer, waiting: 0, closed: false }
    }

    /// The same, on the event loop of the runtime that this is called on.
    pub(crate) fn move_here(self) -> io::Result<Self> {
        Ok(Self { socket: TcpStream::from_std(self.socket.into_std()?)?, ..self })
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// What plain bytes may be read into on their way.
    pub(crate) fn buffer(&self) -> Buffer {
        self.buffer.clone()
    }

    /// What is spoken inside, once the handshake is over.
    pub(crate) fn protocol(&self) -> Protocol {
        Protocol::of(&self.tls)
    }

    /// Whether the client was known from before.
    pub(crate) fn is_resumed(&self) -> bool {
        self.tls.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    pub(crate) fn is_handshaking(&self) -> bool {
        self.tls.is_handshaking()
    }

    /// Appends what the client has sent, at least a byte. Zero is the end: said by the client, or by a socket that was
    /// closed without a word, which many clients do; whoever waits for more of a message sees that it is cut.
    ///
    /// # Errors
    /// Those of the socket, and whatever breaks the rules of TLS; the client has been told which.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut Vec<u8>,
    ) -> Poll<io::Result<usize>> {
        let before = out.len();
        ready!(self.poll_decrypted(cx))?;
        // All of it: what would stay here nobody would know of.
        while let Some(plain) = self.decrypted()?.filter(|plain| !plain.is_empty()) {
            let len = plain.len();
            out.extend_from_slice(plain);
            self.tls.reader().consume(len);
        }
        Poll::Ready(Ok(out.len() - before))
    }

    /// The same for who has a buffer of fixed size.
    pub(crate) fn poll_read_some(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_decrypted(cx))?;
        if let Some(plain) = self.decrypted()? {
            let len = plain.len().min(buffer.remaining());
            buffer.put_slice(&plain[..len]);
            self.tls.reader().consume(len);
        }
        Poll::Ready(Ok(()))
    }

    /// Waits until there is something to read, or the end.
    fn poll_decrypted(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // As reading a socket does it: who sends without end has to let others have their turn.
        let budget = ready!(tokio::task::coop::poll_proceed(cx));
        for _ in 0..MAX_READS {
            if self.decrypted()?.is_some() {
                budget.made_progress();
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_receive(cx))?;
            self.process()?;
            if self.tls.wants_write() {
                // What TLS itself has to say. If the socket is full, it goes with the next bytes.
                let _ = self.poll_flush(cx, &mut |_| {})?;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// The next run of bytes that the client has sent, nothing at the end, `None` if more has to come first.
    fn decrypted(&mut self) -> io::Result<Option<&[u8]>> {
        match self.tls.reader().into_first_chunk() {
            Ok(plain) => Ok(Some(plain)),
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => Ok(Some(&[])),
            Err(err) => Err(err),
        }
    }

    /// Takes in what lies in the socket, and leaves it as it is.
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            match self.tls.read_tls(&mut Receiver(&self.socket)) {
                Ok(len) => return Poll::Ready(Ok(len)),
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.socket.poll_read_ready(cx))?;
                }
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Poll::Ready(Err(err)),
            }
        }
    }

    /// Works on what was taken in. In a handshake, this is what costs.
    ///
    /// # Errors
    /// Whatever breaks the rules of TLS; the client has been told which, as far as the socket has room.
    pub(crate) fn process(&mut self) -> io::Result<()> {
        match self.tls.process_new_packets() {
            Ok(_) => Ok(()),
            Err(err) => {
                let _ = self.tls.write_tls(&mut Sender(&self.socket));
                Err(io::Error::new(io::ErrorKind::InvalidData, err))
            }
        }
    }

    /// Whether records wait for the socket.
    pub(crate) fn holds(&self) -> bool {
        self.tls.wants_write()
    }

    /// How many plain bytes may be encrypted now.
    pub(crate) fn room(&self) -> usize {
        MAX_WAITING - self.waiting
    }

    /// Encrypts two runs of bytes as one, as far as there is room. Returns how many bytes were taken.
    pub(crate) fn encrypt(&mut self, first: &[u8], second: &[u8]) -> io::Result<usize> {
        let room = self.room();
        let first = &first[..first.len().min(room)];
        let second = &second[..second.len().min(room - first.len())];
        let taken = if second.is_empty() {
            self.tls.writer().write(first)?
        } else {
            self.tls.writer().write_vectored(&[IoSlice::new(first), IoSlice::new(second)])?
        };
        self.waiting += taken;
        Ok(taken)
    }

    /// Sends what is encrypted. `sent` is told of every run of bytes that the socket took.
    pub(crate) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
        sent: &mut dyn FnMut(u64),
    ) -> Poll<io::Result<()>> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut Sender(&self.socket)) {
                Ok(len) => {
                    self.waiting = self.waiting.saturating_sub(len);
                    sent(len as u64);
                }
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.socket.poll_write_ready(cx))?;
                }
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Poll::Ready(Err(err)),
            }
        }
        self.waiting = 0;
        Poll::Ready(Ok(()))
    }

    /// Encrypts bytes, and sends what waits if there is no room for any of them.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.room() == 0 {
            let flushed = self.poll_flush(cx, &mut |_| {})?;
            // Some may have gone before the socket was full.
            if flushed.is_pending() && self.room() == 0 {
                return Poll::Pending;
            }
        }
        let taken = self.encrypt(bytes, &[])?;
        // Whoever writes here has gathered its bytes before, or wants them to go: a raw stream need not be flushed.
        let _ = self.poll_flush(cx, &mut |_| {})?;
        Poll::Ready(Ok(taken))
    }

    /// Says that nothing more will come (`close_notify`), and sends what is left.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !std::mem::replace(&mut self.closed, true) {
            self.tls.send_close_notify();
        }
        self.poll_flush(cx, &mut |_| {})
    }
}

struct Receiver<'a>(&'a TcpStream);

impl io::Read for Receiver<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

struct Sender<'a>(&'a TcpStream);

impl Write for Sender<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        try_send(self.0, &[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, runs: &[IoSlice<'_>]) -> io::Result<usize> {
        try_send(self.0, runs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
