//! A site: all mounts as one immutable snapshot, and which of them a path belongs to.
//! Swapped as a whole; each request takes it once.

use std::fmt;
use std::sync::Arc;

use catzilla_path_security::RequestPath;

use crate::mount::{Mount, MountError};
use crate::mount_config::MountConfig;

/// The mounts of a server, longest prefix first.
#[derive(Debug, Default)]
pub struct Site {
    mounts: Vec<Arc<Mount>>,
}

impl Site {
    /// Opens every folder and checks every rule.
    ///
    /// # Errors
    /// When a mount is wrong by itself, or two stand at the same prefix.
    pub fn build(configs: Vec<MountConfig>) -> Result<Self, SiteError> {
        let mut mounts: Vec<Arc<Mount>> = Vec::with_capacity(configs.len());
        for (id, config) in (0..).zip(configs) {
            let mount = Mount::open(id, config).map_err(SiteError::Mount)?;
            if let Some(other) =
                mounts.iter().find(|other| other.prefix.as_bytes() == mount.prefix.as_bytes())
            {
                return Err(SiteError::MountedTwice {
                    prefix: mount.prefix().to_owned(),
                    first: other.dir().display().to_string(),
                    second: mount.dir().display().to_string(),
                });
            }
            mounts.push(Arc::new(mount));
        }
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.prefix.as_bytes().len()));
        Ok(Self { mounts })
    }

    /// The mount with the longest prefix on segment borders, and the path beneath it.
    ///
    /// A scan, longest first: sites have a handful of mounts, and the prefix that wins is compared last.
    pub fn find<'p>(&self, path: &'p RequestPath<'_>) -> Option<(&Arc<Mount>, RequestPath<'p>)> {
        self.mounts.iter().find_map(|mount| Some((mount, path.strip_prefix(&mount.prefix)?)))
    }

    /// The mount whose fields go with the answer to a path that is refused: the longest prefix that the path begins
    /// with as it was sent. Nothing is opened by it, for where such a path leads, nobody knows.
    pub(crate) fn find_by_begin(&self, path: &[u8]) -> Option<&Arc<Mount>> {
        let path = path.strip_prefix(b"/").unwrap_or(path);
        self.mounts.iter().find(|mount| {
            let rest = path.strip_prefix(mount.prefix.as_bytes());
            mount.prefix.is_root() || matches!(rest, Some([] | [b'/', ..]))
        })
    }

    /// The mounts, longest prefix first.
    pub fn mounts(&self) -> &[Arc<Mount>] {
        &self.mounts
    }
}

/// Why a site could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum SiteError {
    /// A mount is wrong by itself.
    Mount(MountError),
    /// Two folders at one prefix: one of them could never be reached.
    MountedTwice {
        /// The prefix, as given.
        prefix: String,
        /// The folder that was mounted there first.
        first: String,
        /// The folder that came second.
        second: String,
    },
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mount(err) => err.fmt(f),
            Self::MountedTwice { prefix, first, second } => {
                write!(
                    f,
                    "{prefix:?} is mounted twice, to {first:?} and to {second:?}: remove one or change its prefix"
                )
            }
        }
    }
}

impl std::error::Error for SiteError {}
