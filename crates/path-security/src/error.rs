//! What can go wrong with a root, and with opening something beneath it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::refusal::Refusal;

/// Why nothing was opened.
#[derive(Debug)]
pub enum OpenError {
    /// A rule refuses the path or what stands there.
    Refused(Refusal),
    /// There is nothing of this name.
    NotFound,
    /// The process may not open it.
    PermissionDenied,
    /// It can't be told without waiting: only from [`Root::get_cached`](crate::Root::get_cached).
    WouldBlock,
    /// The operating system failed.
    Io(io::Error),
}

impl From<Refusal> for OpenError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Names rules and errors, never a path of the host.
impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NotFound => f.write_str("not found"),
            Self::PermissionDenied => f.write_str("permission denied"),
            Self::WouldBlock => f.write_str("not in memory"),
            Self::Io(err) => err.fmt(f),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Io(err) => Some(err),
            Self::NotFound | Self::PermissionDenied | Self::WouldBlock => None,
        }
    }
}

/// Why a folder can't be a root. For operators: `Display` names the folder.
#[derive(Debug)]
pub struct RootError {
    dir: PathBuf,
    kind: RootErrorKind,
}

/// What is wrong with the folder.
#[derive(Debug)]
#[non_exhaustive]
pub enum RootErrorKind {
    /// Nothing stands there.
    NotFound,
    /// Something does, and it isn't a folder.
    NotADirectory,
    /// The process may not open it.
    PermissionDenied,
    /// The operating system failed.
    Io(io::Error),
}

impl RootError {
    pub(crate) fn new(dir: &Path, err: io::Error) -> Self {
        let kind = match err.kind() {
            io::ErrorKind::NotFound => RootErrorKind::NotFound,
            io::ErrorKind::NotADirectory => RootErrorKind::NotADirectory,
            io::ErrorKind::PermissionDenied => RootErrorKind::PermissionDenied,
            _ => RootErrorKind::Io(err),
        };
        Self { dir: dir.to_owned(), kind }
    }

    /// What is wrong.
    pub fn kind(&self) -> &RootErrorKind {
        &self.kind
    }
}

impl fmt::Display for RootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dir = self.dir.display();
        match &self.kind {
            RootErrorKind::NotFound => {
                write!(f, "{dir}: no such folder; create it or mend the path")
            }
            RootErrorKind::NotADirectory => {
                write!(f, "{dir}: not a folder; name the folder that it is in")
            }
            RootErrorKind::PermissionDenied => {
                write!(
                    f,
                    "{dir}: this user may not open the folder; it needs permission to enter it"
                )
            }
            RootErrorKind::Io(err) => write!(f, "{dir}: {err}"),
        }
    }
}

impl Error for RootError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            RootErrorKind::Io(err) => Some(err),
            _ => None,
        }
    }
}
