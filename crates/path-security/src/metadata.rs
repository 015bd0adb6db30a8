//! What an open file is, taken from its handle.

use std::io;
use std::path::Path;
use std::time::SystemTime;

/// Which device and which file on it: what stays the same however a file is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    file: u64,
}

/// What kind of thing a handle leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A FIFO, a socket, a device: never served.
    Other,
}

/// Length, time, kind and identity of an open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    len: u64,
    modified: SystemTime,
    changed: SystemTime,
    kind: FileKind,
    identity: Identity,
}

impl Metadata {
    /// The length in bytes.
    #[expect(clippy::len_without_is_empty, reason = "a file of no bytes is not an empty metadata")]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// When the content last changed, to the nanosecond where the file system has it.
    pub fn modified(&self) -> SystemTime {
        self.modified
    }

    /// When content or metadata last changed (`st_ctime`): unlike [`modified`](Self::modified), no program can
    /// set it back. The time of modification where there is none.
    pub fn changed(&self) -> SystemTime {
        self.changed
    }

    /// What it is.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == FileKind::File
    }

    /// Whether it is a folder.
    pub fn is_dir(&self) -> bool {
        self.kind == FileKind::Directory
    }

    /// Which file it is.
    pub fn identity(&self) -> Identity {
        self.identity
    }
}

/// Which file or folder stands at a path of the host now; links are followed.
pub fn identity(path: &Path) -> io::Result<Identity> {
    platform::identity(path)
}

pub(crate) use platform::of_handle;

#[cfg(unix)]
mod platform {
    use std::io;
    use std::os::fd::AsFd;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use rustix::fs::{FileType, Stat, fstat, stat};

    use super::{FileKind, Identity, Metadata};

    pub(super) fn identity(path: &Path) -> io::Result<Identity> {
        Ok(identity_of(&stat(path)?))
    }

    #[allow(
        clippy::unnecessary_cast,
        clippy::useless_conversion,
        reason = "the types differ by platform"
    )]
    pub(crate) fn of_handle(file: impl AsFd) -> io::Result<Metadata> {
        let stat = fstat(file)?;
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => FileKind::File,
            FileType::Directory => FileKind::Directory,
            _ => FileKind::Other,
        };
        Ok(Metadata {
            len: u64::try_from(stat.st_size).unwrap_or(0),
            modified: time(stat.st_mtime as i64, stat.st_mtime_nsec as u64),
            changed: time(stat.st_ctime as i64, stat.st_ctime_nsec as u64),
            kind,
            identity: identity_of(&stat),
        })
    }

    #[allow(
        clippy::unnecessary_cast,
        clippy::useless_conversion,
        reason = "the types differ by platform"
    )]
    fn identity_of(stat: &Stat) -> Identity {
        Identity { device: stat.st_dev as u64, file: stat.st_ino as u64 }
    }

    fn time(seconds: i64, nanoseconds: u64) -> SystemTime {
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let base = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)
        };
        let nanoseconds = Duration::from_nanos(nanoseconds);
        base.and_then(|base| base.checked_add(nanoseconds)).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

#[cfg(not(unix))]
mod platform {
    use std::fs::{self, File};
    use std::io;
    use std::path::Path;
    use std::time::SystemTime;

    use super::{FileKind, Identity, Metadata};

    pub(super) fn identity(path: &Path) -> io::Result<Identity> {
        fs::metadata(path).map(|metadata| identity_of(&metadata))
    }

    pub(crate) fn of_handle(file: &File) -> io::Result<Metadata> {
        let metadata = file.metadata()?;
        let kind = match metadata.file_type() {
            kind if kind.is_file() => FileKind::File,
            kind if kind.is_dir() => FileKind::Directory,
            _ => FileKind::Other,
        };
        let identity = identity_of(&metadata);
        let modified = metadata.modified()?;
        Ok(Metadata { len: metadata.len(), modified, changed: modified, kind, identity })
    }

    /// Without file numbers, the moment of creation tells a replaced folder from its successor.
    fn identity_of(metadata: &fs::Metadata) -> Identity {
        let created = metadata.created().ok();
        let since = created.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        Identity { device: 0, file: since.map_or(0, |since| since.as_nanos() as u64) }
    }
}
