//! An HTTP client that sends exactly the bytes it is given, well-formed or not, and reads exactly one response.
//! It frames responses and no more; judging them is the business of whoever asks.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::SockRef;

/// Longer than any answer takes on a busy machine, shorter than a patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection.
///
/// # Errors
///
/// Every function fails with the error of the socket. [`ErrorKind::WouldBlock`] or [`ErrorKind::TimedOut`] means
/// that the server neither answered nor closed in time.
#[derive(Debug)]
pub struct RawClient {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// A response as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawResponse {
    /// From the status line to the blank line, both included.
    pub head: Vec<u8>,
    /// The content.
    pub body: Vec<u8>,
    /// What ended it.
    pub end: End,
}

/// What ended a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The head: such a response has no content.
    Head,
    /// The length it had declared.
    Length,
    /// The connection, closed as announced (RFC 9112 section 6.3, the last case).
    Close,
}

impl RawClient {
    /// Connects, and waits for at most 20 seconds whenever it waits.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::connect_with_patience(address, PATIENCE)
    }

    /// Connects, and waits for at most so long whenever it waits.
    pub fn connect_with_patience(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, patience)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        // Each piece travels by itself, as far as this side has a say.
        stream.set_nodelay(true)?;
        Ok(Self { stream, unread: Vec::new() })
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// Sends bytes with one call to the system per piece. The server may still see several pieces at once.
    pub fn send_in_pieces(
        &mut self,
        pieces: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> io::Result<()> {
        pieces.into_iter().try_for_each(|piece| self.send(piece))
    }

    /// Says that nothing more will come, and goes on reading.
    pub fn close_sending(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Ends the connection by a reset, as a crashed client's machine does.
    pub fn reset(self) -> io::Result<()> {
        // What isn't read yet doesn't matter: closing with a linger of zero always resets.
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }

    /// Reads one response. Interim ones (1xx) count as responses.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEof`] when the connection ends within it; [`ErrorKind::InvalidData`] when its length
    /// can't be told.
    pub fn read_response(&mut self) -> io::Result<RawResponse> {
        self.read(false)
    }

    /// Reads the response to a HEAD request, which has no content whatever its head says.
    pub fn read_response_to_head(&mut self) -> io::Result<RawResponse> {
        self.read(true)
    }

    /// Reads until the server closes.
    pub fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        while self.fill()? > 0 {}
        Ok(std::mem::take(&mut self.unread))
    }

    /// The socket, for what this client has no word for.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    fn read(&mut self, to_head: bool) -> io::Result<RawResponse> {
        let end = loop {
            match find(&self.unread, b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.fill_more()?,
            }
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let mut response = RawResponse { head, body: Vec::new(), end: End::Head };
        let status = response.status().ok_or_else(|| invalid("no status line"))?;
        if to_head || status / 100 == 1 || status == 204 || status == 304 {
            return Ok(response);
        }
        if response.values("transfer-encoding").next().is_some() {
            return Err(invalid("a transfer coding, which this client doesn't read"));
        }
        let Some(length) = response.length()? else {
            response.body = self.read_to_end()?;
            response.end = End::Close;
            return Ok(response);
        };
        while self.unread.len() < length {
            self.fill_more()?;
        }
        response.body = self.unread.drain(..length).collect();
        response.end = End::Length;
        Ok(response)
    }

    fn fill_more(&mut self) -> io::Result<()> {
        match self.fill()? {
            0 => Err(io::Error::new(
                ErrorKind::UnexpectedEof,
                "the connection ended within a response",
            )),
            _ => Ok(()),
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Err(err) if err.kind() == ErrorKind::Interrupted => {}
                read => {
                    let len = read?;
                    self.unread.extend_from_slice(&buffer[..len]);
                    return Ok(len);
                }
            }
        }
    }
}

impl RawResponse {
    /// The status code, if the first line is a status line.
    pub fn status(&self) -> Option<u16> {
        let code = self
            .head
            .strip_prefix(b"HTTP/1.1 ")
            .or_else(|| self.head.strip_prefix(b"HTTP/1.0 "))?
            .get(..3)?;
        std::str::from_utf8(code).ok()?.parse().ok()
    }

    /// The values of all field lines of this name, in any case, without the space around them.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.head.split(|&byte| byte == b'\n').skip(1).filter_map(move |line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            line[..colon]
                .eq_ignore_ascii_case(name.as_bytes())
                .then(|| line[colon + 1..].trim_ascii())
        })
    }

    /// `Content-Length`, said at most once.
    fn length(&self) -> io::Result<Option<usize>> {
        let mut values = self.values("content-length");
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(invalid("two lengths"));
        }
        let digits = std::str::from_utf8(value)
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        digits
            .and_then(|digits| digits.parse().ok())
            .map(Some)
            .ok_or_else(|| invalid("a length that is no number"))
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the response has {what}"))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
