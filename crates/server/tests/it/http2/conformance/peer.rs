//! A connection that a row is tried on.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use super::wire::{
    ACK, DATA, GET, GOAWAY, HEADERS, NO_ERROR, PING, PROTOCOL_ERROR, RST_STREAM, SETTINGS, WHOLE,
    ping, settings,
};
use crate::http2::client::{END_STREAM, Frame, PREFACE, RawClient, frame, head};

/// What is wrong, if anything is.
pub(super) type Verdict = Result<(), String>;

/// The stream of the request that is made after a row's own.
pub(super) const PROBE: u32 = 0x1001;

pub(super) struct Peer {
    client: RawClient,
    /// Settings of the server.
    pub(super) settings: Vec<(u16, u32)>,
    /// The greatest stream that a GOAWAY of the server has named.
    pub(super) last_stream: Option<u32>,
}

/// What came of waiting for a frame.
pub(super) enum Heard {
    Frame(Frame),
    /// The server has closed the connection.
    Closed,
}

/// A response, as far as it is judged.
#[derive(Debug, Default)]
pub(super) struct Response {
    pub(super) status: Option<u16>,
    pub(super) head: Vec<u8>,
    pub(super) content: Vec<u8>,
}

impl Peer {
    /// Nothing has been said.
    pub(super) fn silent(address: SocketAddr) -> Self {
        Self { client: RawClient::connect(address), settings: Vec::new(), last_stream: None }
    }

    /// The preface and settings have been sent.
    pub(super) fn open(address: SocketAddr) -> Self {
        let mut peer = Self::silent(address);
        peer.send(&[PREFACE, &settings(&[])].concat());
        peer
    }

    /// A server that has hung up is no failure here: what it said before that is judged.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        let _ = self.client.0.write_all(bytes);
    }

    /// Says that nothing more will come.
    pub(super) fn finish(&mut self) {
        let _ = self.client.0.shutdown(std::net::Shutdown::Write);
    }

    /// # Errors
    /// Neither a frame nor an end came.
    pub(super) fn hear(&mut self) -> Result<Heard, String> {
        let mut first = [0; 9];
        let Some(()) = self.fill(&mut first)? else { return Ok(Heard::Closed) };
        let len = u32::from_be_bytes([0, first[0], first[1], first[2]]);
        let mut payload = vec![0; len as usize];
        let Some(()) = self.fill(&mut payload)? else { return Ok(Heard::Closed) };
        let stream = u32::from_be_bytes([first[5], first[6], first[7], first[8]]);
        let frame = Frame { kind: first[3], flags: first[4], stream, payload };
        match frame.kind {
            SETTINGS => self.settings.extend(frame.payload.chunks(6).map(|pair| {
                let value = u32::from_be_bytes([pair[2], pair[3], pair[4], pair[5]]);
                (u16::from_be_bytes([pair[0], pair[1]]), value)
            })),
            GOAWAY => self.last_stream = Some(number(&frame.payload)),
            _ => {}
        }
        Ok(Heard::Frame(frame))
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<Option<()>, String> {
        match self.client.0.read_exact(bytes) {
            Ok(()) => Ok(Some(())),
            Err(err) if matches!(err.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err("it went silent".to_owned())
            }
            Err(_) => Ok(None),
        }
    }

    /// The next frame.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn frame(&mut self) -> Result<Frame, String> {
        match self.hear()? {
            Heard::Frame(frame) => Ok(frame),
            Heard::Closed => Err("the connection was closed".to_owned()),
        }
    }

    /// All that comes up to the end, frames or not.
    pub(super) fn rest(&mut self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        match self.client.0.read_to_end(&mut bytes) {
            Err(err) if matches!(err.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(format!("it is open still, after {bytes:?}"))
            }
            _ => Ok(bytes),
        }
    }

    /// The connection ends for one of these reasons (RFC 9113 section 5.4.1).
    pub(super) fn ends(&mut self, codes: &[u32]) -> Verdict {
        let mark = *b"goes on?";
        self.send(&ping(mark));
        loop {
            match self.hear()? {
                Heard::Closed => return Ok(()),
                Heard::Frame(frame) => match frame.kind {
                    GOAWAY => return self.is_closed_after(&frame, codes),
                    PING if frame.flags & ACK != 0 && frame.payload == mark => {
                        return Err("the connection went on".to_owned());
                    }
                    _ => {}
                },
            }
        }
    }

    fn is_closed_after(&mut self, goodbye: &Frame, codes: &[u32]) -> Verdict {
        let code = number(&goodbye.payload[4..]);
        if !codes.contains(&code) {
            return Err(format!("GOAWAY with {code} instead of {codes:?}"));
        }
        while let Heard::Frame(frame) = self.hear().map_err(|_| "GOAWAY, but it is open still")? {
            if frame.kind == GOAWAY && !codes.contains(&number(&frame.payload[4..])) {
                return Err(format!("GOAWAY with {:?} after the first", &frame.payload[4..]));
            }
        }
        Ok(())
    }

    /// The stream, or with it the connection, ends for one of these reasons (RFC 9113 section 5.4.2).
    pub(super) fn resets(&mut self, stream: u32, codes: &[u32]) -> Verdict {
        // What was to be answered has been, when a request after it and a ping after that have been.
        let (before, after) = (*b"before 1", *b"after it");
        self.send(&ping(before));
        loop {
            let Heard::Frame(frame) = self.hear()? else { return Ok(()) };
            match frame.kind {
                GOAWAY => return self.is_closed_after(&frame, codes),
                RST_STREAM if frame.stream == stream => {
                    let code = number(&frame.payload);
                    if !codes.contains(&code) {
                        return Err(format!("RST_STREAM with {code} instead of {codes:?}"));
                    }
                    return self.answers_more(PROBE + 2);
                }
                PING if frame.flags & ACK == 0 => {}
                PING if frame.payload == before => self.send(&head_of_a_file(PROBE)),
                PING if frame.payload == after => return Err("it was not reset".to_owned()),
                _ if frame.stream == PROBE && is_end(&frame) => self.send(&ping(after)),
                _ => {}
            }
        }
    }

    /// The request is refused: its stream is reset, or it is answered as a bad one (RFC 9113 section 8.1.1).
    pub(super) fn refuses(&mut self, stream: u32) -> Verdict {
        let mut status = None;
        loop {
            let Heard::Frame(frame) = self.hear()? else { return Ok(()) };
            match frame.kind {
                GOAWAY => return self.is_closed_after(&frame, &[PROTOCOL_ERROR]),
                RST_STREAM if frame.stream == stream => {
                    let code = number(&frame.payload);
                    // A response that is complete may be followed by a word that no more is wanted.
                    if code != PROTOCOL_ERROR && !(code == NO_ERROR && status.is_some()) {
                        return Err(format!("RST_STREAM with {code}"));
                    }
                    return self.answers_more(PROBE);
                }
                HEADERS if frame.stream == stream => {
                    status = status.or(status_of(&frame.payload));
                    if !status.is_some_and(|status| (400..500).contains(&status)) {
                        return Err(format!("answered with {status:?}"));
                    }
                    if is_end(&frame) {
                        return self.answers_more(PROBE);
                    }
                }
                DATA if frame.stream == stream && is_end(&frame) => {
                    return self.answers_more(PROBE);
                }
                _ => {}
            }
        }
    }

    /// The response on a stream, complete.
    pub(super) fn response(&mut self, stream: u32) -> Result<Response, String> {
        let mut response = Response::default();
        loop {
            let frame = self.frame()?;
            match frame.kind {
                GOAWAY => return Err(format!("GOAWAY {:?}", frame.payload)),
                RST_STREAM if frame.stream == stream => {
                    return Err(was_reset(number(&frame.payload)));
                }
                HEADERS if frame.stream == stream => {
                    response.status = response.status.or(status_of(&frame.payload));
                    response.head.extend(&frame.payload);
                }
                DATA if frame.stream == stream => response.content.extend(&frame.payload),
                _ => continue,
            }
            if frame.stream == stream && is_end(&frame) {
                return Ok(response);
            }
        }
    }

    /// The file is sent. Its head isn't looked at: all but the first may refer to those before it.
    pub(super) fn answers(&mut self, stream: u32) -> Verdict {
        let response = self.response(stream)?;
        if response.content != b"a" || response.status.is_some_and(|status| status != 200) {
            return Err(format!("answered with {response:?}"));
        }
        Ok(())
    }

    /// Another request on the same connection is answered.
    pub(super) fn answers_more(&mut self, stream: u32) -> Verdict {
        // A head alone, for which no window is needed.
        self.send(&head_of_a_file(stream));
        self.response(stream).map(drop).map_err(|why| format!("but the next request: {why}"))
    }

    /// A ping is answered; until then nothing has been reset.
    pub(super) fn goes_on(&mut self) -> Verdict {
        let mark = *b"still on";
        self.send(&ping(mark));
        loop {
            let frame = self.frame()?;
            match frame.kind {
                GOAWAY | RST_STREAM => return Err(format!("{frame:?}")),
                PING if frame.flags & ACK != 0 && frame.payload == mark => return Ok(()),
                _ => {}
            }
        }
    }
}

/// A request whose answer has no content.
fn head_of_a_file(stream: u32) -> Vec<u8> {
    frame(HEADERS, WHOLE, stream, &head(&[(":method", "HEAD"), GET[1], GET[2], GET[3]]))
}

/// How it is told that there is no response.
pub(super) fn was_reset(code: u32) -> String {
    format!("RST_STREAM with {code}")
}

pub(super) fn is_end(frame: &Frame) -> bool {
    matches!(frame.kind, DATA | HEADERS) && frame.flags & END_STREAM != 0
}

/// The number that a payload begins with.
pub(super) fn number(payload: &[u8]) -> u32 {
    u32::from_be_bytes([payload[0], payload[1], payload[2], payload[3]])
}

/// The status that a block begins with, if it refers to no earlier block.
fn status_of(block: &[u8]) -> Option<u16> {
    const INDEXED: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
    // Before it there may be updates of the size of the dynamic table.
    let start = block.iter().position(|byte| byte & 0xe0 != 0x20)?;
    match block[start] {
        index @ 0x88..=0x8e => Some(INDEXED[usize::from(index - 0x88)]),
        // A literal whose name is that of the entries above.
        0x48..=0x4e | 0x08..=0x0e | 0x18..=0x1e => {
            let value = block.get(start + 2..)?;
            let digits = match block.get(start + 1)? {
                3 => String::from_utf8(value.get(..3)?.to_vec()).ok()?,
                _ => digits(value)?,
            };
            digits.parse().ok()
        }
        _ => None,
    }
}

/// Three digits, Huffman-coded (RFC 7541 appendix B).
fn digits(code: &[u8]) -> Option<String> {
    let bits = code.iter().take(3).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    let mut bits = bits << (32 - 8 * code.len().min(3));
    let mut digits = String::new();
    while digits.len() < 3 {
        let (digit, length) = match bits >> 26 {
            short @ 0..=5 => (short >> 1, 5),
            long @ 0x19..=0x1f => (long - 0x16, 6),
            _ => return None,
        };
        digits.push(char::from_digit(digit, 10)?);
        bits <<= length;
    }
    Some(digits)
}
