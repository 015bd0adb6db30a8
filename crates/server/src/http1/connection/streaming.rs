//! Answers whose content comes later, piece by piece: announced by a length, in chunks (RFC 9112 section 7.1), or
//! ended by the end of the connection, as HTTP/1.0 has it.

use std::fmt;
use std::io::Write;

use bytes::Bytes;

use super::Connection;
use crate::http1::date_line::DateLine;
use crate::http1::input::Input;
use crate::http1::outbox::Outbox;
use crate::http1::render::{COPIED, Framing, Persistence, head};
use crate::limits::Limits;
use crate::plan::ResponsePlan;

/// An answer under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streaming {
    end: End,
    close: bool,
}

/// What ends the content.
#[derive(Debug, Clone, Copy)]
enum End {
    /// So many bytes more.
    Counted(u64),
    /// The last chunk.
    Chunk,
    /// The connection.
    Close,
}

/// Content of another length than was announced: the connection has to be cut, for nobody can make it true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentError {
    /// More came.
    TooLong,
    /// It ended before.
    TooShort,
}

impl Connection {
    /// Renders the head of an answer to the request whose content comes later, through
    /// [`content`](Self::content) and [`end_content`](Self::end_content); the body of the plan is not looked at.
    /// `length` is how long it will be, if that is known. Meanwhile the body of the request may be read.
    ///
    /// Only where there is content: an answer to HEAD, or of a status without any, is one for
    /// [`answer`](Self::answer).
    pub fn begin_answer(
        &mut self,
        plan: ResponsePlan,
        length: Option<u64>,
        input: &Input,
        outbox: &mut Outbox,
        date: &DateLine,
        limits: &Limits,
    ) {
        debug_assert!(!self.is_head() && !plan.status.is_bodiless(), "there is no content");
        self.requests += 1;
        let (framing, end) = match (length, self.minor) {
            (Some(length), _) => (Framing::Counted(length), End::Counted(length)),
            // RFC 9112 section 6.1: whoever asks by HTTP/1.0 doesn't know chunks.
            (None, 0) => (Framing::Unsaid, End::Close),
            (None, _) => (Framing::Chunked, End::Chunk),
        };
        let ends_by_close = matches!(end, End::Close);
        // Who was not told to go on may never send the body; what is left of others may be read yet.
        let is_left_unsent = self.body.is_some() && self.expects_continue;
        let goes_on = !ends_by_close && !is_left_unsent && self.may_go_on(&plan, input, limits);
        let persistence = self.persistence(goes_on);
        head(plan, framing, persistence, outbox, date);
        outbox.commit();
        self.streaming = Some(Streaming { end, close: persistence == Persistence::Close });
    }

    /// Whether the head of an answer was rendered, and its content isn't complete.
    pub fn is_streaming(&self) -> bool {
        self.streaming.is_some()
    }

    /// Whether the end of the connection is what ends the content: cutting it has to be told from ending it.
    pub fn ends_by_close(&self) -> bool {
        matches!(self.streaming, Some(Streaming { end: End::Close, .. }))
    }

    /// The next content of the answer that has begun.
    ///
    /// # Errors
    /// When it is more than was announced. Nothing of it is queued.
    pub fn content(&mut self, bytes: Bytes, outbox: &mut Outbox) -> Result<(), ContentError> {
        let Some(streaming) = &mut self.streaming else { return Err(ContentError::TooLong) };
        // An empty chunk would be the last one.
        if bytes.is_empty() {
            return Ok(());
        }
        let is_chunk = match &mut streaming.end {
            End::Counted(left) => {
                *left = left.checked_sub(bytes.len() as u64).ok_or(ContentError::TooLong)?;
                false
            }
            End::Chunk => true,
            End::Close => false,
        };
        if is_chunk {
            let _ = write!(outbox.rendered(), "{:x}\r\n", bytes.len());
        }
        if bytes.len() <= COPIED {
            outbox.rendered().extend_from_slice(&bytes);
        } else {
            outbox.push_memory(bytes);
        }
        if is_chunk {
            outbox.rendered().extend_from_slice(b"\r\n");
        }
        outbox.commit();
        Ok(())
    }

    /// The content is complete. What of the body of the request nobody has read is thrown away, or the connection
    /// ends.
    ///
    /// # Errors
    /// When it is less than was announced.
    pub fn end_content(
        &mut self,
        input: &mut Input,
        outbox: &mut Outbox,
        limits: &Limits,
    ) -> Result<(), ContentError> {
        let Some(Streaming { end, close }) = self.streaming else {
            return Err(ContentError::TooShort);
        };
        match end {
            End::Counted(0) | End::Close => {}
            End::Counted(_) => return Err(ContentError::TooShort),
            End::Chunk => outbox.rendered().extend_from_slice(b"0\r\n\r\n"),
        }
        outbox.end_response();
        self.streaming = None;
        // What was hoped for when the head was rendered may have come otherwise.
        let close = close || !self.can_skip_body(limits);
        self.finish(close, true, input);
        Ok(())
    }
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the content is longer than was announced",
            Self::TooShort => "the content is shorter than was announced",
        })
    }
}

impl std::error::Error for ContentError {}
