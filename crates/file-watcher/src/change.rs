//! What a watcher tells: which names may mean something else now.

use std::path::{Path, PathBuf};

/// One of the folders or files that a watcher watches, counted in the order of
/// [`Builder::root`](crate::Builder::root) and [`Watcher::add_root`](crate::Watcher::add_root) from zero. A number isn't
/// used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RootId(usize);

impl RootId {
    /// The root that was added first.
    pub const FIRST: Self = Self(0);

    /// The root that was added after so many others.
    pub fn new(index: usize) -> Self {
        Self(index)
    }

    /// Its place among the roots, from zero.
    pub fn index(self) -> usize {
        self.0
    }
}

/// Something may be different from what it was.
///
/// It is a reason to forget, not a description of what happened: it may come twice, and it may come when nothing is
/// different after all.
///
/// # Examples
///
/// A cache asks of each of its entries whether it is concerned, or looks up the one that is named:
///
/// ```
/// use std::path::Path;
/// use catzilla_file_watcher::{Change, ChangeKind, RootId};
///
/// fn forget(cached: &mut Vec<&'static str>, change: &Change) {
///     cached.retain(|name| !change.concerns(Path::new(name)));
/// }
///
/// let site = RootId::FIRST;
/// let mut cached = vec!["index.html", "css/site.css", "css/print.css"];
/// forget(&mut cached, &Change::new(site, ChangeKind::File, "css/site.css"));
/// assert_eq!(cached, ["index.html", "css/print.css"]);
/// forget(&mut cached, &Change::new(site, ChangeKind::Folder, "css"));
/// assert_eq!(cached, ["index.html"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Change {
    /// Beneath which root.
    pub root: RootId,
    /// How far it reaches.
    pub kind: ChangeKind,
    /// The name, relative to the root, without `.` and `..`; not necessarily UTF-8. Empty: the root itself.
    pub path: PathBuf,
}

/// What has to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// This name: its content, its metadata, or whether it exists.
    File,
    /// This name and everything beneath it: a folder, or a link to one, was made, moved, removed, or got other
    /// permissions.
    Folder,
    /// Everything, and the root has to be opened again: it, or a folder or link on the way to it, was moved,
    /// replaced or removed, or has come (back) into being.
    Root,
    /// Everything: events were lost.
    Rescan,
}

impl Change {
    /// A change, as a watcher would tell it: for tests of those who listen.
    pub fn new(root: RootId, kind: ChangeKind, path: impl Into<PathBuf>) -> Self {
        Self { root, kind, path: path.into() }
    }

    /// Whether what is known of this name beneath the root has to be forgotten.
    pub fn concerns(&self, path: &Path) -> bool {
        match self.kind {
            ChangeKind::File => path == self.path,
            ChangeKind::Folder => path.starts_with(&self.path),
            ChangeKind::Root | ChangeKind::Rescan => true,
        }
    }
}
