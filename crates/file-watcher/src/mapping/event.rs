//! What a system tells.

use std::path::Path;

use super::WatchId;

/// One thing that a system tells of a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<'a> {
    /// Of which watch.
    pub watch: WatchId,
    /// Of which name in the watched folder, or path where a watch covers all beneath. Empty: the folder itself.
    pub name: &'a Path,
    /// What happened.
    pub what: What,
    /// Whether the name is a folder's; `None` where the system doesn't say.
    pub is_folder: Option<bool>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// The name has come: it was made, linked, or moved here.
    Came,
    /// The name has gone: it was removed, or moved away.
    Went,
    /// The content was written.
    Written,
    /// Permissions, owner, times or the like were set.
    Attributes,
    /// The watched folder itself has moved; it is still watched.
    Moved,
    /// The watch is no more: its folder was removed or its file system unmounted.
    Ended,
    /// Events were lost. Of no watch in particular.
    Lost,
}

impl<'a> Event<'a> {
    /// An event of a name in a watched folder.
    pub fn of(watch: WatchId, name: &'a Path, what: What, is_folder: Option<bool>) -> Self {
        Self { watch, name, what, is_folder }
    }

    /// An event of the watched folder itself.
    pub fn itself(watch: WatchId, what: What) -> Self {
        Self::of(watch, Path::new(""), what, Some(true))
    }

    /// Events were lost.
    pub fn lost() -> Self {
        Self::itself(WatchId(-1), What::Lost)
    }

    /// Whether it is of the watched folder itself.
    pub(super) fn is_of_folder(self) -> bool {
        self.name.as_os_str().is_empty()
    }
}
