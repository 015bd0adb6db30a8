//! A connection without I/O: what has come becomes requests and content, answers become frames.

mod receiving;
mod sending;

use std::collections::VecDeque;
use std::task::{Context, Waker};
use std::time::Duration;

use super::error_code::ErrorCode;
use super::frame::{self, FrameHead, flag, kind};
use super::glitches::{self, Glitches};
use super::hpack::{self, Decoder};
use super::output::Output;
use super::request::Fields;
use super::settings::{self, PeerSettings};
use super::stream::Side;
use super::streams::Streams;
use super::window::{self, Receiving, Window};
use crate::http::Head;
use crate::http1::{First, Input, Refusal, judge_preface};
use crate::limits::Limits;

pub use sending::{Gone, Received};

/// What goes with a goodbye, so that its answer tells that the client has heard it.
const GOODBYE: [u8; 8] = *b"catzilla";

/// One connection. Its owner reads into an [`Input`], asks [`receive`](Self::receive) what has come, answers, and sends
/// what stands in [`output`](Self::output).
#[derive(Debug)]
pub struct Connection {
    state: State,
    decoder: Decoder,
    fields: Fields,
    /// A field block whose end is still to come.
    block: Option<Box<Block>>,
    streams: Streams,
    max_streams: u32,
    peer: PeerSettings,
    /// What may be sent on all streams together.
    window: Window,
    receiving: Receiving,
    glitches: Glitches,
    farewell: Farewell,
    output: Output,
    /// Bytes that streams may read ahead of what is sent.
    reserved: usize,
    /// Streams that wait for room, or for the window of the connection, in the order in which they came.
    waiting: VecDeque<u32>,
    /// Streams that wait until they may read.
    readers: VecDeque<u32>,
    /// Whether the client was told that what it is sent needs no table.
    has_said_no_table: bool,
    owner: Option<Waker>,
}

/// How far the connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The client's preface is still to come.
    Preface,
    /// Its settings are, which have to be first.
    Settings,
    Open,
    /// There is nothing more to say.
    Ended,
}

/// How far this side has come with its goodbye (section 6.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Farewell {
    None,
    /// The client was told, and has to say that it heard.
    Announced,
    /// Later streams than this are ignored.
    After(u32),
}

/// A field block, as far as it has come.
#[derive(Debug)]
struct Block {
    stream: u32,
    ends_stream: bool,
    bytes: Vec<u8>,
    /// CONTINUATION frames.
    frames: usize,
}

/// What has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Nothing more: it has to be read.
    Read,
    /// The head of a request; it was written into the one that was lent.
    Request(Request),
    /// The connection is over, as soon as the output has been sent.
    Ended,
}

/// A request that has begun. Whoever takes it lets it go with [`Connection::close`], whatever becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Its stream.
    pub stream: u32,
    /// Whether HEAD is asked for, also by what was refused.
    pub is_head: bool,
    /// Whether content follows, or at least its end.
    pub has_body: bool,
    /// How much, if that was said.
    pub content_length: Option<u64>,
    /// The gate's judgement, if it didn't pass.
    pub refused: Option<Refusal>,
}

impl Connection {
    /// A connection on which nothing has come; its settings are in the output.
    pub fn new(limits: &Limits) -> Self {
        let mut output = Output::default();
        let max_head_bytes = u32::try_from(limits.max_head_bytes).unwrap_or(u32::MAX);
        settings::write_ours(limits.max_streams, max_head_bytes, output.buffer());
        Self {
            state: State::Preface,
            decoder: Decoder::new(hpack::DEFAULT_TABLE_SIZE as usize),
            fields: Fields::default(),
            block: None,
            streams: Streams::default(),
            max_streams: limits.max_streams,
            peer: PeerSettings::default(),
            window: Window::new(Window::INITIAL),
            receiving: Receiving::new(window::OF_CONNECTION),
            glitches: Glitches::new(limits.max_glitches),
            farewell: Farewell::None,
            output,
            reserved: 0,
            waiting: VecDeque::new(),
            readers: VecDeque::new(),
            has_said_no_table: false,
            owner: None,
        }
    }

    /// What has come. The head of a request is written into `head`; `now` is a time that goes forward, in whichever steps.
    pub fn receive(
        &mut self,
        input: &mut Input,
        head: &mut Head,
        limits: &Limits,
        now: Duration,
    ) -> Event {
        self.glitches.look(now);
        loop {
            let received = match self.state {
                State::Ended => return Event::Ended,
                State::Preface => match judge_preface(input.bytes()) {
                    First::Unclear => return Event::Read,
                    First::Other => Err(ErrorCode::PROTOCOL_ERROR),
                    First::Preface => {
                        input.consume(crate::http1::PREFACE.len());
                        self.state = State::Settings;
                        Ok(None)
                    }
                },
                State::Settings | State::Open => {
                    let bytes = input.bytes();
                    let Some(frame) = FrameHead::parse(bytes) else { return Event::Read };
                    if frame.len > frame::MAX_PAYLOAD {
                        Err(ErrorCode::FRAME_SIZE_ERROR)
                    } else {
                        let end = frame::HEAD + frame.len;
                        let Some(payload) = bytes.get(frame::HEAD..end) else { return Event::Read };
                        let received = self.frame(frame, payload, head, limits);
                        input.consume(end);
                        received
                    }
                }
            };
            match received {
                Ok(None) if self.is_done() => self.end(),
                Ok(None) => {}
                Ok(Some(request)) => return Event::Request(request),
                Err(code) => self.fail(code),
            }
        }
    }

    /// One frame. An error ends the connection.
    fn frame(
        &mut self,
        frame: FrameHead,
        payload: &[u8],
        head: &mut Head,
        limits: &Limits,
    ) -> Result<Option<Request>, ErrorCode> {
        if self.state == State::Settings {
            if frame.kind != kind::SETTINGS || frame.has(flag::ACK) {
                return Err(ErrorCode::PROTOCOL_ERROR);
            }
            self.state = State::Open;
        }
        let goes_on =
            |block: &Block| frame.kind == kind::CONTINUATION && frame.stream == block.stream;
        if !self.block.as_deref().is_none_or(goes_on) {
            return Err(ErrorCode::PROTOCOL_ERROR);
        }
        let is_of_connection = matches!(frame.kind, kind::SETTINGS | kind::PING | kind::GOAWAY);
        let may_be_either = frame.kind == kind::WINDOW_UPDATE || frame.kind > kind::CONTINUATION;
        if is_of_connection != (frame.stream == 0) && !may_be_either {
            return Err(ErrorCode::PROTOCOL_ERROR);
        }
        match frame.kind {
            kind::DATA => self.data(frame, payload)?,
            kind::HEADERS => return self.headers(frame, payload, head, limits),
            kind::CONTINUATION => return self.continuation(frame, payload, head, limits),
            kind::PRIORITY => self.priority(frame, payload)?,
            kind::RST_STREAM => self.rst_stream(frame, payload)?,
            kind::SETTINGS => self.settings(frame, payload)?,
            kind::PUSH_PROMISE => return Err(ErrorCode::PROTOCOL_ERROR),
            kind::PING => self.ping(frame, payload)?,
            kind::GOAWAY if payload.len() < 8 => return Err(ErrorCode::FRAME_SIZE_ERROR),
            // It begins no more streams; those that are there are answered.
            kind::GOAWAY => self.leave(),
            kind::WINDOW_UPDATE => self.window_update(frame, payload)?,
            _ => self.glitch(glitches::FRAME)?,
        }
        Ok(None)
    }

    fn settings(&mut self, frame: FrameHead, payload: &[u8]) -> Result<(), ErrorCode> {
        if frame.has(flag::ACK) {
            return if payload.is_empty() { Ok(()) } else { Err(ErrorCode::FRAME_SIZE_ERROR) };
        }
        self.glitch(glitches::FRAME)?;
        let before = self.peer.initial_window;
        self.peer.update(payload)?;
        let more = i64::from(self.peer.initial_window) - i64::from(before);
        for stream in self.streams.iter_mut() {
            stream.window.add(more)?;
            stream.wake();
        }
        frame::write(kind::SETTINGS, flag::ACK, 0, &[], self.output.buffer());
        Ok(())
    }

    fn ping(&mut self, frame: FrameHead, payload: &[u8]) -> Result<(), ErrorCode> {
        if payload.len() != 8 {
            return Err(ErrorCode::FRAME_SIZE_ERROR);
        }
        if !frame.has(flag::ACK) {
            frame::write(kind::PING, flag::ACK, 0, payload, self.output.buffer());
        } else if self.farewell == Farewell::Announced && payload == GOODBYE {
            self.say_goodbye();
            return Ok(());
        }
        self.glitch(glitches::FRAME)
    }

    fn glitch(&mut self, weight: u32) -> Result<(), ErrorCode> {
        if self.glitches.add(weight) { Ok(()) } else { Err(ErrorCode::ENHANCE_YOUR_CALM) }
    }

    /// Takes no more streams than those that are on their way (RFC 9113 section 6.8).
    pub fn leave(&mut self) {
        if self.farewell == Farewell::None && self.state != State::Ended {
            self.farewell = Farewell::Announced;
            let output = self.output.buffer();
            frame::write_goaway(0x7fff_ffff, ErrorCode::NO_ERROR, output);
            frame::write(kind::PING, 0, 0, &GOODBYE, output);
        }
    }

    /// Now both sides know which streams there will have been.
    fn say_goodbye(&mut self) {
        let last = self.streams.last();
        self.farewell = Farewell::After(last);
        frame::write_goaway(last, ErrorCode::NO_ERROR, self.output.buffer());
    }

    /// Whether all is said and done.
    fn is_done(&self) -> bool {
        matches!(self.farewell, Farewell::After(_)) && self.streams.is_empty()
    }

    /// Nothing more comes from the client: its side of the socket is shut.
    pub fn end_of_input(&mut self) {
        self.end();
    }

    /// Ends with an error.
    fn fail(&mut self, code: ErrorCode) {
        tracing::debug!(%code, "an HTTP/2 connection ends");
        frame::write_goaway(self.streams.last(), code, self.output.buffer());
        self.end();
    }

    fn end(&mut self) {
        self.state = State::Ended;
        self.block = None;
        for stream in self.streams.iter_mut() {
            stream.gone.get_or_insert(Side::Us);
            stream.wake();
        }
    }

    /// Whether the connection is over, but for what is in the output.
    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Whether the client has said what it speaks, and how.
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Whether it takes no more streams than those that are on their way.
    pub fn is_leaving(&self) -> bool {
        self.farewell != Farewell::None
    }

    /// Whether nothing is under way: no stream, and no block of one.
    pub fn is_idle(&self) -> bool {
        self.streams.is_empty() && self.block.is_none()
    }

    /// What is to be sent.
    pub fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    /// Wakes the owner of the connection as soon as there is something to send for a stream.
    pub fn wait(&mut self, cx: &Context<'_>) {
        self.owner = Some(cx.waker().clone());
    }

    /// The owner of the connection is at work, and need not be woken.
    pub fn begin_turn(&mut self) {
        self.owner = None;
    }

    fn wake_owner(&mut self) {
        if let Some(owner) = self.owner.take() {
            owner.wake();
        }
    }

    /// Bytes of the output have gone: there may be room for those who wait.
    pub fn sent(&mut self, bytes: usize) {
        self.output.advance(bytes);
        if self.output.len() <= Output::LOW {
            self.wake_waiting();
        }
    }

    /// As many of those who wait have another look as there may be enough for. Whoever doesn't take it calls this, too.
    fn wake_waiting(&mut self) {
        let enough = self.window.available().min(self.output.room()).div_ceil(frame::MAX_PAYLOAD);
        let mut woken = 0;
        while woken < enough
            && let Some(id) = self.waiting.pop_front()
        {
            if let Some(stream) = self.streams.get(id) {
                stream.is_waiting = false;
                stream.wake();
                woken += 1;
            }
        }
    }
}
