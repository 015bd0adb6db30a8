//! How a watcher is started.

use std::fmt;
use std::io;
use std::path::{self, PathBuf};

use crate::shared::CoverageSink;
use crate::{Change, Coverage, RootId, Watcher};

/// What a [`Watcher`] shall watch.
#[derive(Default)]
#[must_use = "nothing is watched before `start`"]
pub struct Builder {
    pub(crate) roots: Vec<PathBuf>,
    pub(crate) max_watches: Option<usize>,
    pub(crate) on_coverage: Option<CoverageSink>,
    #[cfg(feature = "portable")]
    pub(crate) is_portable: bool,
}

impl Builder {
    /// Watches a folder and all that lies in it, or a file.
    ///
    /// The path may lead through links, and need not lead anywhere yet: whatever stands there is watched, and what
    /// stands there next. A relative path is taken from the folder that is current at [`start`](Self::start). Roots
    /// are numbered in the order of these calls, and may lie in one another.
    pub fn root(mut self, path: impl Into<PathBuf>) -> Self {
        self.roots.push(path.into());
        self
    }

    /// Takes no more watches than this. A folder needs one, those on the way to a root included; a watch costs the
    /// kernel about a kilobyte. Default: as many as the system allows (`fs.inotify.max_user_watches`).
    pub fn max_watches(mut self, watches: usize) -> Self {
        self.max_watches = Some(watches);
        self
    }

    /// Calls this when the [`Coverage`] of a root becomes another one, on the watcher's thread. How it is at the start
    /// is known from [`Watcher::coverage`]. Default: nobody is called.
    pub fn on_coverage(mut self, sink: impl FnMut(RootId, &Coverage) + Send + 'static) -> Self {
        self.on_coverage = Some(Box::new(sink));
        self
    }

    /// Watches through the `notify` crate on Linux too, as on other platforms. It sees every open of a file, and wakes
    /// for it. Default: inotify, with a mask of events of our own.
    #[cfg(feature = "portable")]
    pub fn portable(mut self, is_portable: bool) -> Self {
        self.is_portable = is_portable;
        self
    }

    /// Starts watching. When it returns, the watches stand: whatever changes from then on is told.
    ///
    /// `sink` is called on the watcher's own thread, at once, and one call at a time. While it works, events wait in
    /// the system's queue; when that is full, they are lost and [`Rescan`](crate::ChangeKind::Rescan) is told.
    ///
    /// It takes as long as listing every folder of the roots does. That watches run out is no error: see
    /// [`Watcher::coverage`].
    ///
    /// # Errors
    ///
    /// When a path is empty, or relative and there is no current folder.
    pub fn start(self, mut sink: impl FnMut(Change) + Send + 'static) -> io::Result<Watcher> {
        self.start_batched(move |changes| changes.iter().cloned().for_each(&mut sink))
    }

    /// The same for a sink that gets at once what was read at once, never nothing: for caches in which a
    /// [`Folder`](crate::ChangeKind::Folder) has to be searched for. `rm -rf` of a thousand folders is a few calls.
    ///
    /// # Errors
    ///
    /// When a path is empty, or relative and there is no current folder.
    pub fn start_batched(
        self,
        sink: impl FnMut(&[Change]) + Send + 'static,
    ) -> io::Result<Watcher> {
        let roots: io::Result<_> = self.roots.iter().map(path::absolute).collect();
        Ok(Watcher::start(Self { roots: roots?, ..self }, Box::new(sink)))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("roots", &self.roots)
            .field("max_watches", &self.max_watches)
            .finish_non_exhaustive()
    }
}
