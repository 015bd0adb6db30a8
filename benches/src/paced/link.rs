//! One connection of the load.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::orders::Expected;
use super::response::{Reader, Response};

/// A server that accepts no connection for so long has failed.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Link {
    pub(super) stream: TcpStream,
    reader: Reader,
    pub(super) pending: Option<Pending>,
}

/// A request that is not answered yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending {
    /// Its place among all requests.
    pub(super) order: usize,
    /// When it should have been sent.
    pub(super) due: Instant,
    /// Whether its content is hashed.
    pub(super) is_sampled: bool,
    /// Bytes of it that are sent.
    sent: usize,
}

/// What happened on a connection.
#[derive(Debug)]
pub(super) enum Event {
    /// Nothing that matters.
    Nothing,
    /// The pending request is answered.
    Answered(Pending, Response),
    /// The server has closed it, with this request unanswered.
    Closed(Option<Pending>),
}

impl Pending {
    pub(super) fn new(order: usize, due: Instant, is_sampled: bool) -> Self {
        Self { order, due, is_sampled, sent: 0 }
    }
}

impl Link {
    pub(super) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, reader: Reader::default(), pending: None })
    }

    /// Begins a request.
    pub(super) fn ask(&mut self, pending: Pending, text: &str) -> io::Result<()> {
        self.reader.begin(pending.is_sampled);
        self.pending = Some(pending);
        self.send(text)
    }

    /// Goes on sending the pending request.
    pub(super) fn send(&mut self, text: &str) -> io::Result<()> {
        let Some(pending) = &mut self.pending else { return Ok(()) };
        while let Some(rest) = text.as_bytes().get(pending.sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(len) => pending.sent += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // Who has closed may have answered before: reading tells.
                Err(error) if is_closed(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads until an answer is complete or nothing is there.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> Result<Event> {
        loop {
            let len = match self.stream.read(buffer) {
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Event::Nothing),
                Err(error) if is_closed(&error) => 0,
                Err(error) => return Err(error.into()),
            };
            if len == 0 {
                if self.reader.is_within() {
                    bail!("closed within an answer");
                }
                return Ok(Event::Closed(self.pending.take()));
            }
            let Some(pending) = self.pending else { bail!("bytes that nobody has asked for") };
            let (taken, response) = self.reader.take(&buffer[..len])?;
            if let Some(response) = response {
                if taken < len {
                    bail!("bytes behind the answer");
                }
                self.pending = None;
                return Ok(Event::Answered(pending, response));
            }
        }
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}

/// What is wrong with an answer.
pub(super) fn complaint(expected: &Expected, response: &Response) -> Option<String> {
    let Response { status, len, hash, .. } = response;
    if *status != expected.status {
        return Some(format!("{status}, not {}", expected.status));
    }
    if let Some(wanted) = expected.len.filter(|wanted| wanted != len) {
        return Some(format!("{len} bytes, not {wanted}"));
    }
    let hash = hash.as_ref()?.to_hex();
    let wanted = expected.hash.as_deref()?;
    (hash.as_str() != wanted).then(|| "other bytes".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &Expected, content: &[u8], status: u16, says: Option<&str>) {
        let hash = Some(blake3::hash(content));
        let len = content.len() as u64;
        let response = Response { status, len, hash, ..Response::default() };
        assert_eq!(complaint(expected, &response).as_deref(), says);
    }

    #[test]
    fn wrong_answers_are_told() {
        let expected = Expected::of(200, b"abc");
        check(&expected, b"abc", 200, None);
        check(&expected, b"abd", 200, Some("other bytes"));
        check(&expected, b"abcd", 200, Some("4 bytes, not 3"));
        check(&expected, b"abc", 404, Some("404, not 200"));
        check(&Expected { status: 200, len: Some(3), hash: None }, b"xyz", 200, None);
    }
}
