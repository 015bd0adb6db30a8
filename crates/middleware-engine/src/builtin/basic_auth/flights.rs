//! How many verifications are under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Places for them.
#[derive(Debug, Clone)]
pub(super) struct Flights {
    taken: Arc<AtomicUsize>,
    max: usize,
}

/// A place that was taken, free again when this is dropped.
#[derive(Debug)]
pub(super) struct Flight(Arc<AtomicUsize>);

impl Flights {
    pub(super) fn new(max: usize) -> Self {
        Self { taken: Arc::default(), max }
    }

    pub(super) fn take(&self) -> Option<Flight> {
        let more = |taken| (taken < self.max).then_some(taken + 1);
        let took = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        took.ok().map(|_| Flight(Arc::clone(&self.taken)))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
