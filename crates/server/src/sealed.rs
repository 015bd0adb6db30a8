//! Content in a file that lies in memory alone and can't be written any more: a snapshot that sendfile can send.
//!
//! From memory of the process, the kernel copies each byte into the socket for each client; from a file of the site it
//! hands over pages that whoever writes the site may still change. A sealed memory file (`memfd_create(2)`,
//! `F_ADD_SEALS` in `fcntl(2)`) has neither fault. What it costs is a descriptor, and a system call more for the head.

use std::io;

#[cfg(target_os = "linux")]
pub use linux::Sealed;
#[cfg(not(target_os = "linux"))]
pub use none::Sealed;

/// What copying a file came to.
#[derive(Debug)]
pub(crate) enum Copied {
    /// All of it, of one version, and the BLAKE3 hash of it.
    Sealed(Sealed, blake3::Hash),
    /// The file is no longer what its validators say.
    Changed,
    /// The file system failed.
    Failed(io::Error),
    /// There is no memory file to be had: too many descriptors, too little memory, a sandbox, another system.
    Unavailable,
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::{self, Write};
    use std::os::fd::{AsFd, BorrowedFd};

    use catzilla_path_security::Opened;
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create, sendfile};

    use super::Copied;
    use crate::fs::{Fs, Wait};
    use crate::quota::Share;

    /// So much of a file is in memory twice while it is copied.
    const PIECE: usize = 256 * 1024;

    /// Content that nobody can change.
    #[derive(Debug)]
    pub struct Sealed {
        file: File,
        len: u64,
        _descriptor: Share,
    }

    impl Sealed {
        /// Copies a file, piece by piece, then looks whether it still is the one that was opened. Waits for the disk.
        pub(crate) fn copy(fs: &dyn Fs, file: &Opened, descriptor: Share) -> Copied {
            let (len, mut at) = (file.metadata().len(), 0);
            if !may_write(len) {
                return Copied::Unavailable;
            }
            let Ok(mut copy) = empty() else { return Copied::Unavailable };
            let mut hasher = blake3::Hasher::new();
            let mut piece = vec![0; len.min(PIECE as u64) as usize];
            while at < len {
                let wanted = (len - at).min(piece.len() as u64) as usize;
                match fs.read_at(file, &mut piece[..wanted], at, Wait::Allowed) {
                    // The file ends before its length: it was cut.
                    Ok(0) => return Copied::Changed,
                    Ok(n) => {
                        hasher.update(&piece[..n]);
                        if copy.write_all(&piece[..n]).is_err() {
                            return Copied::Unavailable;
                        }
                        at += n as u64;
                    }
                    Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                    Err(err) => return Copied::Failed(err),
                }
            }
            match fs.metadata(file) {
                Ok(now) if now == *file.metadata() => {}
                Ok(_) => return Copied::Changed,
                Err(err) => return Copied::Failed(err),
            }
            match seal(&copy) {
                Ok(()) => {
                    let sealed = Self { file: copy, len, _descriptor: descriptor };
                    Copied::Sealed(sealed, hasher.finalize())
                }
                Err(_) => Copied::Unavailable,
            }
        }

        /// Bytes of it.
        pub fn len(&self) -> u64 {
            self.len
        }

        /// Whether there is nothing in it.
        pub fn is_empty(&self) -> bool {
            self.len == 0
        }

        /// Moves up to `len` bytes from `offset` to a socket. Never waits for a disk.
        pub(crate) fn send(
            &self,
            socket: BorrowedFd<'_>,
            mut offset: u64,
            len: u64,
        ) -> io::Result<usize> {
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            Ok(sendfile(socket, self.file.as_fd(), Some(&mut offset), len)?)
        }

        /// Reads up to the length of `buffer` from `offset`.
        ///
        /// # Errors
        ///
        /// Those of `pread(2)`; none is expected of memory.
        pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            Ok(rustix::io::pread(&self.file, buffer, offset)?)
        }
    }

    /// Whether this process may write a file so large: beyond `RLIMIT_FSIZE` the kernel would end it, for a file in memory
    /// too.
    fn may_write(len: u64) -> bool {
        rustix::process::getrlimit(rustix::process::Resource::Fsize)
            .current
            .is_none_or(|limit| len <= limit)
    }

    fn empty() -> io::Result<File> {
        Ok(memfd_create("catzilla", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?.into())
    }

    /// From here on nobody can write it, this process included.
    fn seal(file: &File) -> io::Result<()> {
        let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        Ok(fcntl_add_seals(file, seals)?)
    }
}

/// Where there are no memory files: nothing is ever sealed.
#[cfg(not(target_os = "linux"))]
mod none {
    use std::io;

    use catzilla_path_security::Opened;

    use super::Copied;
    use crate::fs::Fs;
    use crate::quota::Share;

    /// There is none of these on this platform.
    #[derive(Debug)]
    pub enum Sealed {}

    impl Sealed {
        pub(crate) fn copy(_fs: &dyn Fs, _file: &Opened, _descriptor: Share) -> Copied {
            Copied::Unavailable
        }

        /// Bytes of it.
        pub fn len(&self) -> u64 {
            match *self {}
        }

        /// Whether there is nothing in it.
        pub fn is_empty(&self) -> bool {
            match *self {}
        }

        /// Reads up to the length of `buffer` from `offset`.
        ///
        /// # Errors
        ///
        /// None, for there is nothing to read.
        pub fn read_at(&self, _buffer: &mut [u8], _offset: u64) -> io::Result<usize> {
            match *self {}
        }
    }
}
