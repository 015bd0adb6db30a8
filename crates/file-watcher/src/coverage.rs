//! How far the events can be relied upon.

use std::fmt;
use std::path::PathBuf;

/// How much of a root is told.
///
/// Its text is one warning's worth; [`Full`](Self::Full) is nothing to warn about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coverage {
    /// Every change that the file system tells.
    Full,
    /// All but a part: the events that come are true, but from some place none come.
    Partial(Reason),
    /// Nothing that can be relied upon; whoever needs fresh files has to look.
    /// [`Root`](crate::ChangeKind::Root) is still told where that is possible.
    None(Reason),
}

/// Why events can't be relied upon.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The system, or [`max_watches`](crate::Builder::max_watches), allows no more watches: a folder needs one each.
    Watches {
        /// How many are allowed, where that is known.
        limit: Option<usize>,
    },
    /// The system allows no more users of its events.
    Instances,
    /// This folder may not be read, so it can't be watched.
    Unreadable(PathBuf),
    /// A file system, by its name, that doesn't tell what others change.
    FileSystem {
        /// Where it is mounted, or a folder of it.
        path: PathBuf,
        /// What it is called, such as `nfs`.
        name: &'static str,
    },
    /// The watcher has ended: its sink has panicked.
    Ended,
    /// The system refused for another reason, in its words.
    System(String),
}

impl Coverage {
    /// Whether the events of the root are worth relying upon: they are at least [`Partial`](Self::Partial).
    pub fn is_told(&self) -> bool {
        !matches!(self, Self::None(_))
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("all changes of files are told"),
            Self::Partial(reason) => write!(f, "some changes of files are not told: {reason}"),
            Self::None(reason) => write!(f, "changes of files are not told: {reason}"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Watches { limit } => {
                f.write_str("there are more folders than watches")?;
                if let Some(limit) = limit {
                    write!(f, " ({limit} allowed)")?;
                }
                f.write_str("; raise fs.inotify.max_user_watches or serve fewer folders")
            }
            Self::Instances => f.write_str(
                "too many programs watch files already; raise fs.inotify.max_user_instances",
            ),
            Self::Unreadable(path) => {
                write!(f, "{} may not be read, so it can't be watched", path.display())
            }
            Self::FileSystem { path, name } => write!(
                f,
                "{} is on {name}, which doesn't tell what other machines or programs change",
                path.display()
            ),
            Self::Ended => f.write_str("the watcher has ended"),
            Self::System(text) => f.write_str(text),
        }
    }
}
