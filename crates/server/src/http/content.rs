//! The content of an answer in chunks, for those who have no socket of their own.
//!
//! A file is read on the blocking pool unless it is in memory, and looked at after each read: bytes that may belong to
//! another version than the head describes are never handed out.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};

use crate::fs::Wait;
use crate::held::{HeldSlice, Place};
use crate::jobs::{Done, Job};
use crate::pipeline::Pipeline;
use crate::plan::{Body, FileSlice, Piece};

/// The most that is read of a file at once.
const MOST: usize = 64 * 1024;

/// Content that is left to hand out.
#[derive(Debug, Default)]
pub(crate) struct Content {
    front: Option<Piece>,
    rest: VecDeque<Piece>,
    left: u64,
    /// A read that was left to the pool.
    job: Option<Job>,
}

/// Bytes of content.
pub(crate) enum Chunk {
    /// Of this answer, or shared.
    Bytes(Bytes),
    /// In memory that the cache holds.
    Held(HeldSlice),
}

/// The rest of the content can't be had: the file changed or could not be read, or the queue of the pool is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut;

impl Content {
    pub(crate) fn new(body: Body) -> Self {
        let left = body.len();
        let (front, rest) = match body {
            Body::None => (None, VecDeque::new()),
            Body::Memory(bytes) => (Some(Piece::Bytes(bytes)), VecDeque::new()),
            Body::Held(slice) => (Some(Piece::Held(slice)), VecDeque::new()),
            Body::Buffer(buffer) => (Some(Piece::Bytes(buffer.into())), VecDeque::new()),
            Body::File(slice) => (Some(Piece::File(slice)), VecDeque::new()),
            Body::Parts(pieces) => (None, pieces.into()),
        };
        Self { front, rest, left, job: None }
    }

    /// Bytes that are left.
    pub(crate) fn len(&self) -> u64 {
        self.left
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Whether some of what is left lies in files, which may be slow to read.
    pub(crate) fn has_files(&self) -> bool {
        self.front.iter().chain(&self.rest).any(|piece| matches!(piece, Piece::File(_)))
    }

    /// All of it, if it is one run of bytes that lies in memory.
    pub(crate) fn take_whole(&mut self) -> Option<Chunk> {
        let chunk = match self.front.take() {
            Some(Piece::Bytes(bytes)) if bytes.len() as u64 == self.left => Chunk::Bytes(bytes),
            Some(Piece::Held(slice))
                if slice.len() as u64 == self.left && matches!(slice.place(), Place::Memory(_)) =>
            {
                Chunk::Held(slice)
            }
            other => {
                self.front = other;
                return None;
            }
        };
        self.left = 0;
        Some(chunk)
    }

    /// The next chunk, of `most` bytes at the most and not empty; `None` when nothing is left. Runs on the runtime that
    /// it is polled in. Nothing is lost when it is polled no further.
    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
        pipeline: &Pipeline,
    ) -> Poll<Option<Result<Chunk, Cut>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let chunk = ready!(self.poll_next(cx, most.max(1), pipeline));
        match &chunk {
            Ok(chunk) => self.left = self.left.saturating_sub(chunk.remaining() as u64),
            Err(Cut) => *self = Self::default(),
        }
        Poll::Ready(Some(chunk))
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
        pipeline: &Pipeline,
    ) -> Poll<Result<Chunk, Cut>> {
        loop {
            let Some(front) = &mut self.front else {
                self.front = self.rest.pop_front();
                if self.front.is_none() {
                    // There are fewer bytes than were announced.
                    return Poll::Ready(Err(Cut));
                }
                continue;
            };
            if front.is_empty() {
                self.front = None;
                continue;
            }
            return Poll::Ready(match front {
                Piece::Bytes(bytes) => Ok(Chunk::Bytes(bytes.split_to(most.min(bytes.len())))),
                Piece::Held(slice) => held(slice, most),
                Piece::File(slice) => {
                    let read = match self.job.take() {
                        Some(mut job) => match Pin::new(&mut job).poll(cx) {
                            Poll::Ready(done) => done.map_err(|_| Cut).and_then(chunk_of),
                            Poll::Pending => {
                                self.job = Some(job);
                                return Poll::Pending;
                            }
                        },
                        None => match read(slice, most, pipeline) {
                            Read::Now(read) => read,
                            Read::Job(job) => {
                                self.job = Some(job);
                                continue;
                            }
                        },
                    };
                    read.map(|mut bytes| {
                        bytes.truncate(slice.len as usize);
                        slice.offset += bytes.len() as u64;
                        slice.len -= bytes.len() as u64;
                        Chunk::Bytes(bytes.into())
                    })
                }
            });
        }
    }
}

fn held(slice: &mut HeldSlice, most: usize) -> Result<Chunk, Cut> {
    match slice.place() {
        Place::Memory(_) => Ok(Chunk::Held(slice.split_to(most))),
        Place::Sealed(sealed, offset) => {
            let mut bytes = vec![0; most.min(slice.len()).min(MOST)];
            match sealed.read_at(&mut bytes, offset) {
                Ok(n) if n > 0 => {
                    bytes.truncate(n);
                    slice.advance(n);
                    Ok(Chunk::Bytes(bytes.into()))
                }
                _ => Err(Cut),
            }
        }
    }
}

enum Read {
    Now(Result<Vec<u8>, Cut>),
    Job(Job),
}

/// Reads at once what is in memory; the rest is the pool's to read.
fn read(slice: &FileSlice, most: usize, pipeline: &Pipeline) -> Read {
    let mut buffer = vec![0; slice.len.min(most as u64).min(MOST as u64) as usize];
    match slice.file.read_version(&*pipeline.fs, &mut buffer, slice.offset, Wait::Never) {
        Ok(n) => {
            buffer.truncate(n);
            Read::Now(chunk_of(Done::Chunk(Ok(buffer))))
        }
        Err(err)
            if matches!(err.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Unsupported) =>
        {
            let (fs, slice) = (Arc::clone(&pipeline.fs), slice.clone());
            let job = move || {
                let read = slice.file.read_version(&*fs, &mut buffer, slice.offset, Wait::Allowed);
                Done::Chunk(read.map(|n| {
                    buffer.truncate(n);
                    buffer
                }))
            };
            pipeline.queue.spawn(job).map_or(Read::Now(Err(Cut)), Read::Job)
        }
        Err(_) => Read::Now(Err(Cut)),
    }
}

fn chunk_of(done: Done) -> Result<Vec<u8>, Cut> {
    match done {
        Done::Chunk(Ok(chunk)) if !chunk.is_empty() => Ok(chunk),
        // The file ends before its length, or can't be read.
        _ => Err(Cut),
    }
}

impl Chunk {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Held(slice) => match slice.place() {
                Place::Memory(bytes) => bytes,
                // No chunk is made of one.
                Place::Sealed(..) => &[],
            },
        }
    }
}

impl Buf for Chunk {
    fn remaining(&self) -> usize {
        self.bytes().len()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes()
    }

    fn advance(&mut self, len: usize) {
        match self {
            Self::Bytes(bytes) => bytes.advance(len),
            Self::Held(slice) => slice.advance(len),
        }
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl From<Chunk> for Bytes {
    /// Without a copy; what the cache holds stays pinned as long as they live.
    fn from(chunk: Chunk) -> Self {
        match chunk {
            Chunk::Bytes(bytes) => bytes,
            held @ Chunk::Held(_) => Self::from_owner(held),
        }
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Chunk").field(&self.remaining()).finish()
    }
}
