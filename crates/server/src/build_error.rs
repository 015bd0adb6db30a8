//! Why a server could not be built, with how to mend it.

use std::fmt;

use crate::followed::FollowError;
use crate::foundation::SetupError;
use crate::limits::LimitError;
use crate::listen::ListenError;
use crate::site::SiteError;

/// Why a server could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A mount or a route is wrong, or two of them contradict each other.
    Site(SiteError),
    /// An address can't be listened on.
    Listen(ListenError),
    /// A limit has a value that a server can't work with.
    Limit(LimitError),
    /// A file that is followed can't be read, or nothing can be made of it.
    Follow(FollowError),
    /// A pattern of files to load ahead is malformed.
    Preload(String),
}

impl From<SetupError> for BuildError {
    fn from(err: SetupError) -> Self {
        match err {
            SetupError::Site(err) => Self::Site(err),
            SetupError::Limit(err) => Self::Limit(err),
            SetupError::Preload(err) => Self::Preload(err),
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(err) => err.fmt(f),
            Self::Listen(err) => err.fmt(f),
            Self::Follow(err) => err.fmt(f),
            Self::Limit(err) => err.fmt(f),
            Self::Preload(err) => write!(f, "files to load ahead: {err}"),
        }
    }
}

impl std::error::Error for BuildError {}
