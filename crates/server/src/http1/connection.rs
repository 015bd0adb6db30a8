//! One connection as a state machine: heads, bodies, keep-alive, the end.
//! Answers whose content comes later, and other protocols, are told in `connection/`.

mod reading;
mod streaming;
mod switching;

use std::ops::Range;

use super::body::Body;
use super::date_line::DateLine;
use super::event::{Event, Phase};
use super::head::{Request, RequestHead};
use super::head_end::{HeadEnd, Shape};
use super::input::Input;
use super::outbox::Outbox;
use super::preface::{self, First};
use super::refusal::Refusal;
use super::render::{Persistence, render};
use streaming::Streaming;

use super::request_line::Method;
use crate::limits::Limits;
use crate::plan::ResponsePlan;
pub use streaming::ContentError;

/// Empty lines that may stand before a request line. Clients of old send one after a body
/// (RFC 9112 section 2.2).
const MAX_EMPTY_LINES: u8 = 4;

/// The server's side of an HTTP/1.1 connection, without I/O.
///
/// Call [`next`](Self::next) until it wants input, answer every request and every refusal once, and
/// send the outbox before reading on.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that don't exclude one another")]
pub struct Connection {
    state: State,
    head_end: HeadEnd,
    /// Where the message at hand has its next unread byte: behind its head, then behind what was
    /// taken of its body.
    at: usize,
    /// Bytes of the head of the request that awaits its answer.
    head_len: usize,
    /// Empty lines before the head at hand.
    empty_lines: u8,
    body: Option<Body>,
    /// Bytes of content that the body may still have.
    allowance: u64,
    /// The answer whose content is under way.
    streaming: Option<Streaming>,
    requests: u64,
    discarded: u64,
    method: Method,
    minor: u8,
    persistent: bool,
    expects_continue: bool,
    end_of_input: bool,
    draining: bool,
    /// Whether what comes may still be the preface of HTTP/2.
    may_be_http2: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A head is next.
    Head,
    /// A request awaits its answer.
    Asked,
    /// So does a refusal.
    Refused,
    /// The caller wants the body; the answer comes later.
    Reading,
    /// The rest of an unwanted body is next.
    Discarding,
    Closing {
        linger: bool,
    },
    /// Whatever comes is refused.
    Doomed(Refusal),
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}

impl Connection {
    /// A connection that nothing has been received on.
    pub const fn new() -> Self {
        Self {
            state: State::Head,
            head_end: HeadEnd::new(),
            at: 0,
            head_len: 0,
            empty_lines: 0,
            body: None,
            allowance: 0,
            streaming: None,
            requests: 0,
            discarded: 0,
            method: Method::Other,
            minor: 1,
            persistent: false,
            expects_continue: false,
            end_of_input: false,
            draining: false,
            may_be_http2: false,
        }
    }

    /// Whether the client may begin with the preface of HTTP/2 instead of a request. Default: no.
    pub const fn may_be_http2(mut self, on: bool) -> Self {
        self.may_be_http2 = on;
        self
    }

    /// What comes next. While an answer is expected there is nothing next but the body that was asked
    /// for; the engine says [`Event::Read`] then, and reading on is not useful.
    pub fn next(&mut self, input: &mut Input, head: &mut RequestHead, limits: &Limits) -> Event {
        match self.state {
            State::Head => self.next_head(input, head, limits),
            State::Asked | State::Refused => Event::Read,
            State::Reading => self.next_of_body(input, limits),
            State::Discarding => self.discard(input, head, limits),
            State::Closing { linger } => Event::Close { linger },
            // So much tells a HEAD, whose answer has no content.
            State::Doomed(_) if input.bytes().len() < 5 && !self.end_of_input => Event::Read,
            State::Doomed(refusal) => self.refuse_head(refusal, input, head),
        }
    }

    /// The request that awaits its answer, be it that its body was refused.
    pub fn request<'a>(&self, input: &'a Input, head: &'a RequestHead) -> Request<'a> {
        debug_assert!(
            matches!(self.state, State::Asked | State::Reading | State::Refused),
            "no request awaits an answer"
        );
        Request::new(head, input.bytes())
    }

    /// Whether what awaits its answer came with HEAD, refused or not: its answer has no body.
    pub fn is_head(&self) -> bool {
        self.method == Method::Head
    }

    /// The bytes that [`Event::Body`] points into.
    pub fn body<'a>(&self, input: &'a Input, range: &Range<usize>) -> &'a [u8] {
        &input.bytes()[range.clone()]
    }

    /// Renders the answer to the request, or to what was refused, and decides whether the connection lives.
    /// Half a head may be answered, too, when it has taken too long.
    pub fn answer(
        &mut self,
        plan: ResponsePlan,
        input: &mut Input,
        outbox: &mut Outbox,
        date: &DateLine,
        limits: &Limits,
    ) {
        let answers_request = matches!(self.state, State::Asked | State::Reading);
        if self.state == State::Head {
            // The caller has lost its patience with half a head.
            self.method = Method::of_begin(input.bytes());
        }
        self.requests += 1;
        let goes_on =
            answers_request && self.can_skip_body(limits) && self.may_go_on(&plan, input, limits);
        let persistence = self.persistence(goes_on);
        render(plan, self.method, persistence, outbox, date);
        self.finish(persistence == Persistence::Close, answers_request, input);
    }

    /// What the answer says about the connection.
    fn persistence(&self, goes_on: bool) -> Persistence {
        match (goes_on, self.minor) {
            (false, _) => Persistence::Close,
            (true, 0) => Persistence::SaidSo,
            (true, _) => Persistence::Implied,
        }
    }

    /// The answer is complete: what comes next.
    fn finish(&mut self, close: bool, answers_request: bool, input: &mut Input) {
        input.consume(self.at);
        self.at = 0;
        self.state = if close {
            // Only a client that sends no more can't be disturbed by a reset. One that would have gone on
            // may have sent its next request before it reads that this was the last.
            let sends_on = self.persistent || !answers_request || self.body.is_some();
            let linger = !self.end_of_input && (sends_on || !input.is_empty());
            State::Closing { linger }
        } else if self.body.is_some() {
            self.discarded = 0;
            State::Discarding
        } else {
            State::Head
        };
    }

    /// Refuses the first message, whatever it is: it came over what it must not come over.
    pub(crate) fn refuse_next(&mut self, refusal: Refusal) {
        self.state = State::Doomed(refusal);
    }

    /// The client has shut down its side: what is complete is still answered.
    pub fn end_of_input(&mut self) {
        self.end_of_input = true;
    }

    /// Takes no new requests: what has begun is answered, with `Connection: close`.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// What the connection is busy with.
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Head if self.head_end.has_begun() => Phase::Head,
            State::Doomed(_) => Phase::Head,
            State::Head => Phase::Idle,
            State::Asked | State::Refused => Phase::Answering,
            State::Reading | State::Discarding => Phase::Body,
            State::Closing { .. } => Phase::Closing,
        }
    }

    fn next_head(&mut self, input: &mut Input, head: &mut RequestHead, limits: &Limits) -> Event {
        if self.may_be_http2 {
            match preface::judge(input.bytes()) {
                First::Preface => return Event::Preface,
                First::Unclear if input.is_empty() => {}
                First::Unclear if !self.end_of_input => return Event::Read,
                First::Unclear | First::Other => self.may_be_http2 = false,
            }
        }
        let found =
            self.skip_empty_lines(input).and_then(|()| self.head_end.find(input.bytes(), limits));
        match found {
            Ok(Some(shape)) => self.begin_request(shape, input, head, limits),
            Ok(None) => {
                let is_empty = input.is_empty();
                if self.end_of_input || (self.draining && is_empty) {
                    self.state = State::Closing { linger: false };
                    return Event::Close { linger: false };
                }
                if is_empty { Event::Idle } else { Event::Read }
            }
            Err(refusal) => self.refuse_head(refusal, input, head),
        }
    }

    /// RFC 9112 section 2.2: empty lines before a request line are ignored; a flood of them is none.
    fn skip_empty_lines(&mut self, input: &mut Input) -> Result<(), Refusal> {
        while let [b'\r', b'\n', ..] = input.bytes() {
            if self.empty_lines == MAX_EMPTY_LINES {
                return Err(Refusal::RequestLine);
            }
            self.empty_lines += 1;
            input.consume(2);
            self.head_end = HeadEnd::new();
        }
        Ok(())
    }

    fn begin_request(
        &mut self,
        shape: Shape,
        input: &Input,
        head: &mut RequestHead,
        limits: &Limits,
    ) -> Event {
        self.empty_lines = 0;
        if let Err(refusal) = head.parse(input.bytes(), shape, limits) {
            return self.refuse_head(refusal, input, head);
        }
        self.method = head.method();
        let framing = head.framing();
        self.minor = head.minor();
        self.persistent = framing.persistent;
        self.expects_continue = framing.expects_continue;
        self.body = Body::new(framing.body);
        self.at = shape.len;
        self.head_len = shape.len;
        self.state = State::Asked;
        Event::Request
    }

    fn refuse_head(&mut self, refusal: Refusal, input: &Input, head: &mut RequestHead) -> Event {
        head.clear();
        self.method = Method::of_begin(input.bytes());
        self.refuse(refusal)
    }

    fn refuse(&mut self, refusal: Refusal) -> Event {
        self.persistent = false;
        self.state = State::Refused;
        Event::Refused(refusal)
    }

    /// Whether another request may follow this answer, if the body of this one is no hindrance.
    fn may_go_on(&self, plan: &ResponsePlan, input: &Input, limits: &Limits) -> bool {
        let more_may_come = !self.end_of_input || input.bytes().len() > self.at;
        self.persistent
            && !plan.close
            && !self.draining
            && more_may_come
            && self.requests < limits.max_requests_per_connection
    }
}
