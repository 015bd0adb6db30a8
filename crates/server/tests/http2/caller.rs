//! An engine with a caller that answers every request with some content, as soon as the client allows it.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use catzilla_server::http1::Input;
use catzilla_server::http2::{Connection, Event, Head, Received};
use catzilla_server::{Limits, Status};

/// Bytes of each answer: more than a window that nobody has opened.
const CONTENT: usize = 40_000;

pub(crate) struct Caller {
    pub(crate) engine: Connection,
    input: Input,
    head: Head,
    pub(crate) limits: Limits,
    /// Streams whose requests are read, or whose answers aren't complete, and how much of them is left.
    open: Vec<(u32, usize, Stage)>,
    pub(crate) sent: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Request,
    Answer,
}

impl Caller {
    pub(crate) fn new() -> Self {
        let limits = Limits::default();
        Self {
            engine: Connection::new(&limits),
            input: Input::new(),
            head: Head::default(),
            limits,
            open: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// Receives bytes and goes as far as they reach.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        self.input.vacant().extend_from_slice(bytes);
        loop {
            let event =
                self.engine.receive(&mut self.input, &mut self.head, &self.limits, Duration::ZERO);
            match event {
                Event::Request(request) => {
                    self.open.push((request.stream, CONTENT, Stage::Request));
                }
                Event::Read | Event::Ended => break,
            }
            self.go_on();
        }
        self.go_on();
    }

    fn go_on(&mut self) {
        // Room is made by sending, and whoever waited for it has another look.
        loop {
            let open = std::mem::take(&mut self.open);
            for (stream, left, stage) in open {
                self.step(stream, left, stage);
            }
            let pending = self.engine.output().pending();
            if pending.is_empty() {
                break;
            }
            // An odd count, so that frames are torn.
            let gone = pending.len().min(4_099);
            self.sent.extend_from_slice(&pending[..gone]);
            self.engine.sent(gone);
        }
    }

    fn step(&mut self, stream: u32, mut left: usize, mut stage: Stage) {
        let cx = &Context::from_waker(Waker::noop());
        while stage == Stage::Request {
            match self.engine.poll_content(stream, cx) {
                Poll::Ready(Ok(Received::Data(_))) => {}
                Poll::Ready(Ok(Received::End(_))) => {
                    stage = Stage::Answer;
                    let answered = self.engine.respond(stream, Status::OK, false, |_| {});
                    answered.expect("it waits for its answer");
                }
                Poll::Ready(Err(_)) => return self.engine.close(stream),
                Poll::Pending => return self.open.push((stream, left, stage)),
            }
        }
        loop {
            match self.engine.poll_capacity(stream, cx) {
                Poll::Ready(Ok(bytes)) => {
                    assert!(bytes > 0, "it is worth a look");
                    let sent = self.engine.send(stream, &vec![b'x'; left], true);
                    let sent = sent.expect("it has not ended");
                    assert_eq!(sent, bytes.min(left), "as was said");
                    left -= sent;
                    if left == 0 {
                        return self.engine.close(stream);
                    }
                }
                Poll::Ready(Err(_)) => return self.engine.close(stream),
                Poll::Pending => return self.open.push((stream, left, stage)),
            }
        }
    }
}

/// The engine as the law asks for a server.
pub(crate) fn transcript(pieces: &[&[u8]]) -> Vec<u8> {
    let mut caller = Caller::new();
    for piece in pieces {
        caller.receive(piece);
    }
    caller.sent
}
