//! What a connection moves its bytes over: a socket, or TLS on a socket.

use std::io;
use std::net::Shutdown;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::tls::Session;

/// The two of them.
pub(crate) enum Transport {
    /// As it is.
    Plain(TcpStream),
    /// Encrypted. In a box, so that an idle connection without TLS doesn't hold room for it.
    Tls(Box<Session>),
}

impl Transport {
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// The socket beneath: what is read from it, or looked at, is not what the client has said.
    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(session) => session.socket(),
        }
    }

    /// Whether the client has shut its side or reset the connection, whatever lies unread before that. Asks the kernel:
    /// the event loop tells it to those only who read what has come.
    pub(crate) fn is_gone(&self) -> bool {
        #[cfg(unix)]
        {
            use rustix::event::{PollFd, PollFlags, Timespec, poll};

            let gone = PollFlags::ERR | PollFlags::HUP;
            #[cfg(target_os = "linux")]
            let gone = gone | PollFlags::RDHUP;
            let mut socket = [PollFd::new(self.socket(), gone)];
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            poll(&mut socket, Some(&now)).is_ok() && socket[0].revents().intersects(gone)
        }
        #[cfg(not(unix))]
        false
    }

    /// Whether it holds bytes that the socket has not taken.
    pub(crate) fn holds(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(session) => session.holds(),
        }
    }

    /// The same, on the event loop of the runtime that this is called on.
    pub(crate) fn move_here(self) -> io::Result<Self> {
        Ok(match self {
            Self::Plain(socket) => Self::Plain(TcpStream::from_std(socket.into_std()?)?),
            Self::Tls(session) => Self::Tls(Box::new(session.move_here()?)),
        })
    }

    /// Appends what the client has sent; zero bytes are the end.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut Vec<u8>,
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(socket) => pin!(socket.read_buf(out)).poll(cx),
            Self::Tls(session) => session.poll_read(cx, out),
        }
    }

    /// Says that nothing more will come, where closing the socket doesn't say it.
    pub(crate) fn poll_goodbye(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(session) => session.poll_close(cx),
        }
    }

    /// Says that nothing more will come, and leaves the socket open for what the client still sends.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_goodbye(cx))?;
        // The shutdown of a socket never waits.
        Poll::Ready(SockRef::from(self.socket()).shutdown(Shutdown::Write))
    }

    /// Throws away what the client sends after our side has been closed; zero bytes are the end.
    pub(crate) fn poll_throw_away(&self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut bin = [0; 4096];
        let socket = self.socket();
        loop {
            match socket.try_read(&mut bin) {
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => {
                    ready!(socket.poll_read_ready(cx))?;
                }
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                read => return Poll::Ready(read),
            }
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_read(cx, buffer),
            Self::Tls(session) => session.poll_read_some(cx, buffer),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_write(cx, bytes),
            Self::Tls(session) => session.poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Self::Tls(session) => session.poll_flush(cx, &mut |_| {}),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_close(cx)
    }
}
