//! What a response will be, decided and complete, before a byte of it is written.
//! Who decides is the pipeline; how it travels is the engine's business (`http1`).

use std::sync::Arc;

use bytes::Bytes;
use catzilla_middleware_engine::Overlay;

use crate::fs::OpenFile;
use crate::held::{HeldBlock, HeldSlice};
use crate::status::Status;

/// A response, decided.
///
/// Invariant: when `body` is not [`Body::None`], `length` is its exact length.
/// With [`Body::None`], `length` is what a `HEAD` or an empty answer declares; `None` writes no
/// `Content-Length` (204 and 304).
#[derive(Debug)]
pub struct ResponsePlan {
    /// The status code.
    pub status: Status,
    /// Field lines rendered ahead, each ended by CRLF, without `Date`, `Connection`,
    /// `Content-Length` and without the blank line.
    pub block: Block,
    /// What this request adds to the block, or takes from it.
    pub overlay: Overlay,
    /// The value of `Content-Length`.
    pub length: Option<u64>,
    /// The content.
    pub body: Body,
    /// Whether the connection must end after this response.
    pub close: bool,
}

/// Pre-rendered field lines.
#[derive(Debug)]
pub enum Block {
    /// Known at compile time.
    Static(&'static [u8]),
    /// Shared by all responses that are given it.
    Shared(Bytes),
    /// Rendered when the cache took the representation in.
    Held(HeldBlock),
    /// Rendered for this response; the buffer goes back to its pool after rendering.
    Scratch(Vec<u8>),
}

impl Block {
    /// The field lines.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Shared(bytes) => bytes,
            Self::Held(block) => block.as_bytes(),
            Self::Scratch(bytes) => bytes,
        }
    }
}

/// Content.
#[derive(Debug)]
pub enum Body {
    /// No content.
    None,
    /// Shared memory.
    Memory(Bytes),
    /// Memory that the cache holds, or held when the response was made.
    Held(HeldSlice),
    /// Memory of this response alone; the buffer goes back to its pool after sending.
    Buffer(Vec<u8>),
    /// A part of a file.
    File(FileSlice),
    /// Several pieces in order, as `multipart/byteranges` has them.
    Parts(Vec<Piece>),
}

impl Body {
    /// Bytes of it all.
    pub fn len(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Held(slice) => slice.len() as u64,
            Self::Buffer(buffer) => buffer.len() as u64,
            Self::File(slice) => slice.len,
            Self::Parts(pieces) => pieces.iter().map(Piece::len).sum(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One contiguous run of bytes of a body.
#[derive(Debug)]
pub enum Piece {
    /// From memory.
    Bytes(Bytes),
    /// From memory that the cache holds.
    Held(HeldSlice),
    /// From a file.
    File(FileSlice),
}

impl Piece {
    /// Bytes of it.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Held(slice) => slice.len() as u64,
            Self::File(slice) => slice.len,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Bytes `offset .. offset + len` of an open file.
#[derive(Debug, Clone)]
pub struct FileSlice {
    /// The open file.
    pub file: Arc<OpenFile>,
    /// Where the slice begins, in bytes.
    pub offset: u64,
    /// How long it is, in bytes.
    pub len: u64,
}
