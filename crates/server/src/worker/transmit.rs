//! From the outbox to the socket: bytes by `send`, files by sendfile in slices, or through memory; under TLS all
//! through memory (`encrypted.rs`).
//!
//! A slice is sent only when the file still is the version that the head describes, which is looked at before each
//! and after every wait for the client; a change cuts the connection, because the rest would belong to another
//! version. What a socket has taken by sendfile are pages of the file, not copies (docs/guarantees.md).

mod encrypted;

use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::net::TcpStream;

use crate::fs::{Fs, OpenFile, Transfer, Wait};
use crate::http1::{Outbox, Output};
use crate::jobs::Done;
use crate::plan::FileSlice;
use crate::worker::send::send_bytes;
#[cfg(target_os = "linux")]
use crate::worker::send::{cannot_splice, is_of_the_socket, send_file, when_writable};
use crate::worker::transport::Transport;

/// The most that is sent of one file before others have their turn, and before the file is looked at again.
const SLICE: u64 = 256 * 1024;

/// The most that is read into memory at once where there is no sendfile.
const CHUNK: usize = 64 * 1024;

/// How far apart pages are looked at to tell whether a slice is in memory: what the kernel reads ahead at
/// the least, so that a cold slice can't hide between two looks.
const STRIDE: u64 = 64 * 1024;

/// How sending ended.
pub(crate) enum Sent {
    /// Nothing is left.
    All,
    /// A slice has gone; others have their turn.
    Slice,
    /// The bytes have to be brought into memory first; see [`Transmit::resume`].
    Park(Box<dyn FnOnce() -> Done + Send>),
    /// The file changed or could not be read: what was promised can't be kept.
    Cut,
}

/// Where the sending of a file stands.
#[derive(Debug, Default)]
pub(crate) struct Transmit {
    /// How many of the next bytes have been looked at and may go.
    cleared: u64,
    /// Bytes read, where they don't go by sendfile.
    chunk: Vec<u8>,
    sent_of_chunk: usize,
    /// The file was opened in this very turn: there was no time for a change.
    fresh: bool,
    /// The pool has just brought the next slice into memory.
    paged: bool,
    /// The pool failed to read.
    failed: bool,
}

impl Transmit {
    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.cleared = 0;
        self.chunk = Vec::new();
        self.sent_of_chunk = 0;
        self.fresh = false;
        self.paged = false;
        self.failed = false;
    }

    /// The file that the next output sends was opened in this very turn.
    pub(crate) fn trust(&mut self) {
        self.fresh = true;
    }

    /// Takes what a job brought.
    pub(crate) fn resume(&mut self, done: Done) {
        match done {
            Done::Pages(Ok(())) => self.paged = true,
            Done::Chunk(Ok(chunk)) if !chunk.is_empty() => {
                self.chunk = chunk;
                self.sent_of_chunk = 0;
            }
            _ => self.failed = true,
        }
    }

    /// Sends until nothing is left, the socket is full (`Pending`), or something else must happen first.
    /// `count` is told of every run of bytes that the socket took, and whether sendfile moved it.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        transport: &mut Transport,
        outbox: &mut Outbox,
        fs: &Arc<dyn Fs>,
        count: &mut dyn FnMut(u64, bool),
    ) -> Poll<io::Result<Sent>> {
        let sent = match transport {
            Transport::Plain(stream) => self.send(cx, stream, outbox, fs, count),
            Transport::Tls(session) => self.encrypt(cx, session, outbox, fs, count),
        };
        // Whatever follows comes after a wait, in which the file may have changed.
        self.fresh = false;
        if sent.is_pending() {
            self.cleared = 0;
        }
        sent
    }

    fn send(
        &mut self,
        cx: &mut Context<'_>,
        stream: &TcpStream,
        outbox: &mut Outbox,
        fs: &Arc<dyn Fs>,
        count: &mut dyn FnMut(u64, bool),
    ) -> Poll<io::Result<Sent>> {
        loop {
            if self.failed {
                return Poll::Ready(Ok(Sent::Cut));
            }
            let mut by_sendfile = false;
            let sent = match outbox.front() {
                None => return Poll::Ready(Ok(Sent::All)),
                Some(Output::Bytes { first, second, more }) => {
                    ready!(send_bytes(cx, stream, first, second, more))?
                }
                #[cfg(target_os = "linux")]
                Some(Output::Sealed { sealed, offset, len }) => {
                    let splice = || sealed.send(stream.as_fd(), offset, len.min(SLICE));
                    by_sendfile = true;
                    let sent = match ready!(when_writable(cx, stream, splice))? {
                        // It can't be shorter than it was; waiting for more would never end.
                        0 => return Poll::Ready(Ok(Sent::Cut)),
                        sent => sent,
                    };
                    if sent < len {
                        outbox.advance(sent);
                        count(sent, true);
                        return Poll::Ready(Ok(Sent::Slice));
                    }
                    sent
                }
                #[cfg(not(target_os = "linux"))]
                Some(Output::Sealed { sealed, .. }) => match *sealed {},
                Some(Output::File { slice, more }) => match slice.file.transfer() {
                    #[cfg(target_os = "linux")]
                    Transfer::SendFile => {
                        if self.cleared == 0 {
                            let (fresh, paged) = (self.fresh, std::mem::take(&mut self.paged));
                            match look(slice, fs, fresh, paged) {
                                Look::Go(cleared) => self.cleared = cleared,
                                Look::Otherwise(sent) => return Poll::Ready(Ok(sent)),
                            }
                        }
                        let len = slice.len.min(self.cleared);
                        let sent = match ready!(send_file(cx, stream, slice, len, fs)) {
                            Ok(0) => return Poll::Ready(Ok(Sent::Cut)),
                            Ok(sent) => sent,
                            Err(err) if is_of_the_socket(&err) => return Poll::Ready(Err(err)),
                            Err(err) if cannot_splice(&err) => {
                                slice.file.read_from_now_on();
                                self.cleared = 0;
                                continue;
                            }
                            Err(_) => return Poll::Ready(Ok(Sent::Cut)),
                        };
                        by_sendfile = true;
                        self.cleared = if sent == slice.len { 0 } else { self.cleared - sent };
                        if self.cleared == 0 && sent < slice.len {
                            outbox.advance(sent);
                            count(sent, true);
                            return Poll::Ready(Ok(Sent::Slice));
                        }
                        sent
                    }
                    _ => {
                        if self.sent_of_chunk == self.chunk.len()
                            && let Some(sent) = self.read_chunk(slice, fs)
                        {
                            return Poll::Ready(Ok(sent));
                        }
                        let chunk = &self.chunk[self.sent_of_chunk..];
                        let more = more || slice.len > chunk.len() as u64;
                        let sent = ready!(send_bytes(cx, stream, chunk, &[], more))?;
                        self.sent_of_chunk += sent as usize;
                        sent
                    }
                },
            };
            outbox.advance(sent);
            count(sent, by_sendfile);
        }
    }

    /// Fills the chunk, or says what must happen instead.
    fn read_chunk(&mut self, slice: &FileSlice, fs: &Arc<dyn Fs>) -> Option<Sent> {
        let len = slice.len.min(CHUNK as u64) as usize;
        self.chunk.clear();
        self.chunk.resize(len, 0);
        self.sent_of_chunk = 0;
        match read_now(slice, fs, &mut self.chunk) {
            Ok(n) => {
                self.chunk.truncate(n);
                None
            }
            Err(Unread::Blocked) => Some(park(slice, fs, std::mem::take(&mut self.chunk))),
            Err(Unread::Broken) => Some(Sent::Cut),
        }
    }
}

/// Why the next bytes of a file can't be had at once.
enum Unread {
    /// They are not in memory: a job has to bring them.
    Blocked,
    /// They are not what was promised.
    Broken,
}

/// Reads the begin of a slice, of the version that was promised.
fn read_now(slice: &FileSlice, fs: &Arc<dyn Fs>, buffer: &mut [u8]) -> Result<usize, Unread> {
    match slice.file.read_version(&**fs, buffer, slice.offset, Wait::Never) {
        Ok(0) => Err(Unread::Broken),
        Ok(n) => Ok(n),
        Err(err)
            if matches!(err.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Unsupported) =>
        {
            Err(Unread::Blocked)
        }
        Err(_) => Err(Unread::Broken),
    }
}

/// The job that fills a chunk from the begin of a slice.
fn park(slice: &FileSlice, fs: &Arc<dyn Fs>, mut chunk: Vec<u8>) -> Sent {
    let (fs, file, offset) = (Arc::clone(fs), Arc::clone(&slice.file), slice.offset);
    Sent::Park(Box::new(move || {
        let read = file.read_version(&*fs, &mut chunk, offset, Wait::Allowed);
        Done::Chunk(read.map(|n| {
            chunk.truncate(n);
            chunk
        }))
    }))
}

#[cfg(target_os = "linux")]
enum Look {
    /// So many bytes may go.
    Go(u64),
    Otherwise(Sent),
}

/// Whether the next slice still is of the version that was promised, and in memory: sendfile would wait for
/// a disk, and everybody else on this worker with it.
#[cfg(target_os = "linux")]
fn look(slice: &FileSlice, fs: &Arc<dyn Fs>, fresh: bool, paged: bool) -> Look {
    if !fresh && !matches!(slice.file.is_unchanged(&**fs), Ok(true)) {
        return Look::Otherwise(Sent::Cut);
    }
    let len = slice.len.min(SLICE);
    if paged {
        return Look::Go(len);
    }
    let mut byte = [0];
    let mut at = 0;
    while at < len {
        match fs.read_at(&slice.file.opened, &mut byte, slice.offset + at, Wait::Never) {
            Ok(0) => return Look::Otherwise(Sent::Cut),
            Ok(_) => at += STRIDE,
            Err(err)
                if matches!(err.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Unsupported) =>
            {
                let (fs, file, offset) = (Arc::clone(fs), Arc::clone(&slice.file), slice.offset);
                let job = move || Done::Pages(read_ahead(&*fs, &file, offset, len));
                return Look::Otherwise(Sent::Park(Box::new(job)));
            }
            Err(_) => return Look::Otherwise(Sent::Cut),
        }
    }
    Look::Go(len)
}

/// Brings a slice into memory by reading it: unlike advice to the kernel, this is done when it returns.
#[cfg(target_os = "linux")]
fn read_ahead(fs: &dyn Fs, file: &OpenFile, offset: u64, len: u64) -> io::Result<()> {
    let mut scratch = vec![0; CHUNK];
    let mut at = 0;
    while at < len {
        let want = (len - at).min(CHUNK as u64) as usize;
        match fs.read_at(&file.opened, &mut scratch[..want], offset + at, Wait::Allowed)? {
            // The file was cut; the worker sees it when it sends.
            0 => break,
            n => at += n as u64,
        }
    }
    Ok(())
}
