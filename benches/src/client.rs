//! A client that takes responses as servers of all kinds send them.

use std::fmt;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use httparse::{EMPTY_HEADER, Status};
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// What bytes travel over.
trait Stream: Read + Write + fmt::Debug {}

impl<T: Read + Write + fmt::Debug> Stream for T {}

/// A connection.
#[derive(Debug)]
pub struct Client {
    stream: Box<dyn Stream>,
    unread: Vec<u8>,
    received: u64,
}

/// A complete response.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names and values of its fields.
    pub fields: Vec<(String, String)>,
    /// Its content, without the transfer coding.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(found.1.trim())
    }
}

impl Client {
    /// Connects.
    pub fn connect(address: SocketAddr) -> Result<Self> {
        Ok(Self { stream: Box::new(socket(address)?), unread: Vec::new(), received: 0 })
    }

    /// Connects, and speaks TLS.
    pub fn connect_tls(address: SocketAddr, config: Arc<ClientConfig>) -> Result<Self> {
        let tls = ClientConnection::new(config, address.ip().into())?;
        let stream = Box::new(StreamOwned::new(tls, socket(address)?));
        Ok(Self { stream, unread: Vec::new(), received: 0 })
    }

    /// Sends a request, as it travels.
    pub fn send(&mut self, request: &str) -> Result<()> {
        Ok(self.stream.write_all(request.as_bytes())?)
    }

    /// Bytes of all responses so far, heads included.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Reads the next response.
    ///
    /// # Errors
    ///
    /// When the connection ends before it, or when it isn't one.
    pub fn receive(&mut self) -> Result<Answer> {
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some((answer, len)) = read(&self.unread)? {
                self.unread.drain(..len);
                self.received += len as u64;
                return Ok(answer);
            }
            let len = self.stream.read(&mut buffer).context("no complete answer")?;
            ensure!(len > 0, "closed before the answer was complete");
            self.unread.extend_from_slice(&buffer[..len]);
        }
    }
}

fn socket(address: SocketAddr) -> Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// A response at the front of these bytes, and how long it is; `None` when more has to come.
fn read(bytes: &[u8]) -> Result<Option<(Answer, usize)>> {
    let mut fields = [EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut fields);
    let Status::Complete(begin) = head.parse(bytes)? else { return Ok(None) };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let mut answer = Answer {
        status: head.code.context("no status")?,
        fields: head.headers.iter().map(|one| (one.name.to_owned(), text(one.value))).collect(),
        body: Vec::new(),
    };
    let rest = &bytes[begin..];
    if answer.status == 304 {
        return Ok(Some((answer, begin)));
    }
    if answer.field("transfer-encoding").is_some() {
        let Some(len) = read_chunks(rest, &mut answer.body)? else { return Ok(None) };
        return Ok(Some((answer, begin + len)));
    }
    let len = answer.field("content-length").context("neither a length nor chunks")?.parse()?;
    let Some(body) = rest.get(..len) else { return Ok(None) };
    answer.body = body.to_vec();
    Ok(Some((answer, begin + len)))
}

/// The content of chunks (RFC 9112 section 7.1), and how many bytes they take; trailers are not expected.
fn read_chunks(bytes: &[u8], content: &mut Vec<u8>) -> Result<Option<usize>> {
    let mut at = 0;
    loop {
        let size = httparse::parse_chunk_size(&bytes[at..]);
        let Status::Complete((line, size)) = size.ok().context("not a chunk")? else {
            return Ok(None);
        };
        let begin = at + line;
        let end = begin + usize::try_from(size)?;
        if bytes.len() < end + 2 {
            return Ok(None);
        }
        content.extend_from_slice(&bytes[begin..end]);
        at = end + 2;
        if size == 0 {
            return Ok(Some(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, status: u16, body: &str) {
        let next = format!("{text}HTTP/1.1 200 OK\r\n");
        let (answer, len) = read(next.as_bytes()).unwrap().unwrap();
        assert_eq!((answer.status, &*answer.body, len), (status, body.as_bytes(), text.len()));
        assert!((0..len).all(|len| read(&text.as_bytes()[..len]).unwrap().is_none()));
    }

    #[test]
    fn content_ends_where_it_is_said_to() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc");
        check("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", 304, "");
        let chunks =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
        check(chunks, 200, "abc");
        assert!(read(b"HTTP/1.1 200 OK\r\n\r\nabc").is_err());
        assert!(read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n").is_err());
    }
}
