//! Between a watcher and its thread.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::mapping::{Event, Mapper, System};
use crate::{Change, Coverage, Reason, RootId};

/// Who listens to changes.
pub(crate) type Sink = Box<dyn FnMut(&[Change]) + Send>;

/// Who listens to changes of coverage.
pub(crate) type CoverageSink = Box<dyn FnMut(RootId, &Coverage) + Send>;

/// How far each root is told, for those who ask.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coverages(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    by_root: BTreeMap<RootId, Coverage>,
    /// The number of the next root, as the mapping counts them.
    next: usize,
    /// Why nothing is told any more, of roots to come either.
    ended: Option<Reason>,
}

impl Coverages {
    /// Takes in a root, the next one.
    pub(crate) fn add(&self, root: RootId, coverage: Coverage) {
        self.with(|held| {
            held.by_root.insert(root, coverage);
            held.next = root.index() + 1;
        });
    }

    /// Takes in a root that nobody watches, for there is nobody.
    pub(crate) fn add_untold(&self) -> RootId {
        let (root, why) =
            self.with(|held| (RootId::new(held.next), held.ended.clone().unwrap_or(Reason::Ended)));
        self.add(root, Coverage::None(why));
        root
    }

    pub(crate) fn remove(&self, root: RootId) -> bool {
        self.with(|held| held.by_root.remove(&root).is_some())
    }

    pub(crate) fn of(&self, root: RootId) -> Coverage {
        self.with(|held| held.by_root[&root].clone())
    }

    /// From now on nothing is told. Those of which that is news.
    pub(crate) fn end(&self, reason: &Reason) -> Vec<RootId> {
        self.with(|held| {
            held.ended.get_or_insert_with(|| reason.clone());
            let told = held.by_root.iter_mut().filter(|(_, coverage)| coverage.is_told());
            told.map(|(root, coverage)| {
                *coverage = Coverage::None(reason.clone());
                *root
            })
            .collect()
        })
    }

    /// Whether it is another one than before.
    fn set(&self, root: RootId, coverage: &Coverage) -> bool {
        self.with(|held| {
            let Some(known) = held.by_root.get_mut(&root) else { return false };
            let is_new = known != coverage;
            if is_new {
                known.clone_from(coverage);
            }
            is_new
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Held) -> T) -> T {
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
        self.tell_coverages(mapper);
    }

    /// Watches one more root. How far it is told, whoever asked for it will ask.
    pub(crate) fn add_root<S: System>(&self, mapper: &mut Mapper<S>, path: PathBuf) -> RootId {
        let root = mapper.add_root(path);
        self.coverages.add(root, mapper.coverage(root).clone());
        root
    }

    /// Watches a root no more, and tells what that makes of the others.
    pub(crate) fn remove_root<S: System>(&mut self, mapper: &mut Mapper<S>, root: RootId) -> bool {
        let was_there = mapper.remove_root(root, &mut self.sink);
        self.coverages.remove(root);
        self.tell_coverages(mapper);
        was_there
    }

    /// Tells how far roots are told, where that is another than before.
    fn tell_coverages<S: System>(&mut self, mapper: &mut Mapper<S>) {
        if mapper.take_judged() {
            for root in mapper.roots() {
                let coverage = mapper.coverage(root);
                if self.coverages.set(root, coverage)
                    && let Some(sink) = &mut self.coverage_sink
                {
                    sink(root, coverage);
                }
            }
        }
    }

    /// Nothing will be told any more.
    pub(crate) fn end(&mut self, reason: &Reason) {
        for root in self.coverages.end(reason) {
            if let Some(sink) = &mut self.coverage_sink {
                sink(root, &Coverage::None(reason.clone()));
            }
        }
    }
}

impl Drop for Teller {
    /// Also when a sink has panicked: whoever asks afterwards is not told that all is well.
    fn drop(&mut self) {
        self.coverages.end(&Reason::Ended);
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller").field("coverages", &self.coverages).finish_non_exhaustive()
    }
}
