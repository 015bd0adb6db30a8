//! How many files may be held open for the cache: descriptors are for connections first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The share of the descriptors that the cache may take: one in so many.
const SHARE: usize = 8;

/// As many as are of use; large files are few.
const MOST: usize = 1024;

/// The open files that the cache may hold.
#[derive(Debug)]
pub(crate) struct Handles {
    max: usize,
    open: Arc<AtomicUsize>,
}

/// One of them, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<AtomicUsize>);

impl Handles {
    /// As many as a process may hold that may have so many descriptors in all.
    pub(crate) fn new(descriptors: usize) -> Self {
        Self { max: (descriptors / SHARE).min(MOST), open: Arc::default() }
    }

    /// A place, if there is one.
    pub(crate) fn take(&self) -> Option<Place> {
        let place = Place(Arc::clone(&self.open));
        // The place is given back by its drop where it is one too many.
        (self.open.fetch_add(1, Ordering::Relaxed) < self.max).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_come_back() {
        let handles = Handles::new(2 * SHARE);
        let (first, second) = (handles.take(), handles.take());
        assert!(first.is_some() && second.is_some() && handles.take().is_none());
        drop(first);
        assert!(handles.take().is_some());
        assert_eq!(Handles::new(1 << 20).max, MOST);
        assert!(Handles::new(1).take().is_none());
    }
}
