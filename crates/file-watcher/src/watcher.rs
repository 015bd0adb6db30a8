//! Tells what has to be forgotten, from a thread of its own.

use std::fmt;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use crate::backend::{self, Backend, Stop};
use crate::shared::{Coverages, Sink, Teller};
use crate::{Builder, Coverage, Reason, RootId};

/// Tells what has to be forgotten, until it is dropped.
///
/// Dropping it ends its thread and waits for that, and so for a call of the sink that is under way: once it is dropped,
/// the sink isn't called any more. (A sink that drops its own watcher is not waited for.)
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use catzilla_file_watcher::{Coverage, RootId, Watcher};
///
/// let site = tempfile::tempdir()?;
/// let (sender, changes) = mpsc::channel();
/// let watcher = Watcher::builder()
///     .root(site.path())
///     .start(move |change| drop(sender.send(change)))?;
/// # if watcher.coverage(RootId::FIRST).is_told() {
/// assert_eq!(watcher.coverage(RootId::FIRST), Coverage::Full);
///
/// std::fs::write(site.path().join("index.html"), "<p>hello")?;
/// assert!(changes.recv()?.concerns("index.html".as_ref()));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Watcher {
    coverages: Coverages,
    thread: Option<(Stop, JoinHandle<()>)>,
}

impl Watcher {
    /// A watcher to be.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// How far a root is told. Where it is [`None`](Coverage::None), whoever needs fresh files has to look, as
    /// [`Invalidation::under`](crate::Invalidation::under) has it.
    ///
    /// # Panics
    ///
    /// When the root is of another watcher.
    pub fn coverage(&self, root: RootId) -> Coverage {
        self.coverages.of(root)
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn start(builder: Builder, sink: Sink) -> Self {
        #[cfg(feature = "portable")]
        if builder.is_portable {
            return Self::run(crate::portable::Loop::new(builder.max_watches), builder, sink);
        }
        Self::run(crate::linux::Loop::new(builder.max_watches), builder, sink)
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn start(builder: Builder, sink: Sink) -> Self {
        Self::run(crate::portable::Loop::new(builder.max_watches), builder, sink)
    }

    fn run<B: Backend>(backend: Result<B, Reason>, builder: Builder, sink: Sink) -> Self {
        let Builder { roots, on_coverage, .. } = builder;
        match backend {
            Ok(backend) => Self::spawn(backend, roots, sink, on_coverage),
            Err(reason) => Self::idle(roots.len(), reason),
        }
    }

    fn spawn<B: Backend>(
        mut backend: B,
        roots: Vec<PathBuf>,
        sink: Sink,
        on_coverage: Option<crate::shared::CoverageSink>,
    ) -> Self {
        let count = roots.len();
        let coverages = Coverages::new(backend::watch(&mut backend, roots));
        let stop = backend.stop();
        let mut teller = Teller::new(sink, on_coverage, coverages.clone());
        let work = move || {
            if let Err(reason) = backend.run(&mut teller) {
                teller.end(&reason);
            }
        };
        match thread::Builder::new().name("file-watcher".to_owned()).spawn(work) {
            Ok(thread) => Self { coverages, thread: Some((stop, thread)) },
            Err(error) => Self::idle(count, Reason::System(error.to_string())),
        }
    }

    /// A watcher that tells nothing, and says so.
    fn idle(roots: usize, reason: Reason) -> Self {
        let coverages = Coverages::new(vec![Coverage::None(reason); roots]);
        Self { coverages, thread: None }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            stop();
            if thread.thread().id() != thread::current().id() {
                // It has an error only if the sink has panicked, which was reported when it did.
                drop(thread.join());
            }
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").field("coverages", &self.coverages).finish_non_exhaustive()
    }
}
