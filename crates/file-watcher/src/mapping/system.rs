//! What the mapping asks of the system it runs on.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Events, Reason};

/// The number by which a system names a watch.
///
/// Two paths that lead to one folder may get the same one. A number isn't used again for another folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchId(pub i32);

/// What is wanted of a watch. A folder that is watched twice gets both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// Names that come and go, attributes: of a folder on the way to a root.
    Names,
    /// That, and content: of the folder in which a root that is a file lies.
    Content,
    /// That, of a folder of a root; where [`System::is_recursive`], of everything beneath.
    Tree,
}

/// Files, and watches over folders.
pub trait System {
    /// Whether a watch of [`Scope::Tree`] covers everything beneath its folder.
    fn is_recursive(&self) -> bool;

    /// Watches a folder, not following a link at its end.
    ///
    /// # Errors
    ///
    /// When it can't be watched.
    fn watch(&mut self, folder: &Path, scope: Scope) -> Result<WatchId, Refused>;

    /// Ends a watch; it may have ended by itself.
    fn unwatch(&mut self, watch: WatchId);

    /// What stands at a path, not following a link at its end.
    ///
    /// # Errors
    ///
    /// When nothing stands there, or it can't be reached.
    fn look(&self, path: &Path) -> io::Result<Found>;

    /// What a folder holds, without the plain files in it.
    ///
    /// # Errors
    ///
    /// When it isn't there, is no folder, or can't be read.
    fn list(&self, folder: &Path) -> io::Result<Listing>;

    /// Whether the file system of a folder tells all changes.
    ///
    /// # Errors
    ///
    /// When it isn't there.
    fn events(&self, folder: &Path) -> io::Result<Events>;
}

/// Why a folder isn't watched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// There is no such folder any more. Whoever took it away is told of by the folder above.
    Gone,
    /// This one can't be watched; others can.
    This(Reason),
    /// No further one can be watched.
    All(Reason),
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// A folder.
    Folder,
    /// A symbolic link, with its text.
    Link(PathBuf),
    /// Anything else.
    File,
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The number of the file system that it lies on.
    pub device: u64,
    /// The folders and links in it.
    pub entries: Vec<(OsString, Entry)>,
}

/// A folder or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A folder.
    Folder,
    /// A symbolic link to whatever.
    Link,
}
