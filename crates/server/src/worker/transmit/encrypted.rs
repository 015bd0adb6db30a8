//! From the outbox to the records of TLS, all of it through a buffer of the worker.
//!
//! What is encrypted waits for the socket, 64 KiB of it at the most, and leaves as one write: a head with its small
//! body, a batch of answers, a piece of a file.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::{CHUNK, SLICE, Sent, Transmit, Unread, park, read_now};
use crate::fs::Fs;
use crate::http1::{Outbox, Output};
use crate::plan::FileSlice;
use crate::tls::Session;

/// With less room than that, records are sent before more is read: small ones cost as much as large ones.
const LEAST_READ: u64 = 16 * 1024;

impl Transmit {
    /// As [`send`](Self::send), encrypted.
    pub(super) fn encrypt(
        &mut self,
        cx: &mut Context<'_>,
        session: &mut Session,
        outbox: &mut Outbox,
        fs: &Arc<dyn Fs>,
        count: &mut dyn FnMut(u64, bool),
    ) -> Poll<io::Result<Sent>> {
        let mut sent = |bytes| count(bytes, false);
        let mut turn = 0;
        loop {
            if self.failed {
                return Poll::Ready(Ok(Sent::Cut));
            }
            let taken = match outbox.front() {
                None => {
                    ready!(session.poll_flush(cx, &mut sent))?;
                    return Poll::Ready(Ok(Sent::All));
                }
                // Others have their turn.
                Some(_) if turn >= SLICE => {
                    ready!(session.poll_flush(cx, &mut sent))?;
                    return Poll::Ready(Ok(Sent::Slice));
                }
                Some(Output::Bytes { first, second, .. }) => session.encrypt(first, second)?,
                Some(Output::Sealed { sealed, offset, len }) => match room(session, len) {
                    None => 0,
                    Some(room) => {
                        let buffer = session.buffer();
                        let mut buffer = buffer.lend();
                        match sealed.read_at(&mut buffer[..room], offset) {
                            // It can't be shorter than it was.
                            Ok(0) | Err(_) => return Poll::Ready(Ok(Sent::Cut)),
                            Ok(read) => session.encrypt(&buffer[..read], &[])?,
                        }
                    }
                },
                Some(Output::File { slice, .. }) => match self.encrypt_file(session, slice, fs) {
                    Ok(taken) => taken?,
                    Err(Unread::Broken) => return Poll::Ready(Ok(Sent::Cut)),
                    Err(Unread::Blocked) => {
                        // What is there needn't wait for the disk.
                        if let Poll::Ready(flushed) = session.poll_flush(cx, &mut sent) {
                            flushed?;
                        }
                        let chunk = vec![0; slice.len.min(CHUNK as u64) as usize];
                        return Poll::Ready(Ok(park(slice, fs, chunk)));
                    }
                },
            };
            if taken == 0 {
                // No room: the socket has to take some first.
                ready!(session.poll_flush(cx, &mut sent))?;
            }
            outbox.advance(taken as u64);
            turn += taken as u64;
        }
    }

    /// Encrypts the next bytes of a file: what a job has brought, or what is in memory anyway. Zero if there is no
    /// room for them.
    fn encrypt_file(
        &mut self,
        session: &mut Session,
        slice: &FileSlice,
        fs: &Arc<dyn Fs>,
    ) -> Result<io::Result<usize>, Unread> {
        let chunk = &self.chunk[self.sent_of_chunk..];
        if !chunk.is_empty() {
            let taken = session.encrypt(chunk, &[]);
            self.sent_of_chunk += *taken.as_ref().unwrap_or(&0);
            return Ok(taken);
        }
        let Some(room) = room(session, slice.len) else { return Ok(Ok(0)) };
        let buffer = session.buffer();
        let mut buffer = buffer.lend();
        let read = read_now(slice, fs, &mut buffer[..room])?;
        Ok(session.encrypt(&buffer[..read], &[]))
    }
}

/// How much to read of so many bytes that are left; `None` when records have to be sent first.
fn room(session: &Session, left: u64) -> Option<usize> {
    let room = session.room();
    (room as u64 >= left.min(LEAST_READ)).then(|| left.min(room as u64) as usize)
}
