//! What is to be sent, in order: rendered bytes, shared memory, parts of files.

use std::collections::VecDeque;

use bytes::{Buf, Bytes};

use super::pool::Pool;
use crate::held::{HeldSlice, Place};
use crate::limits::Limits;
use crate::plan::FileSlice;
use crate::sealed::Sealed;

/// The buffer of rendered bytes is not kept when it has grown beyond this.
const MAX_KEPT: usize = 128 * 1024;

/// What stands at the front of the outbox.
#[derive(Debug)]
pub enum Output<'a> {
    /// Bytes, in one or two runs: one `send` or one `writev`.
    Bytes {
        /// The first run; not empty.
        first: &'a [u8],
        /// What follows it; may be empty.
        second: &'a [u8],
        /// Whether more output follows these at once, so that a packet need not be sent yet.
        more: bool,
    },
    /// A part of content that can't change.
    Sealed {
        /// The content.
        sealed: &'a Sealed,
        /// Where what is left of the part begins, in bytes.
        offset: u64,
        /// How long that is, in bytes.
        len: u64,
    },
    /// A part of a file.
    File {
        /// What is left of it.
        slice: &'a FileSlice,
        /// Whether more output follows it at once.
        more: bool,
    },
}

/// Output under way. It keeps its buffer for the next responses.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Rendered bytes of all [`Segment::Rendered`].
    rendered: Vec<u8>,
    /// Where the first of them that has not been sent is.
    sent: usize,
    /// The end of the last segment in `rendered`.
    committed: usize,
    queue: VecDeque<Segment>,
    responses: usize,
    pending: u64,
    has_file: bool,
    /// Buffers that have served, for a pool.
    spent: Vec<Vec<u8>>,
}

#[derive(Debug)]
enum Segment {
    /// The next so many bytes of `rendered`.
    Rendered(usize),
    Memory(Bytes),
    Held(HeldSlice),
    Buffer {
        buffer: Vec<u8>,
        sent: usize,
    },
    File(FileSlice),
}

impl Segment {
    fn bytes<'a>(&'a self, rendered: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Rendered(len) => Some(&rendered[..*len]),
            Self::Memory(bytes) => Some(bytes),
            Self::Held(slice) => match slice.place() {
                Place::Memory(bytes) => Some(bytes),
                Place::Sealed(..) => None,
            },
            Self::Buffer { buffer, sent } => Some(&buffer[*sent..]),
            Self::File(_) => None,
        }
    }
}

impl Outbox {
    /// An outbox with nothing in it.
    pub const fn new() -> Self {
        Self {
            rendered: Vec::new(),
            sent: 0,
            committed: 0,
            queue: VecDeque::new(),
            responses: 0,
            pending: 0,
            has_file: false,
            spent: Vec::new(),
        }
    }

    /// Whether everything has been sent.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes that are left to send.
    pub fn pending(&self) -> u64 {
        self.pending
    }

    /// Whether it is time to send before the next request is looked at: a batch is full, or a file is to
    /// be sent, which may take long.
    pub fn must_flush(&self, limits: &Limits) -> bool {
        let is_full =
            self.responses >= limits.max_batch || self.pending >= limits.max_batch_bytes as u64;
        self.has_file || (is_full && !self.is_empty())
    }

    /// What to send next.
    pub fn front(&self) -> Option<Output<'_>> {
        let rendered = &self.rendered[self.sent..];
        let front = self.queue.front()?;
        let Some(first) = front.bytes(rendered) else {
            let more = self.queue.len() > 1;
            return match front {
                Segment::File(slice) => Some(Output::File { slice, more }),
                Segment::Held(slice) => match slice.place() {
                    Place::Sealed(sealed, offset) => {
                        Some(Output::Sealed { sealed, offset, len: slice.len() as u64 })
                    }
                    Place::Memory(_) => None,
                },
                _ => None,
            };
        };
        let second = match self.queue.get(1) {
            // A second run of rendered bytes never follows the first: they are one.
            Some(next @ (Segment::Memory(_) | Segment::Held(_) | Segment::Buffer { .. })) => {
                next.bytes(rendered).unwrap_or_default()
            }
            Some(next @ Segment::Rendered(_)) if !matches!(front, Segment::Rendered(_)) => {
                next.bytes(rendered).unwrap_or_default()
            }
            _ => &[],
        };
        let shown = if second.is_empty() { 1 } else { 2 };
        Some(Output::Bytes { first, second, more: self.queue.len() > shown })
    }

    /// So many bytes of the front have been sent.
    pub fn advance(&mut self, len: u64) {
        let mut left = len;
        self.pending -= len.min(self.pending);
        while left > 0 {
            let Some(front) = self.queue.front_mut() else {
                debug_assert!(false, "more was sent than was there");
                break;
            };
            let here = match front {
                Segment::Rendered(rest) => {
                    let here = left.min(*rest as u64);
                    *rest -= here as usize;
                    self.sent += here as usize;
                    (here, *rest == 0)
                }
                Segment::Memory(bytes) => {
                    let here = left.min(bytes.len() as u64);
                    bytes.advance(here as usize);
                    (here, bytes.is_empty())
                }
                Segment::Held(slice) => {
                    let here = left.min(slice.len() as u64);
                    slice.advance(here as usize);
                    (here, slice.is_empty())
                }
                Segment::Buffer { buffer, sent } => {
                    let here = left.min((buffer.len() - *sent) as u64);
                    *sent += here as usize;
                    (here, *sent == buffer.len())
                }
                Segment::File(slice) => {
                    let here = left.min(slice.len);
                    slice.offset += here;
                    slice.len -= here;
                    (here, slice.len == 0)
                }
            };
            left -= here.0;
            if here.1
                && let Some(Segment::Buffer { buffer, .. }) = self.queue.pop_front()
            {
                self.spent.push(buffer);
            }
        }
        if self.queue.is_empty() {
            self.begin_anew();
        }
    }

    /// Hands buffers that have served to the pool they came from.
    pub fn recycle(&mut self, pool: &mut Pool) {
        for buffer in self.spent.drain(..) {
            pool.put(buffer);
        }
    }

    fn begin_anew(&mut self) {
        self.rendered.clear();
        if self.rendered.capacity() > MAX_KEPT {
            self.rendered = Vec::new();
        }
        self.sent = 0;
        self.committed = 0;
        self.responses = 0;
        self.pending = 0;
        self.has_file = false;
    }

    /// Where heads and small bodies are rendered, at the end; [`commit`](Self::commit) makes them output.
    pub(super) fn rendered(&mut self) -> &mut Vec<u8> {
        &mut self.rendered
    }

    /// What was rendered since the last time follows all that is queued.
    pub(super) fn commit(&mut self) {
        let len = self.rendered.len() - self.committed;
        if len == 0 {
            return;
        }
        self.committed = self.rendered.len();
        self.pending += len as u64;
        if let Some(Segment::Rendered(last)) = self.queue.back_mut() {
            *last += len;
        } else {
            self.queue.push_back(Segment::Rendered(len));
        }
    }

    pub(super) fn push_memory(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.commit();
            self.pending += bytes.len() as u64;
            self.queue.push_back(Segment::Memory(bytes));
        }
    }

    pub(super) fn push_held(&mut self, slice: HeldSlice) {
        let len = slice.len();
        if len > 0 {
            self.commit();
            self.pending += len as u64;
            self.queue.push_back(Segment::Held(slice));
        }
    }

    pub(super) fn push_buffer(&mut self, buffer: Vec<u8>) {
        if !buffer.is_empty() {
            self.commit();
            self.pending += buffer.len() as u64;
            self.queue.push_back(Segment::Buffer { buffer, sent: 0 });
        }
    }

    pub(super) fn push_file(&mut self, slice: FileSlice) {
        if slice.len > 0 {
            self.commit();
            self.pending += slice.len;
            self.has_file = true;
            self.queue.push_back(Segment::File(slice));
        }
    }

    /// A response is complete.
    pub(super) fn end_response(&mut self) {
        self.commit();
        self.responses += 1;
    }

    /// A buffer has served.
    pub(super) fn spend(&mut self, buffer: Vec<u8>) {
        self.spent.push(buffer);
    }
}

#[cfg(test)]
mod tests;
