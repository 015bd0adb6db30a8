//! Tells what has to be forgotten, from a thread of its own.

use std::fmt;
use std::io;
use std::path::{self, Path};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use crate::backend::{Backend, Wake};
use crate::orders::{Order, Orders};
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
    thread: Option<Thread>,
}

/// The thread that works, and how to reach it.
struct Thread {
    orders: Sender<Order>,
    wake: Wake,
    handle: JoinHandle<()>,
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
    /// When the root is of another watcher, or was removed.
    pub fn coverage(&self, root: RootId) -> Coverage {
        self.coverages.of(root)
    }

    /// Watches one more path, as [`Builder::root`] has it. When it returns, the watches stand: whatever changes from
    /// then on is told. Its number is one that no root had before. Waits for a call of the sink that is under way.
    ///
    /// That watches run out is no error: see [`coverage`](Self::coverage). Where a watcher has ended, or could not
    /// begin, the root is one of which nothing is told.
    ///
    /// # Errors
    ///
    /// When the path is empty, or relative and there is no current folder; when it is called from the sink, which it
    /// would wait for.
    pub fn add_root(&self, path: impl AsRef<Path>) -> io::Result<RootId> {
        let path = path::absolute(path)?;
        let added = self.order(|done| Order::Add(path, done))?;
        Ok(added.unwrap_or_else(|| self.coverages.add_untold()))
    }

    /// Watches a root no more. When it returns, the sink isn't called for it any more; whether it was there. The
    /// watches that it needed alone are given back to the system, or go to roots that lacked some: what those hold is
    /// told to be looked at anew, as [`Rescan`](crate::ChangeKind::Rescan).
    ///
    /// # Errors
    ///
    /// When it is called from the sink, which it would wait for.
    pub fn remove_root(&self, root: RootId) -> io::Result<bool> {
        let removed = self.order(|done| Order::Remove(root, done))?;
        Ok(removed.unwrap_or_else(|| self.coverages.remove(root)))
    }

    /// Has the thread do something; `None` if there is none, or it has ended.
    fn order<T>(&self, order: impl FnOnce(Sender<T>) -> Order) -> io::Result<Option<T>> {
        let Some(thread) = &self.thread else { return Ok(None) };
        if thread.is_current() {
            return Err(io::Error::new(
                io::ErrorKind::Deadlock,
                "a sink can't change the roots of its own watcher",
            ));
        }
        let (done, answer) = channel();
        if thread.orders.send(order(done)).is_err() {
            return Ok(None);
        }
        (thread.wake)();
        Ok(answer.recv().ok())
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
        let (coverages, count) = (Coverages::default(), roots.len());
        let mut backend = match backend {
            Ok(backend) => backend,
            Err(reason) => return Self::idle(count, &reason),
        };
        let mut teller = Teller::new(sink, on_coverage, coverages.clone());
        for root in roots {
            teller.add_root(backend.mapper(), root);
        }
        let wake = backend.wake();
        let (orders, received) = channel();
        let work = move || {
            if let Err(reason) = backend.run(&mut teller, &Orders::new(received)) {
                teller.end(&reason);
            }
        };
        match thread::Builder::new().name("file-watcher".to_owned()).spawn(work) {
            Ok(handle) => Self { coverages, thread: Some(Thread { orders, wake, handle }) },
            Err(error) => Self::idle(count, &Reason::System(error.to_string())),
        }
    }

    /// A watcher that tells nothing, and says so.
    fn idle(roots: usize, reason: &Reason) -> Self {
        let coverages = Coverages::default();
        coverages.end(reason);
        for _ in 0..roots {
            coverages.add_untold();
        }
        Self { coverages, thread: None }
    }
}

impl Thread {
    /// Whether it is the one that asks.
    fn is_current(&self) -> bool {
        self.handle.thread().id() == thread::current().id()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Some(Thread { orders, wake, handle }) = self.thread.take() {
            drop(orders);
            wake();
            if handle.thread().id() != thread::current().id() {
                // It has an error only if the sink has panicked, which was reported when it did.
                drop(handle.join());
            }
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").field("coverages", &self.coverages).finish_non_exhaustive()
    }
}
