//! What the owners of streams do: answer, send content as windows and room allow, read content, let go.

use std::task::{Context, Poll};

use ::http::header::{HeaderMap, HeaderName};
use bytes::Bytes;

use super::Connection;
use crate::headers::is_of_the_connection;
use crate::http2::error_code::ErrorCode;
use crate::http2::frame::{self, FrameHead, flag, kind};
use crate::http2::hpack;
use crate::http2::stream::{Incoming, Outgoing, Side, Stream};
use crate::status::Status;

/// As much may be read ahead of what is sent, in bytes: by several streams at once, so that a file that is slow to read
/// doesn't keep others waiting.
const AHEAD: usize = 256 * 1024;

/// The stream was given up, or its response has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// More of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// Content.
    Data(Bytes),
    /// The end, and the fields behind it.
    End(Option<HeaderMap>),
}

impl Connection {
    /// Begins a response. `write_fields` appends its fields, coded.
    ///
    /// # Errors
    /// Nobody waits for it, or it has begun before.
    pub fn respond(
        &mut self,
        id: u32,
        status: Status,
        is_end: bool,
        write_fields: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Gone> {
        let stream = self.sendable(id)?;
        if stream.response != Outgoing::Expected {
            return Err(Gone);
        }
        stream.response = Outgoing::Begun;
        self.head_of(id, status, is_end, write_fields);
        self.ends(id, is_end);
        Ok(())
    }

    /// Announces a response, unless it has begun: a status of 1xx, without fields (RFC 9110 section 15.2).
    pub fn interim(&mut self, id: u32, status: Status) {
        if self.sendable(id).is_ok_and(|stream| stream.response == Outgoing::Expected) {
            self.head_of(id, status, false, |_| {});
            self.wake_owner();
        }
    }

    fn head_of(
        &mut self,
        id: u32,
        status: Status,
        is_end: bool,
        write_fields: impl FnOnce(&mut Vec<u8>),
    ) {
        let says_no_table = self.peer.has_smaller_table && !self.has_said_no_table;
        self.has_said_no_table |= says_no_table;
        self.block_of(id, is_end, |out| {
            if says_no_table {
                out.push(hpack::encode::NO_TABLE);
            }
            hpack::encode::status(status.code(), out);
            write_fields(out);
        });
    }

    /// Ends a response with fields; those of a connection are left out.
    ///
    /// # Errors
    /// Nobody waits for it.
    pub fn send_trailers(&mut self, id: u32, trailers: &HeaderMap) -> Result<(), Gone> {
        self.sendable(id)?;
        self.block_of(id, true, |out| {
            let of_content = |name: &&HeaderName| !is_of_the_connection(name.as_str().as_bytes());
            for (name, value) in trailers.iter().filter(|(name, _)| of_content(name)) {
                hpack::encode::field(name.as_str().as_bytes(), value.as_bytes(), out);
            }
        });
        self.ends(id, true);
        Ok(())
    }

    /// Appends a field block, in as many frames as it takes.
    fn block_of(&mut self, stream: u32, is_end: bool, write: impl FnOnce(&mut Vec<u8>)) {
        let most = self.peer.max_payload;
        let out = self.output.buffer();
        let begin = out.len();
        out.extend_from_slice(&[0; frame::HEAD]);
        write(out);
        let end_stream = if is_end { flag::END_STREAM } else { 0 };
        let len = out.len() - begin - frame::HEAD;
        let head = |kind, flags, len| FrameHead { len, kind, flags, stream }.to_bytes();
        if len <= most {
            let head = head(kind::HEADERS, end_stream | flag::END_HEADERS, len);
            out[begin..begin + frame::HEAD].copy_from_slice(&head);
        } else {
            let block = out.split_off(begin + frame::HEAD);
            out.truncate(begin);
            let mut pieces = block.chunks(most).peekable();
            let mut is_first = true;
            while let Some(piece) = pieces.next() {
                let (kind, flags) = if std::mem::take(&mut is_first) {
                    (kind::HEADERS, end_stream)
                } else {
                    (kind::CONTINUATION, 0)
                };
                let is_last = pieces.peek().is_none();
                let flags = flags | if is_last { flag::END_HEADERS } else { 0 };
                out.extend_from_slice(&head(kind, flags, piece.len()));
                out.extend_from_slice(piece);
            }
        }
    }

    fn sendable(&mut self, id: u32) -> Result<&mut Stream, Gone> {
        let is_open =
            |stream: &&mut Stream| stream.gone.is_none() && stream.response != Outgoing::Ended;
        self.streams.get(id).filter(is_open).ok_or(Gone)
    }

    fn ends(&mut self, id: u32, is_end: bool) {
        if is_end && let Some(stream) = self.streams.get(id) {
            stream.response = Outgoing::Ended;
        }
        self.wake_owner();
    }

    /// Whether windows allow so much content at once, and there is room.
    pub fn allows(&mut self, id: u32, bytes: usize) -> bool {
        let of_connection = self.window.available();
        !self.output.is_full()
            && self
                .sendable(id)
                .is_ok_and(|stream| bytes <= of_connection.min(stream.window.available()))
    }

    /// Waits until content can be sent, and says how much: one byte at least. Who waits before the content is sent may
    /// find less then.
    ///
    /// # Errors
    /// Nobody waits for it any more.
    pub fn poll_capacity(&mut self, id: u32, cx: &Context<'_>) -> Poll<Result<usize, Gone>> {
        let (of_connection, has_room) = (self.window.available(), !self.output.is_full());
        let Ok(stream) = self.sendable(id) else { return Poll::Ready(Err(Gone)) };
        let of_stream = stream.window.available();
        if of_stream > 0 && of_connection > 0 && has_room {
            return Poll::Ready(Ok(of_connection.min(of_stream)));
        }
        stream.wait(cx);
        if of_stream == 0 {
            // It may have been woken instead of another.
            if of_connection > 0 && has_room {
                self.wake_waiting();
            }
        } else {
            self.join_waiting(id);
        }
        Poll::Pending
    }

    /// Waits until so many bytes may be read for it, ahead of what is sent. They are counted until they have been sent, or
    /// the stream is let go.
    ///
    /// # Errors
    /// Nobody waits for it any more.
    pub fn poll_reserve(
        &mut self,
        id: u32,
        bytes: usize,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Gone>> {
        let has_room = self.reserved == 0 || self.reserved + bytes <= AHEAD;
        let Ok(stream) = self.sendable(id) else { return Poll::Ready(Err(Gone)) };
        if stream.reserved > 0 {
            return Poll::Ready(Ok(()));
        }
        if has_room {
            stream.reserved = bytes;
            self.reserved += bytes;
            return Poll::Ready(Ok(()));
        }
        stream.wait(cx);
        if !std::mem::replace(&mut stream.waits_to_read, true) {
            self.readers.push_back(id);
        }
        Poll::Pending
    }

    fn unreserve(&mut self, bytes: usize) {
        if bytes > 0 {
            self.reserved -= bytes;
            for id in std::mem::take(&mut self.readers) {
                if let Some(stream) = self.streams.get(id) {
                    stream.waits_to_read = false;
                    stream.wake();
                }
            }
        }
    }

    fn join_waiting(&mut self, id: u32) {
        if let Some(stream) = self.streams.get(id)
            && !std::mem::replace(&mut stream.is_waiting, true)
        {
            self.waiting.push_back(id);
        }
    }

    /// Sends content, as much as windows allow, and nothing where there is no room; says how much that was. `is_end`: with
    /// it the response ends, if all of it could be sent.
    ///
    /// # Errors
    /// Nobody waits for it any more.
    pub fn send(&mut self, id: u32, data: &[u8], is_end: bool) -> Result<usize, Gone> {
        let of_connection = if self.output.is_full() { 0 } else { self.window.available() };
        let most = self.peer.max_payload;
        let stream = self.sendable(id)?;
        let len = data.len().min(of_connection).min(stream.window.available());
        let is_whole = len == data.len();
        let unreserved = if is_whole { std::mem::take(&mut stream.reserved) } else { 0 };
        // Both have been asked.
        let _ = stream.window.take(len);
        let _ = self.window.take(len);
        let is_end = is_end && is_whole;
        let out = self.output.buffer();
        let mut rest = &data[..len];
        while !rest.is_empty() || is_end {
            let (piece, after) = rest.split_at(rest.len().min(most));
            rest = after;
            let ends = is_end && rest.is_empty();
            let flags = if ends { flag::END_STREAM } else { 0 };
            frame::write(kind::DATA, flags, id, piece, out);
            if ends {
                break;
            }
        }
        self.unreserve(unreserved);
        self.ends(id, is_end);
        if !self.waiting.is_empty() && self.window.available() > 0 && !self.output.is_full() {
            self.wake_waiting();
        }
        Ok(len)
    }

    /// Waits until nobody waits for the response any more.
    pub fn poll_gone(&mut self, id: u32, cx: &Context<'_>) -> Poll<()> {
        match self.streams.get(id) {
            Some(stream) if stream.gone.is_none() => {
                stream.wait(cx);
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }

    /// More of the request's content, of which the client may then send as much again.
    ///
    /// # Errors
    /// The stream was given up before.
    pub fn poll_content(&mut self, id: u32, cx: &Context<'_>) -> Poll<Result<Received, Gone>> {
        let Some(stream) = self.streams.get(id).filter(|stream| stream.gone.is_none()) else {
            return Poll::Ready(Err(Gone));
        };
        if !stream.content.is_empty() {
            let data = stream.content.split().freeze();
            self.release(id, data.len());
            return Poll::Ready(Ok(Received::Data(data)));
        }
        if stream.request == Incoming::Ended {
            return Poll::Ready(Ok(Received::End(stream.trailers.take())));
        }
        stream.wait(cx);
        Poll::Pending
    }

    /// Nobody will read the content: what has come of it is thrown away, and what will come.
    pub fn throw_content_away(&mut self, id: u32) {
        if let Some(stream) = self.streams.get(id) {
            if stream.request == Incoming::Open {
                stream.request = Incoming::Unwanted;
            }
            let unread = std::mem::take(&mut stream.content).len();
            self.release_connection(unread);
        }
    }

    /// Whether the client has sent as much as it was allowed, so that it isn't the one who is waited for.
    pub fn has_client_used_up(&self) -> bool {
        self.receiving.is_used_up()
    }

    /// Content was taken in, or padding thrown away.
    pub(super) fn release(&mut self, id: u32, bytes: usize) {
        self.release_connection(bytes);
        let stream = self.streams.get(id).filter(|stream| stream.request == Incoming::Open);
        if let Some(more) = stream.and_then(|stream| stream.receiving.release(bytes))
            && !self.is_ended()
        {
            frame::write_number(kind::WINDOW_UPDATE, id, more, self.output.buffer());
            self.wake_owner();
        }
    }

    /// The same for a stream that is over.
    pub(super) fn release_connection(&mut self, bytes: usize) {
        if let Some(more) = self.receiving.release(bytes)
            && !self.is_ended()
        {
            frame::write_number(kind::WINDOW_UPDATE, 0, more, self.output.buffer());
            self.wake_owner();
        }
    }

    /// Gives a stream up.
    pub fn reset(&mut self, id: u32, code: ErrorCode) {
        let is_known_gone = match self.streams.get(id) {
            Some(stream) => {
                stream.wake();
                stream.gone.replace(Side::Us).is_some()
            }
            None => false,
        };
        self.streams.give_up(id);
        if !is_known_gone && !self.is_ended() {
            frame::write_number(kind::RST_STREAM, id, code.0, self.output.buffer());
            self.wake_owner();
        }
    }

    /// Its owner lets a stream go: what is left to come of its request isn't wanted, what is left to send isn't there.
    pub fn close(&mut self, id: u32) {
        let Some(stream) = self.streams.get(id) else { return };
        if stream.gone.is_none() {
            match (stream.request, stream.response) {
                (Incoming::Ended, Outgoing::Ended) => {}
                // RFC 9113 section 8.1: so the client may stop sending, and take the answer.
                (_, Outgoing::Ended) => self.reset(id, ErrorCode::NO_ERROR),
                (_, Outgoing::Expected | Outgoing::Begun) => self.reset(id, ErrorCode::CANCEL),
            }
        }
        let Some(stream) = self.streams.remove(id) else { return };
        self.release_connection(stream.content.len());
        self.unreserve(stream.reserved);
        // It may have been woken instead of another.
        self.wake_waiting();
        if self.is_done() {
            self.end();
            self.wake_owner();
        }
    }
}
