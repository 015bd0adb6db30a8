//! An engine with a caller that answers every request with what it understood.

use std::time::SystemTime;

use catzilla_server::http1::{
    Connection, DateLine, Event, Input, Outbox, Output, Refusal, RequestHead, Target,
};
use catzilla_server::{Block, Body, Limits, Overlay, ResponsePlan, Status};
use catzilla_testkit::laws::connection::Transcript;
use catzilla_testkit::response::{self, Response};

pub(crate) struct Driver {
    pub(crate) engine: Connection,
    pub(crate) input: Input,
    pub(crate) head: RequestHead,
    pub(crate) outbox: Outbox,
    pub(crate) limits: Limits,
    date: DateLine,
    /// Everything sent so far.
    pub(crate) sent: Vec<u8>,
    /// Whether each answer was to HEAD.
    to_head: Vec<bool>,
    /// What the gate refused, if it did.
    pub(crate) refused: Option<Refusal>,
    /// How the connection ended, if it did.
    pub(crate) closed: Option<bool>,
    /// Whether the client takes nothing of what is sent.
    pub(crate) never_reads: bool,
    /// What a refusal is answered with: 400, as the laws ask for.
    pub(crate) status: fn(Refusal) -> Status,
    /// Whether the caller wants bodies.
    pub(crate) reads_bodies: bool,
    /// Whether the caller has seen enough of a body when some of it has come.
    pub(crate) answers_early: bool,
    /// The content of the bodies that were read.
    pub(crate) bodies: Vec<Vec<u8>>,
}

impl Driver {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self {
            engine: Connection::new(),
            input: Input::new(),
            head: RequestHead::default(),
            outbox: Outbox::new(),
            limits,
            date: DateLine::new(SystemTime::UNIX_EPOCH),
            sent: Vec::new(),
            to_head: Vec::new(),
            refused: None,
            closed: None,
            never_reads: false,
            status: |_| Status::BAD_REQUEST,
            reads_bodies: false,
            answers_early: false,
            bodies: Vec::new(),
        }
    }

    /// Receives bytes and goes as far as they reach.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        if self.closed.is_none() {
            self.input.vacant().extend_from_slice(bytes);
            self.go_on();
        }
    }

    pub(crate) fn end(&mut self) {
        self.engine.end_of_input();
        self.go_on();
    }

    pub(crate) fn go_on(&mut self) {
        while self.closed.is_none() {
            if self.outbox.must_flush(&self.limits) {
                if self.never_reads {
                    return;
                }
                self.flush();
            }
            match self.engine.next(&mut self.input, &mut self.head, &self.limits) {
                Event::Request => self.begin(),
                Event::Body(range) => {
                    let bytes = self.engine.body(&self.input, &range).to_vec();
                    self.bodies.last_mut().expect("a body has begun").extend_from_slice(&bytes);
                    if self.answers_early {
                        self.answer();
                    }
                }
                Event::BodyEnd => self.answer(),
                Event::Refused(refusal) => {
                    assert_eq!(self.refused.replace(refusal), None, "refused twice");
                    self.to_head.push(self.engine.is_head());
                    let status = (self.status)(refusal);
                    self.send(status, format!("{refusal:?}"), String::new());
                }
                Event::Read | Event::Idle => break,
                Event::Close { linger } => self.closed = Some(linger),
                Event::Preface => unreachable!("nobody allowed it"),
            }
        }
        self.flush();
    }

    /// The caller has waited long enough for a head.
    pub(crate) fn give_up(&mut self) {
        self.send(Status::REQUEST_TIMEOUT, "too slow".to_owned(), String::new());
        self.to_head.push(self.engine.is_head());
        self.go_on();
    }

    fn begin(&mut self) {
        if self.reads_bodies && self.engine.request(&self.input, &self.head).has_body() {
            self.bodies.push(Vec::new());
            self.engine.read_body(u64::MAX, &mut self.outbox);
            self.flush();
        } else {
            self.answer();
        }
    }

    fn answer(&mut self) {
        let request = self.engine.request(&self.input, &self.head);
        let method = String::from_utf8_lossy(request.method_bytes()).into_owned();
        let target = match request.target() {
            Target::Path { path, query } => {
                let query = query
                    .map_or(String::new(), |query| format!("?{}", String::from_utf8_lossy(query)));
                format!("{}{query}", String::from_utf8_lossy(path))
            }
            Target::Asterisk => "*".to_owned(),
            Target::Authority => "authority".to_owned(),
        };
        let authority =
            request.authority().map_or("-".into(), String::from_utf8_lossy).into_owned();
        self.to_head.push(method == "HEAD");
        let understood = format!("{method} {target} @{authority}");
        let shown: String = understood.chars().filter(|c| !c.is_ascii_control()).collect();
        self.send(Status::OK, understood, format!("x-understood: {shown}\r\n"));
    }

    fn send(&mut self, status: Status, body: String, block: String) {
        let plan = ResponsePlan {
            status,
            block: Block::Scratch(block.into_bytes()),
            overlay: Overlay::default(),
            length: Some(body.len() as u64),
            body: Body::Buffer(body.into_bytes()),
            close: false,
        };
        self.engine.answer(plan, &mut self.input, &mut self.outbox, &self.date, &self.limits);
    }

    fn flush(&mut self) {
        while let Some(output) = self.outbox.front() {
            let Output::Bytes { first, second, .. } = output else { panic!("no files here") };
            // An odd count, so that pieces are torn.
            let first = &first[..first.len().min(37)];
            let second = if first.len() < 37 { &second[..second.len().min(11)] } else { &[] };
            self.sent.extend_from_slice(first);
            self.sent.extend_from_slice(second);
            let len = (first.len() + second.len()) as u64;
            self.outbox.advance(len);
        }
    }

    /// What was sent, judged by the strict reader: complete responses and nothing else.
    #[track_caller]
    pub(crate) fn responses(&self) -> Vec<Response> {
        let (mut responses, mut rest, mut to_head) =
            (Vec::new(), &self.sent[..], self.to_head.iter());
        while !rest.is_empty() {
            let informational = rest.starts_with(b"HTTP/1.1 1");
            let to_head = !informational && *to_head.next().expect("an answer to nothing");
            let (response, len) = response::read(rest, to_head)
                .expect("a valid response")
                .expect("a complete response");
            responses.push(response);
            rest = &rest[len..];
        }
        assert_eq!(to_head.next(), None, "an answer is missing");
        for response in responses.iter().rev().skip(1) {
            assert!(!response.closes(), "something follows a response that said close");
        }
        if let Some(last) = responses.last() {
            let said = last.closes();
            assert!(!said || self.closed.is_some(), "it said close and went on");
        }
        responses
    }

    fn transcript(mut self, pieces: &[&[u8]]) -> Transcript {
        for piece in pieces {
            self.receive(piece);
        }
        Transcript {
            sent: self.sent,
            bodies: self.bodies,
            to_head: self.to_head,
            closed: self.closed.is_some(),
        }
    }

    /// The bodies of the responses: what the engine understood.
    #[track_caller]
    pub(crate) fn understood(&self) -> Vec<String> {
        self.responses()
            .into_iter()
            .map(|response| String::from_utf8(response.body).unwrap())
            .collect()
    }
}

/// The engine as the laws ask for a server.
pub(crate) fn transcript(pieces: &[&[u8]]) -> Transcript {
    Driver::new().transcript(pieces)
}

/// The same, reading bodies before it answers.
pub(crate) fn transcript_of_reading(pieces: &[&[u8]]) -> Transcript {
    let mut driver = Driver::new();
    driver.reads_bodies = true;
    driver.transcript(pieces)
}

/// What the engine made of these bytes, received at once and then no more.
#[track_caller]
pub(crate) fn run(bytes: &[u8]) -> Driver {
    let mut driver = Driver::new();
    driver.receive(bytes);
    driver
}
