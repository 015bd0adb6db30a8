//! How much memory encoders may take at the same time: brotli's highest level wants tens of megabytes for a file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that all encoders of a server may take together.
const MOST: u64 = 128 << 20;

/// The memory that encoders take.
#[derive(Debug, Default)]
pub(crate) struct Encoders {
    taken: Arc<AtomicU64>,
}

/// Memory of one of them, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Memory {
    taken: Arc<AtomicU64>,
    bytes: u64,
}

impl Encoders {
    /// So many bytes, if there are so many left.
    pub(crate) fn take(&self, bytes: u64) -> Option<Memory> {
        let memory = self.count(bytes);
        // What is too much is given back by the drop.
        (self.taken.load(Ordering::Relaxed) <= MOST).then_some(memory)
    }

    /// So many bytes, whether they are left or not: for the one thread that has to get on.
    pub(crate) fn count(&self, bytes: u64) -> Memory {
        self.taken.fetch_add(bytes, Ordering::Relaxed);
        Memory { taken: Arc::clone(&self.taken), bytes }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_comes_back() {
        let encoders = Encoders::default();
        let (first, second) = (encoders.take(MOST / 2), encoders.take(MOST / 2));
        assert!(first.is_some() && second.is_some() && encoders.take(1).is_none());
        drop(first);
        assert!(encoders.take(MOST / 2).is_some());
        assert!(encoders.take(u64::MAX / 2).is_none());
        assert_eq!(encoders.taken.load(Ordering::Relaxed), MOST / 2);
    }
}
