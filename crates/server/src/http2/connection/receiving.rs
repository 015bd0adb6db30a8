//! What comes on streams: requests, their content, and what the client says of windows.

use super::{Block, Connection, Farewell, Request};
use crate::http::Head;
use crate::http2::error_code::ErrorCode;
use crate::http2::frame::{self, FrameHead, flag};
use crate::http2::glitches;
use crate::http2::request::{Judged, Trailers};
use crate::http2::stream::{Incoming, Side, Stream};
use crate::http2::streams::Place;
use crate::limits::Limits;

/// In so many frames a block may come, the first not counted. An honest client fills them.
const MAX_CONTINUATIONS: usize = 32;

impl Connection {
    pub(super) fn headers(
        &mut self,
        frame: FrameHead,
        payload: &[u8],
        head: &mut Head,
        limits: &Limits,
    ) -> Result<Option<Request>, ErrorCode> {
        let mut block = frame::unpadded(frame, payload)?;
        if frame.has(flag::PRIORITY) {
            let (priority, rest) = block.split_at_checked(5).ok_or(ErrorCode::FRAME_SIZE_ERROR)?;
            judge_priority(frame.stream, priority)?;
            block = rest;
        }
        let ends_stream = frame.has(flag::END_STREAM);
        if frame.has(flag::END_HEADERS) {
            return self.block(frame.stream, ends_stream, block, head, limits);
        }
        let bytes = block.to_vec();
        self.block = Some(Box::new(Block { stream: frame.stream, ends_stream, bytes, frames: 0 }));
        Ok(None)
    }

    pub(super) fn continuation(
        &mut self,
        frame: FrameHead,
        payload: &[u8],
        head: &mut Head,
        limits: &Limits,
    ) -> Result<Option<Request>, ErrorCode> {
        let mut block = self.block.take().ok_or(ErrorCode::PROTOCOL_ERROR)?;
        block.bytes.extend_from_slice(payload);
        block.frames += 1;
        // What is coded is hardly ever longer than what it says.
        let most = limits.max_head_bytes.saturating_add(2 * frame::MAX_PAYLOAD);
        if block.frames > MAX_CONTINUATIONS || block.bytes.len() > most {
            return Err(ErrorCode::ENHANCE_YOUR_CALM);
        }
        if frame.has(flag::END_HEADERS) {
            return self.block(block.stream, block.ends_stream, &block.bytes, head, limits);
        }
        self.block = Some(block);
        Ok(None)
    }

    /// A complete block. Whatever its stream is, it is decoded, as later ones build on it.
    fn block(
        &mut self,
        id: u32,
        ends_stream: bool,
        block: &[u8],
        head: &mut Head,
        limits: &Limits,
    ) -> Result<Option<Request>, ErrorCode> {
        match self.streams.place(id) {
            Place::Idle => self.request(id, ends_stream, block, head, limits),
            Place::Live(index) if self.streams.at(index).request != Incoming::Ended => {
                self.trailers(id, ends_stream, block, limits)?;
                Ok(None)
            }
            Place::Live(_) => {
                self.throw_away(block)?;
                self.refuse(id, ErrorCode::STREAM_CLOSED)?;
                Ok(None)
            }
            Place::GivenUp => {
                self.throw_away(block)?;
                Ok(None)
            }
            Place::Closed if self.streams.is_skipped(id) => Err(ErrorCode::PROTOCOL_ERROR),
            Place::Closed => Err(ErrorCode::STREAM_CLOSED),
        }
    }

    fn throw_away(&mut self, block: &[u8]) -> Result<(), ErrorCode> {
        self.glitch(glitches::FRAME)?;
        let decoded = self.decoder.decode(block, &mut |_, _| {});
        decoded.map_err(|_| ErrorCode::COMPRESSION_ERROR)
    }

    fn request(
        &mut self,
        id: u32,
        ends_stream: bool,
        block: &[u8],
        head: &mut Head,
        limits: &Limits,
    ) -> Result<Option<Request>, ErrorCode> {
        self.streams.note(id)?;
        if let Farewell::After(last) = self.farewell
            && id > last
        {
            self.throw_away(block)?;
            return Ok(None);
        }
        let Self { decoder, fields, .. } = self;
        fields.clear();
        decoder
            .decode(block, &mut |name, value| fields.add(name, value, head, limits))
            .map_err(|_| ErrorCode::COMPRESSION_ERROR)?;
        let has_body = !ends_stream;
        let judged = fields.end(has_body, head, limits);
        fields.clear();
        let Ok(judged) = judged else {
            self.refuse(id, ErrorCode::PROTOCOL_ERROR)?;
            return Ok(None);
        };
        if self.streams.active() >= self.max_streams as usize {
            self.refuse(id, ErrorCode::REFUSED_STREAM)?;
            return Ok(None);
        }
        let Judged { is_head, refused, content_length } = judged;
        self.streams.begin(Stream::new(id, has_body, content_length, self.peer.initial_window));
        Ok(Some(Request { stream: id, is_head, has_body, content_length, refused }))
    }

    fn trailers(
        &mut self,
        id: u32,
        ends_stream: bool,
        block: &[u8],
        limits: &Limits,
    ) -> Result<(), ErrorCode> {
        let mut trailers = Trailers::new();
        self.decoder
            .decode(block, &mut |name, value| trailers.add(name, value, limits))
            .map_err(|_| ErrorCode::COMPRESSION_ERROR)?;
        let Some(stream) = self.streams.get(id) else { return Ok(()) };
        match trailers.end() {
            Ok(trailers) if ends_stream && stream.end_request().is_ok() => {
                stream.trailers = Some(trailers);
                stream.wake();
                Ok(())
            }
            // Section 8.1: they are the end of the request.
            _ => self.refuse(id, ErrorCode::PROTOCOL_ERROR),
        }
    }

    pub(super) fn data(&mut self, frame: FrameHead, payload: &[u8]) -> Result<(), ErrorCode> {
        self.receiving.take(payload.len())?;
        let data = frame::unpadded(frame, payload)?;
        let is_end = frame.has(flag::END_STREAM);
        if data.is_empty() && !is_end {
            self.glitch(glitches::FRAME)?;
        }
        match self.streams.place(frame.stream) {
            Place::Idle => Err(ErrorCode::PROTOCOL_ERROR),
            Place::Live(index) if self.streams.at(index).request != Incoming::Ended => {
                let padding = payload.len() - data.len();
                let stream = self.streams.at(index);
                let is_unwanted = stream.request == Incoming::Unwanted;
                let received =
                    stream.receiving.take(padding).and_then(|()| stream.receive(data, is_end));
                match received {
                    Ok(()) if is_unwanted => {
                        // The client gets no more of the stream's window for that.
                        self.release_connection(payload.len());
                        Ok(())
                    }
                    Ok(()) => {
                        stream.wake();
                        self.release(frame.stream, padding);
                        Ok(())
                    }
                    Err(code) => {
                        self.release_connection(payload.len());
                        self.refuse(frame.stream, code)
                    }
                }
            }
            place => {
                self.release_connection(payload.len());
                if place == Place::GivenUp {
                    Ok(())
                } else {
                    self.refuse(frame.stream, ErrorCode::STREAM_CLOSED)
                }
            }
        }
    }

    pub(super) fn rst_stream(&mut self, frame: FrameHead, payload: &[u8]) -> Result<(), ErrorCode> {
        frame::number(payload)?;
        if self.streams.place(frame.stream) == Place::Idle {
            return Err(ErrorCode::PROTOCOL_ERROR);
        }
        if let Some(stream) = self.streams.get(frame.stream) {
            stream.gone.get_or_insert(Side::Client);
            stream.wake();
        }
        self.glitch(glitches::RESET)
    }

    pub(super) fn window_update(
        &mut self,
        frame: FrameHead,
        payload: &[u8],
    ) -> Result<(), ErrorCode> {
        let more = i64::from(frame::number(payload)? & 0x7fff_ffff);
        if frame.stream == 0 {
            if more == 0 {
                return Err(ErrorCode::PROTOCOL_ERROR);
            }
            self.window.add(more)?;
            self.wake_waiting();
            return Ok(());
        }
        match self.streams.place(frame.stream) {
            Place::Idle => Err(ErrorCode::PROTOCOL_ERROR),
            Place::Live(_) if more == 0 => self.refuse(frame.stream, ErrorCode::PROTOCOL_ERROR),
            Place::Live(index) => {
                let stream = self.streams.at(index);
                match stream.window.add(more) {
                    Ok(()) => {
                        stream.wake();
                        Ok(())
                    }
                    Err(code) => self.refuse(frame.stream, code),
                }
            }
            Place::Closed | Place::GivenUp => Ok(()),
        }
    }

    pub(super) fn priority(&mut self, frame: FrameHead, payload: &[u8]) -> Result<(), ErrorCode> {
        if payload.len() != 5 {
            return Err(ErrorCode::FRAME_SIZE_ERROR);
        }
        judge_priority(frame.stream, payload)?;
        self.glitch(glitches::FRAME)
    }

    /// Gives a stream up for what the client did, also if the client has done so before.
    fn refuse(&mut self, id: u32, code: ErrorCode) -> Result<(), ErrorCode> {
        tracing::debug!(%code, stream = id, "an HTTP/2 stream is reset");
        if let Some(stream) = self.streams.get(id) {
            stream.gone = None;
        }
        self.reset(id, code);
        self.glitch(glitches::RESET)
    }
}

/// What it says is of no use any more (RFC 9113 section 5.3.2), but no stream depends on itself (RFC 7540 section 5.3.1).
fn judge_priority(stream: u32, priority: &[u8]) -> Result<(), ErrorCode> {
    let depends_on = priority.first_chunk().map(|bytes| u32::from_be_bytes(*bytes) & 0x7fff_ffff);
    if depends_on == Some(stream) { Err(ErrorCode::PROTOCOL_ERROR) } else { Ok(()) }
}
