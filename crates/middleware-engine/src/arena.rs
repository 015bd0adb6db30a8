//! The memory of one request: values of middlewares, and bytes, all gone at once when it ends.

mod values;

use std::any::Any;
use std::fmt;

use values::{HandOver, Values};

/// A bump arena with typed values in it.
///
/// Each type has one value at most that is found; one that is put in later hides it. All values live until the arena is
/// cleared, and are dropped then, last in, first out, even where the drop of one panics. What the arena holds in all is
/// bounded: beyond the limit every request for memory is an [error](ArenaFull).
#[derive(Debug)]
pub struct RequestArena {
    values: Values,
    /// How many requests it has served, for those who do something for one of many.
    pub(crate) uses: u32,
}

impl RequestArena {
    /// An arena for up to so many bytes. It allocates nothing before something is put in.
    pub fn new(limit: usize) -> Self {
        Self { values: Values::new(limit), uses: 0 }
    }

    /// Puts a value in. What is to change later is put in as a [`Cell`](std::cell::Cell) or an atomic: whoever asks gets a
    /// shared reference.
    ///
    /// # Errors
    /// When there is no room; the value is dropped.
    pub fn insert<T: Any + Send>(&self, value: T) -> Result<&T, ArenaFull> {
        self.values.insert(value, None)
    }

    /// Puts a value in that the handler is given, too: a clone of it, in the extensions of its request; and so is a chain
    /// that is called after this one ([`hand_on`](Self::hand_on)). A value that is shared is put in as an `Arc`.
    ///
    /// # Errors
    /// When there is no room; the value is dropped.
    pub fn provide<T: Any + Send + Sync + Clone>(&self, value: T) -> Result<&T, ArenaFull> {
        self.values.insert(value, Some(HandOver::of::<T>()))
    }

    /// The value of this type that was put in last.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.values.find(|_| true)
    }

    /// The value of this type that was put in last of those that are wanted.
    pub(crate) fn find<T: Any>(&self, is_wanted: impl Fn(&T) -> bool) -> Option<&T> {
        self.values.find(is_wanted)
    }

    /// A copy of these bytes that lives as long as the request.
    ///
    /// # Errors
    /// When there is no room.
    pub fn copy(&self, bytes: &[u8]) -> Result<&[u8], ArenaFull> {
        self.values.copy(bytes)
    }

    /// Gives a chain that is called after this one, for the same request, what the handler is given.
    ///
    /// # Errors
    /// When there is no room in its arena.
    pub fn hand_on(&self, to: &Self) -> Result<(), ArenaFull> {
        self.values.hand_on(&to.values)
    }

    /// Gives the handler what is for it.
    pub fn hand_over(&self, extensions: &mut http::Extensions) {
        self.values.hand_over(extensions);
    }

    /// Drops what is in it, and keeps its memory for the next request.
    pub fn clear(&mut self) {
        self.values.clear();
    }

    /// Bytes that it has from the allocator.
    pub fn capacity(&self) -> usize {
        self.values.capacity()
    }
}

/// The request has asked for more memory than its arena may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArenaFull;

impl fmt::Display for ArenaFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request needs more memory than its arena may have")
    }
}

impl std::error::Error for ArenaFull {}

#[cfg(test)]
mod tests;
