//! Handing bytes to a socket, and what its errors mean.

use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
#[cfg(target_os = "linux")]
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::Interest;
use tokio::net::TcpStream;

#[cfg(target_os = "linux")]
use crate::fs::Fs;
#[cfg(target_os = "linux")]
use crate::plan::FileSlice;

/// Hands bytes to the socket; `more` keeps the kernel from sending a packet that the next call would fill.
pub(super) fn send_bytes(
    cx: &mut Context<'_>,
    stream: &TcpStream,
    first: &[u8],
    second: &[u8],
    more: bool,
) -> Poll<io::Result<u64>> {
    when_writable(cx, stream, || send_now(stream, first, second, more))
}

#[cfg(target_os = "linux")]
fn send_now(stream: &TcpStream, first: &[u8], second: &[u8], more: bool) -> io::Result<usize> {
    use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};

    let flags = if more { SendFlags::NOSIGNAL | SendFlags::MORE } else { SendFlags::NOSIGNAL };
    if second.is_empty() {
        return Ok(rustix::net::send(stream, first, flags)?);
    }
    let slices = [io::IoSlice::new(first), io::IoSlice::new(second)];
    Ok(sendmsg(stream, &slices, &mut SendAncillaryBuffer::default(), flags)?)
}

#[cfg(not(target_os = "linux"))]
fn send_now(stream: &TcpStream, first: &[u8], second: &[u8], _more: bool) -> io::Result<usize> {
    stream.try_write_vectored(&[io::IoSlice::new(first), io::IoSlice::new(second)])
}

#[cfg(target_os = "linux")]
pub(super) fn send_file(
    cx: &mut Context<'_>,
    stream: &TcpStream,
    slice: &FileSlice,
    len: u64,
    fs: &Arc<dyn Fs>,
) -> Poll<io::Result<u64>> {
    when_writable(cx, stream, || {
        fs.send_file(stream.as_fd(), &slice.file.opened, slice.offset, len as usize)
    })
}

/// Sends runs of bytes as one, as far as the socket takes them, or says that it takes none now.
pub(crate) fn try_send(stream: &TcpStream, runs: &[io::IoSlice<'_>]) -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    {
        use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};

        let mut ancillary = SendAncillaryBuffer::default();
        stream.try_io(Interest::WRITABLE, || {
            Ok(sendmsg(stream, runs, &mut ancillary, SendFlags::NOSIGNAL)?)
        })
    }
    #[cfg(not(target_os = "linux"))]
    stream.try_write_vectored(runs)
}

/// Whether the client is gone, and not the file.
#[cfg(target_os = "linux")]
pub(super) fn is_of_the_socket(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
            | io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
    )
}

/// Whether the file system of a file has no splicing, so that sendfile never works: some that run in user space or
/// over a network, and some that stack others.
#[cfg(target_os = "linux")]
pub(super) fn cannot_splice(err: &io::Error) -> bool {
    use rustix::io::Errno;

    let errno = err.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP))
}

/// Tries first: the socket is nearly always writable, and asking costs as much as trying.
pub(super) fn when_writable(
    cx: &mut Context<'_>,
    stream: &TcpStream,
    mut call: impl FnMut() -> io::Result<usize>,
) -> Poll<io::Result<u64>> {
    loop {
        match stream.try_io(Interest::WRITABLE, &mut call) {
            Ok(n) => return Poll::Ready(Ok(n as u64)),
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => {
                ready!(stream.poll_write_ready(cx))?;
            }
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Poll::Ready(Err(err)),
        }
    }
}
