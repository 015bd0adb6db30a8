//! Where a response ends, and what it was: bytes in, nothing kept of the content.

use anyhow::{Context, Result, bail};
use httparse::{EMPTY_HEADER, Status};

/// Reads one response after the other, however they are torn.
#[derive(Debug, Default)]
pub(super) struct Reader {
    state: State,
    /// The begin of a head, or of a line between chunks.
    partial: Vec<u8>,
    response: Response,
    hasher: Option<blake3::Hasher>,
    /// Bytes of the response so far.
    wire: u64,
}

/// What a response was.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    /// Bytes of content.
    pub(super) len: u64,
    /// Bytes in all: head, content and what frames it.
    pub(super) wire: u64,
    /// The server closes after it.
    pub(super) closes: bool,
    /// Of the content, if that was asked for.
    pub(super) hash: Option<blake3::Hash>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum State {
    #[default]
    Head,
    /// So many bytes of content to come, and nothing after them.
    Counted(u64),
    /// A line with the size of a chunk.
    Size,
    /// So many bytes of a chunk.
    Chunk(u64),
    /// The end of a chunk's last line.
    ChunkEnd,
    /// Lines up to an empty one.
    Trailer,
}

/// No line between chunks, and no head, is longer.
const LONGEST: usize = 64 * 1024;

impl Reader {
    /// Whether the content of the next response is hashed.
    pub(super) fn begin(&mut self, hashes: bool) {
        self.hasher = hashes.then(blake3::Hasher::new);
    }

    /// Whether a part of a response has come.
    pub(super) fn is_within(&self) -> bool {
        self.state != State::Head || !self.partial.is_empty()
    }

    /// Takes bytes up to the end of a response: how many, and what it was if that was the end.
    ///
    /// # Errors
    ///
    /// When it isn't a response, or has no end but that of the connection.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(usize, Option<Response>)> {
        let (taken, mut response) = self.take_uncounted(bytes)?;
        self.wire += taken as u64;
        if let Some(response) = &mut response {
            response.wire = std::mem::take(&mut self.wire);
        }
        Ok((taken, response))
    }

    fn take_uncounted(&mut self, bytes: &[u8]) -> Result<(usize, Option<Response>)> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            match self.state {
                State::Head => {
                    let Some(len) = self.head(rest)? else { return Ok((bytes.len(), None)) };
                    at += len;
                    if self.state == State::Head {
                        return Ok((at, Some(self.finish())));
                    }
                }
                State::Counted(left) | State::Chunk(left) => {
                    let len = left.min(rest.len() as u64);
                    self.content(&rest[..len as usize]);
                    at += len as usize;
                    let left = left - len;
                    let is_counted = matches!(self.state, State::Counted(_));
                    self.state = match (is_counted, left) {
                        (true, 0) => return Ok((at, Some(self.finish()))),
                        (true, left) => State::Counted(left),
                        (false, 0) => State::ChunkEnd,
                        (false, left) => State::Chunk(left),
                    };
                    if left > 0 {
                        return Ok((at, None));
                    }
                }
                State::Size | State::ChunkEnd | State::Trailer => {
                    let Some(len) = self.line(rest)? else { return Ok((bytes.len(), None)) };
                    at += len;
                    let line = std::mem::take(&mut self.partial);
                    match self.state {
                        State::ChunkEnd if line == b"\r\n" => self.state = State::Size,
                        State::ChunkEnd => bail!("a chunk has another length than it says"),
                        State::Size => self.state = size(&line)?,
                        _ if line == b"\r\n" => return Ok((at, Some(self.finish()))),
                        _ => {}
                    }
                }
            }
        }
    }

    fn finish(&mut self) -> Response {
        self.state = State::Head;
        self.response.hash = self.hasher.take().map(|hasher| hasher.finalize());
        std::mem::take(&mut self.response)
    }

    fn content(&mut self, bytes: &[u8]) {
        self.response.len += bytes.len() as u64;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
    }

    /// A head, whole or its end; how many of these bytes belong to it.
    fn head(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        let before = self.partial.len();
        let joined;
        let all = if before == 0 {
            bytes
        } else {
            self.partial.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.partial);
            &joined
        };
        let mut fields = [EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut fields);
        let Status::Complete(len) = head.parse(all)? else {
            if all.len() > LONGEST {
                bail!("a head without end");
            }
            self.partial = all.to_vec();
            return Ok(None);
        };
        let field = |name: &str| {
            let found = head.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
            found.map(|field| String::from_utf8_lossy(field.value).trim().to_ascii_lowercase())
        };
        self.response.status = head.code.context("no status")?;
        self.response.closes = field("connection").is_some_and(|value| value.contains("close"));
        self.state = if matches!(self.response.status, 204 | 304) {
            State::Head
        } else if field("transfer-encoding").is_some() {
            State::Size
        } else {
            let len = field("content-length").context("neither a length nor chunks")?;
            match len.parse().with_context(|| format!("content-length: {len}"))? {
                0 => State::Head,
                len => State::Counted(len),
            }
        };
        Ok(Some(len - before))
    }

    /// Collects a line; how many of these bytes belong to it, once it is complete.
    fn line(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        let end = memchr::memchr(b'\n', bytes);
        let len = end.map_or(bytes.len(), |at| at + 1);
        self.partial.extend_from_slice(&bytes[..len]);
        if self.partial.len() > LONGEST {
            bail!("a line between chunks without end");
        }
        Ok(end.map(|_| len))
    }
}

fn size(line: &[u8]) -> Result<State> {
    match httparse::parse_chunk_size(line) {
        Ok(Status::Complete((_, 0))) => Ok(State::Trailer),
        Ok(Status::Complete((_, size))) => Ok(State::Chunk(size)),
        _ => bail!("{:?} is not the size of a chunk", String::from_utf8_lossy(line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two of the same, in pieces of every size.
    #[track_caller]
    fn check(text: &str, status: u16, content: &str, closes: bool) {
        let twice = text.repeat(2);
        for piece in 1..=twice.len() {
            let mut reader = Reader::default();
            reader.begin(true);
            let mut found = Vec::new();
            for bytes in twice.as_bytes().chunks(piece) {
                let mut at = 0;
                while at < bytes.len() {
                    let (len, response) = reader.take(&bytes[at..]).unwrap();
                    at += len;
                    if response.is_some() {
                        reader.begin(true);
                    }
                    found.extend(response);
                }
            }
            let hash = Some(blake3::hash(content.as_bytes()));
            let (len, wire) = (content.len() as u64, text.len() as u64);
            let one = Response { status, len, wire, closes, hash };
            assert_eq!(found, [one.clone(), one], "in pieces of {piece}: {text}");
            assert!(!reader.is_within());
        }
    }

    #[test]
    fn a_response_ends_where_it_says() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", false);
        check(
            "HTTP/1.1 206 Partial\r\ncontent-length: 0\r\nConnection: Close\r\n\r\n",
            206,
            "",
            true,
        );
        check("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", 304, "", false);
        let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                      2;a=b\r\nab\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
        check(chunks, 200, "ab0123456789", false);
    }

    #[track_caller]
    fn refused(text: &str) {
        assert!(Reader::default().take(text.as_bytes()).is_err(), "{text}");
    }

    #[test]
    fn what_has_no_end_is_refused() {
        refused("HTTP/1.1 200 OK\r\n\r\nabc");
        refused("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n");
        refused("SSH-2.0-x\r\n\r\n");
        refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
        refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n");
    }
}
