//! Content in a file that lies in memory alone and can't be written any more: a snapshot that sendfile can send.
//!
//! From memory of the process, the kernel copies each byte into the socket for each client; from a file of the site it
//! hands over pages that whoever writes the site may still change. A sealed memory file (`memfd_create(2)`,
//! `F_ADD_SEALS` in `fcntl(2)`) has neither fault. What it costs is a descriptor, and a system call more for the head.

#[cfg(target_os = "linux")]
pub use linux::Sealed;
#[cfg(not(target_os = "linux"))]
pub use none::Sealed;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::{self, Write};
    use std::os::fd::{AsFd, BorrowedFd};

    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create, sendfile};

    use crate::quota::Share;

    /// Content that nobody can change.
    #[derive(Debug)]
    pub struct Sealed {
        file: File,
        len: u64,
        _descriptor: Share,
    }

    impl Sealed {
        /// Copies content.
        ///
        /// # Errors
        ///
        /// What the kernel says when it has no memory file to give: too many descriptors, too little memory, a sandbox.
        pub(crate) fn new(content: &[u8], descriptor: Share) -> io::Result<Self> {
            let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
            let mut file = File::from(memfd_create("catzilla", flags)?);
            file.write_all(content)?;
            let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
            fcntl_add_seals(&file, seals)?;
            Ok(Self { file, len: content.len() as u64, _descriptor: descriptor })
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
}

/// Where there are no memory files: nothing is ever sealed.
#[cfg(not(target_os = "linux"))]
mod none {
    use std::io;

    use crate::quota::Share;

    /// There is none of these on this platform.
    #[derive(Debug)]
    pub enum Sealed {}

    impl Sealed {
        pub(crate) fn new(_content: &[u8], _descriptor: Share) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
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
