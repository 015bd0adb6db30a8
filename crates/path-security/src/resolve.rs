//! From a safe path to an open handle, without ever leaving the folder. Two ways with one contract: the kernel
//! does it in one call where it can (`beneath.rs`), else we walk from name to name (`walk.rs`).

#[cfg(target_os = "linux")]
mod beneath;
#[cfg(not(unix))]
mod by_name;
#[cfg(unix)]
mod walk;

use std::fs::File;
use std::io;
use std::path::Path;

use crate::error::OpenError;
use crate::policy::Symlinks;
use crate::request_path::RequestPath;

/// How paths are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Resolver {
    /// By one `openat2` where the kernel has it (Linux 5.6), else as [`Walk`](Self::Walk).
    #[default]
    Kernel,
    /// Name by name, never following a link that was not looked at.
    Walk,
}

/// Whether a call may wait for a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    Never,
    Allowed,
}

/// A handle, and where links led to if there were any.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: File,
    pub(crate) resolved: Option<RequestPath<'static>>,
}

/// An opened folder.
#[derive(Debug)]
pub(crate) struct Folder {
    #[cfg(unix)]
    handle: std::os::fd::OwnedFd,
    #[cfg(not(unix))]
    handle: by_name::Folder,
    #[cfg(target_os = "linux")]
    kernel: beneath::Kernel,
}

#[cfg(unix)]
impl Folder {
    pub(crate) fn open(dir: &Path, resolver: Resolver) -> io::Result<Self> {
        use rustix::fs::{CWD, Mode, OFlags, openat};

        // To be gone on from, not to be read: a folder that may be entered and not listed will do.
        let flags = walk::PASSING | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = openat(CWD, dir, flags, Mode::empty())?;
        // Entering it needs a permission of its own: ask for it now.
        openat(&handle, ".", flags, Mode::empty())?;
        #[cfg(target_os = "linux")]
        let kernel = beneath::Kernel::probe(&handle, resolver);
        #[cfg(not(target_os = "linux"))]
        let _ = resolver;
        Ok(Self {
            handle,
            #[cfg(target_os = "linux")]
            kernel,
        })
    }

    pub(crate) fn handle(&self) -> &std::os::fd::OwnedFd {
        &self.handle
    }

    pub(crate) fn find(
        &self,
        path: &RequestPath<'_>,
        links: Symlinks,
        wait: Wait,
    ) -> Result<Found, OpenError> {
        #[cfg(target_os = "linux")]
        if let Some(found) = self.kernel.find(&self.handle, path, links, wait) {
            return found;
        }
        match wait {
            Wait::Never => Err(OpenError::WouldBlock),
            Wait::Allowed => walk::find(&self.handle, path, links),
        }
    }
}

#[cfg(not(unix))]
impl Folder {
    pub(crate) fn open(dir: &Path, _resolver: Resolver) -> io::Result<Self> {
        Ok(Self { handle: by_name::Folder::open(dir)? })
    }

    pub(crate) fn handle(&self) -> &File {
        self.handle.file()
    }

    pub(crate) fn find(
        &self,
        path: &RequestPath<'_>,
        links: Symlinks,
        wait: Wait,
    ) -> Result<Found, OpenError> {
        match wait {
            Wait::Never => Err(OpenError::WouldBlock),
            Wait::Allowed => self.handle.find(path, links),
        }
    }
}

/// How a file that is to be read is opened: never waiting for the other end of a FIFO, never becoming the
/// controlling terminal.
#[cfg(unix)]
pub(crate) fn reading() -> rustix::fs::OFlags {
    use rustix::fs::OFlags;

    OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY
}

/// What an error of an open means.
#[cfg(unix)]
pub(crate) fn failure(errno: rustix::io::Errno) -> OpenError {
    use crate::refusal::Refusal;
    use rustix::io::Errno;

    match errno {
        Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::INVAL | Errno::ILSEQ => {
            OpenError::NotFound
        }
        Errno::ACCESS | Errno::PERM => OpenError::PermissionDenied,
        Errno::LOOP => OpenError::Refused(Refusal::Symlink),
        Errno::XDEV => OpenError::Refused(Refusal::OutsideRoot),
        // A socket, or a device without a driver.
        Errno::NXIO | Errno::NODEV | Errno::OPNOTSUPP => OpenError::Refused(Refusal::NotAFile),
        errno => OpenError::Io(errno.into()),
    }
}
