//! Content and field lines that the cache holds, on their way to a client: they keep their asset alive.

use std::fmt;

use bytes::Bytes;
use catzilla_hot_cache::Held;

use crate::asset::{Asset, Stored};
use crate::sealed::Sealed;

/// The content of a variant that is in memory, or a part of it. Keeps the asset alive.
#[derive(Clone)]
pub struct HeldSlice {
    asset: Held<Asset>,
    variant: u8,
    /// Invariant: within the content.
    begin: usize,
    end: usize,
}

/// Where the bytes of a slice lie.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// In memory of this process.
    Memory(&'a [u8]),
    /// In a sealed memory file, from this offset.
    Sealed(&'a Sealed, u64),
}

impl HeldSlice {
    /// Bytes `begin .. begin + len` of a variant; `None` if they aren't in memory.
    pub(crate) fn new(asset: &Held<Asset>, variant: usize, begin: u64, len: u64) -> Option<Self> {
        let whole = match &asset.variants().get(variant)?.content {
            Stored::Memory(bytes) => bytes.len(),
            Stored::Sealed(sealed) => sealed.len() as usize,
            Stored::File(..) => return None,
        };
        let (begin, end) = (begin as usize, begin.checked_add(len)? as usize);
        (begin <= end && end <= whole).then(|| Self {
            asset: asset.clone(),
            variant: variant as u8,
            begin,
            end,
        })
    }

    /// Where the bytes lie.
    pub fn place(&self) -> Place<'_> {
        match &self.asset.variants()[usize::from(self.variant)].content {
            Stored::Memory(bytes) => Place::Memory(&bytes[self.begin..self.end]),
            Stored::Sealed(sealed) => Place::Sealed(sealed, self.begin as u64),
            // No slice is made of one.
            Stored::File(..) => Place::Memory(&[]),
        }
    }

    /// Bytes of it.
    pub fn len(&self) -> usize {
        self.end - self.begin
    }

    /// Whether nothing is left of it.
    pub fn is_empty(&self) -> bool {
        self.begin == self.end
    }

    /// The first `len` bytes, or all if it has fewer; the rest stays.
    pub(crate) fn split_to(&mut self, len: usize) -> Self {
        let mut first = self.clone();
        first.end = self.begin + len.min(self.len());
        self.begin = first.end;
        first
    }

    /// Leaves out the first `len` bytes.
    pub(crate) fn advance(&mut self, len: usize) {
        self.begin += len.min(self.len());
    }
}

impl fmt::Debug for HeldSlice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HeldSlice").field(&(self.begin..self.end)).finish()
    }
}

/// The field lines of a variant that is held. Keeps the asset alive.
pub struct HeldBlock {
    asset: Held<Asset>,
    variant: u8,
}

impl HeldBlock {
    pub(crate) fn new(asset: &Held<Asset>, variant: usize) -> Self {
        Self { asset: asset.clone(), variant: variant as u8 }
    }

    /// The field lines.
    pub fn as_bytes(&self) -> &[u8] {
        &self.asset.variants()[usize::from(self.variant)].block
    }

    /// The same as HTTP/2 has them.
    #[cfg(feature = "server")]
    pub(crate) fn coded(&self) -> &[u8] {
        &self.asset.variants()[usize::from(self.variant)].coded
    }

    /// The field lines, shared.
    pub(crate) fn to_bytes(&self) -> Bytes {
        self.asset.variants()[usize::from(self.variant)].block.clone()
    }
}

impl fmt::Debug for HeldBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HeldBlock").field(&self.as_bytes().escape_ascii().to_string()).finish()
    }
}
