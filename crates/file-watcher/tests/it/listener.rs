//! A watcher whose changes wait in a channel.

use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use catzilla_file_watcher::{Builder, Change, ChangeKind, RootId, Watcher};

/// Far longer than anything takes; what lasts that long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Says why a test can't run here: it depends on how the machine is set up.
#[cfg(target_os = "linux")]
#[expect(clippy::print_stderr, reason = "whoever reads the log of a test should know")]
pub(crate) fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// A watcher, and what it tells.
pub(crate) struct Listener {
    pub(crate) watcher: Watcher,
    pub(crate) changes: Receiver<Change>,
}

/// Watches one root.
#[track_caller]
pub(crate) fn watch(root: &Path) -> Listener {
    listen(Watcher::builder().root(root))
}

/// Starts a watcher.
#[track_caller]
pub(crate) fn listen(builder: Builder) -> Listener {
    let (sender, changes) = mpsc::channel();
    let watcher = builder.start(move |change| drop(sender.send(change))).unwrap();
    Listener { watcher, changes }
}

impl Listener {
    /// Waits for this change of the first root; returns what came before it.
    #[track_caller]
    pub(crate) fn until(&self, kind: ChangeKind, path: &str) -> Vec<Change> {
        let wanted = Change::new(RootId::FIRST, kind, path);
        let mut before = Vec::new();
        loop {
            match self.changes.recv_timeout(PATIENCE) {
                Ok(change) if change == wanted => return before,
                Ok(change) => before.push(change),
                Err(error) => panic!("{wanted:?} is not told, but {before:?}: {error}"),
            }
        }
    }

    /// Waits until a file of the first root is told as one, and so the folder watched that it lies in: what comes is told
    /// at once, and again when it is watched.
    #[track_caller]
    pub(crate) fn until_watched(&self, file: &Path, path: &str) {
        loop {
            std::fs::write(file, "").unwrap();
            loop {
                let change = self.changes.recv_timeout(PATIENCE).unwrap();
                if change == Change::new(RootId::FIRST, ChangeKind::File, path) {
                    return;
                }
                if change.concerns(path.as_ref()) {
                    break;
                }
            }
        }
    }
}
