//! Where a head ends, found in one pass however it is torn.

use super::refusal::Refusal;
use super::request_line;
use crate::limits::Limits;

/// How far an incomplete head has been looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HeadEnd {
    /// Bytes in which there is no end.
    scanned: usize,
    /// Lines in them.
    lines: u32,
    /// Bytes of the first line with its CRLF; 0 while it goes on.
    first_line: u32,
}

/// The shape of a complete head, whose lines all end in CRLF.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Bytes of it all.
    pub(super) len: usize,
    /// Bytes of the request line with its CRLF.
    pub(super) first_line: usize,
    /// Lines between the first and the empty one.
    pub(super) fields: usize,
}

impl HeadEnd {
    pub(super) const fn new() -> Self {
        Self { scanned: 0, lines: 0, first_line: 0 }
    }

    /// Whether anything of a head has come.
    pub(super) fn has_begun(self) -> bool {
        self.scanned > 0
    }

    /// Looks for the empty line that ends a head, from where the last look ended; `None` when it goes on.
    /// What can never become a request is refused as early as it can be known, and for the same reason
    /// however the bytes were torn.
    pub(super) fn find(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<Shape>, Refusal> {
        let found = self.look(bytes, limits.max_head_bytes);
        if !matches!(found, Ok(Some(_))) {
            // A complete head is judged as a whole; of any other its begin is judged first, by no more
            // than the first line.
            match self.first_line as usize {
                0 if matches!(bytes, [] | [b'\r']) => {}
                0 => request_line::judge_begin(bytes, limits.max_target_bytes)?,
                line => request_line::judge_begin(&bytes[..line], limits.max_target_bytes)?,
            }
        }
        found
    }

    fn look(&mut self, bytes: &[u8], max_head: usize) -> Result<Option<Shape>, Refusal> {
        // Places in a head are kept in 32 bits.
        let max_head = max_head.min(u32::MAX as usize);
        for offset in memchr::memchr_iter(b'\n', &bytes[self.scanned..]) {
            let end = self.scanned + offset + 1;
            if self.lines == 0 {
                self.first_line = end.min(u32::MAX as usize) as u32;
            }
            if end > max_head {
                return Err(Refusal::HeadTooLarge);
            }
            match bytes[..end] {
                [.., b'\n', b'\r', b'\n'] => {
                    let shape = Shape {
                        len: end,
                        first_line: self.first_line as usize,
                        fields: self.lines as usize - 1,
                    };
                    *self = Self::new();
                    return Ok(Some(shape));
                }
                [.., b'\r', b'\n'] => self.lines += 1,
                _ => return Err(Refusal::BareLineFeed),
            }
        }
        self.scanned = bytes.len();
        if bytes.len() >= max_head { Err(Refusal::HeadTooLarge) } else { Ok(None) }
    }
}
