//! The file operations of a request behind one seam, so that tests can inject faults.
//! Containment is not decided here: every open goes through a `Root` of `catzilla-path-security`.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use catzilla_path_security::{Identity, Metadata, OpenError, Opened, RequestPath, Root};

use crate::fetch::is_same_version;
use crate::quota::Share;

/// Whether a call may wait for a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Answer from memory or say `WouldBlock`: what a worker does.
    Never,
    /// Wait as long as it takes: what the blocking pool does.
    Allowed,
}

/// What the server asks of a file system. What isn't said otherwise is done as the machine does it.
pub trait Fs: fmt::Debug + Send + Sync + 'static {
    /// Opens what a path means beneath a root.
    fn open(&self, root: &Root, path: &RequestPath<'_>, wait: Wait) -> Result<Opened, OpenError> {
        match wait {
            Wait::Never => root.get_cached(path),
            Wait::Allowed => root.get(path),
        }
    }

    /// Reads at an offset, up to the length of `buffer`. A short read is not an error.
    #[cfg(target_os = "linux")]
    fn read_at(
        &self,
        file: &Opened,
        buffer: &mut [u8],
        offset: u64,
        wait: Wait,
    ) -> io::Result<usize> {
        use rustix::io::{ReadWriteFlags, pread, preadv2};

        match wait {
            Wait::Allowed => Ok(pread(file.file(), buffer, offset)?),
            Wait::Never => {
                let mut slices = [io::IoSliceMut::new(buffer)];
                Ok(preadv2(file.file(), &mut slices, offset, ReadWriteFlags::NOWAIT)?)
            }
        }
    }

    /// Reads at an offset, up to the length of `buffer`. A short read is not an error.
    #[cfg(all(unix, not(target_os = "linux")))]
    fn read_at(
        &self,
        file: &Opened,
        buffer: &mut [u8],
        offset: u64,
        wait: Wait,
    ) -> io::Result<usize> {
        use std::os::unix::fs::FileExt;

        match wait {
            Wait::Allowed => file.file().read_at(buffer, offset),
            Wait::Never => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Reads at an offset, up to the length of `buffer`. A short read is not an error.
    #[cfg(windows)]
    fn read_at(
        &self,
        file: &Opened,
        buffer: &mut [u8],
        offset: u64,
        wait: Wait,
    ) -> io::Result<usize> {
        use std::os::windows::fs::FileExt;

        match wait {
            Wait::Allowed => file.file().seek_read(buffer, offset),
            Wait::Never => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Which folder stands at a path of the machine now; links are followed. Asked once per tick and mount, in a thread
    /// that may wait.
    fn folder(&self, path: &Path) -> io::Result<Identity> {
        catzilla_path_security::identity(path)
    }

    /// The metadata of an open file as it is now.
    fn metadata(&self, file: &Opened) -> io::Result<Metadata> {
        file.metadata_now()
    }

    /// Moves up to `len` bytes at `offset` of a file to a socket without copying them through the
    /// process. Zero means that the file ends there.
    #[cfg(target_os = "linux")]
    fn send_file(
        &self,
        socket: std::os::fd::BorrowedFd<'_>,
        file: &Opened,
        mut offset: u64,
        len: usize,
    ) -> io::Result<usize> {
        Ok(rustix::fs::sendfile(socket, file.file(), Some(&mut offset), len)?)
    }
}

/// The file system of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostFs;

impl Fs for HostFs {}

/// How the bytes of a file get to a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transfer {
    /// By sendfile, where the platform has it.
    SendFile,
    /// Through memory of the process.
    Read,
}

/// A file that is being served.
#[derive(Debug)]
pub struct OpenFile {
    pub(crate) opened: Opened,
    /// Whether its bytes go by sendfile. A file system without splicing turns it off.
    by_sendfile: AtomicBool,
    /// Its place among the files that may be held open: given back when the last who reads it has closed it.
    _place: Option<Share>,
}

impl OpenFile {
    pub(crate) fn new(opened: Opened, transfer: Transfer) -> Self {
        let by_sendfile = AtomicBool::new(transfer == Transfer::SendFile);
        Self { opened, by_sendfile, _place: None }
    }

    /// A file that is held open beyond a request.
    pub(crate) fn in_place(self, place: Share) -> Self {
        Self { _place: Some(place), ..self }
    }

    /// How its bytes get to a socket.
    pub(crate) fn transfer(&self) -> Transfer {
        if self.by_sendfile.load(Ordering::Relaxed) { Transfer::SendFile } else { Transfer::Read }
    }

    /// Its file system can't splice: from here on it is read.
    #[cfg(target_os = "linux")]
    pub(crate) fn read_from_now_on(&self) {
        self.by_sendfile.store(false, Ordering::Relaxed);
    }

    /// Reads at an offset, and looks afterwards whether the file still was the version that its validators are of: what was
    /// read may belong to another one. Zero bytes are its end.
    ///
    /// # Errors
    /// Those of the file system, as of [`Fs::read_at`]; `InvalidData` for another version.
    pub(crate) fn read_version(
        &self,
        fs: &dyn Fs,
        buffer: &mut [u8],
        offset: u64,
        wait: Wait,
    ) -> io::Result<usize> {
        let n = loop {
            match fs.read_at(&self.opened, buffer, offset, wait) {
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if self.is_unchanged(fs)? { Ok(n) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Whether the file still is what it was when its validators were made: same length, same time of
    /// modification. `false` means that the rest of its bytes belong to another version.
    pub(crate) fn is_unchanged(&self, fs: &dyn Fs) -> io::Result<bool> {
        Ok(is_same_version(&fs.metadata(&self.opened)?, self.opened.metadata()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use catzilla_path_security::Policy;

    use super::*;
    use crate::quota::Quota;

    #[test]
    fn a_place_is_given_back_when_the_last_reader_is_done() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "content").unwrap();
        let root = Root::open(dir.path(), Policy::default()).unwrap();
        let opened = root.get(&RequestPath::parse(b"/file").unwrap()).unwrap();
        let quota = Quota::new(1);
        let place = quota.take(1).unwrap();
        let held = Arc::new(OpenFile::new(opened, Transfer::Read).in_place(place));
        let read = Arc::clone(&held);
        drop(held);
        assert!(quota.take(1).is_none(), "the descriptor is still open");
        drop(read);
        assert!(quota.take(1).is_some());
    }
}
