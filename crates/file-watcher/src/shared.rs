//! Between a watcher and its thread.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::mapping::{Event, Mapper, System};
use crate::{Change, Coverage, Reason, RootId};

/// Who listens to changes.
pub(crate) type Sink = Box<dyn FnMut(&[Change]) + Send>;

/// Who listens to changes of coverage.
pub(crate) type CoverageSink = Box<dyn FnMut(RootId, &Coverage) + Send>;

/// How far each root is told, for those who ask.
#[derive(Debug, Clone)]
pub(crate) struct Coverages(Arc<Mutex<Vec<Coverage>>>);

impl Coverages {
    pub(crate) fn new(coverages: Vec<Coverage>) -> Self {
        Self(Arc::new(Mutex::new(coverages)))
    }

    pub(crate) fn of(&self, root: RootId) -> Coverage {
        self.with(|held| held[root.index()].clone())
    }

    /// Whether it is another one than before.
    fn set(&self, root: RootId, coverage: &Coverage) -> bool {
        self.with(|held| {
            let is_new = held[root.index()] != *coverage;
            if is_new {
                held[root.index()] = coverage.clone();
            }
            is_new
        })
    }

    fn len(&self) -> usize {
        self.with(|held| held.len())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Coverage>) -> T) -> T {
        // A value is replaced as a whole: it is never half-written.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The listeners, as the thread has them.
pub(crate) struct Teller {
    sink: Sink,
    coverage_sink: Option<CoverageSink>,
    coverages: Coverages,
}

impl Teller {
    pub(crate) fn new(
        sink: Sink,
        coverage_sink: Option<CoverageSink>,
        coverages: Coverages,
    ) -> Self {
        Self { sink, coverage_sink, coverages }
    }

    /// Tells what events mean that were read together.
    pub(crate) fn handle<S: System>(&mut self, mapper: &mut Mapper<S>, events: &[Event<'_>]) {
        mapper.handle(events, &mut self.sink);
        if mapper.take_judged() {
            for root in mapper.roots() {
                self.tell_coverage(root, mapper.coverage(root));
            }
        }
    }

    /// Tells how far a root is told, if that is another than before.
    fn tell_coverage(&mut self, root: RootId, coverage: &Coverage) {
        if self.coverages.set(root, coverage)
            && let Some(sink) = &mut self.coverage_sink
        {
            sink(root, coverage);
        }
    }

    /// Nothing will be told any more.
    pub(crate) fn end(&mut self, reason: &Reason) {
        for root in (0..self.coverages.len()).map(RootId::new) {
            self.tell_coverage(root, &Coverage::None(reason.clone()));
        }
    }
}

impl Drop for Teller {
    /// Also when a sink has panicked: whoever asks afterwards is not told that all is well.
    fn drop(&mut self) {
        for root in (0..self.coverages.len()).map(RootId::new) {
            if self.coverages.of(root).is_told() {
                self.coverages.set(root, &Coverage::None(Reason::Ended));
            }
        }
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller").field("coverages", &self.coverages).finish_non_exhaustive()
    }
}
