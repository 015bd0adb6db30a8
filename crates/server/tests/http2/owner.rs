//! The owner of a connection: hears, sends, and counts who is woken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use catzilla_server::http1::Input;
use catzilla_server::http2::{Connection, Event, Gone, Head};
use catzilla_server::{Limits, Status};
use catzilla_testkit::frames::{HEADERS, PREFACE, SETTINGS, WINDOW_UPDATE, frame};

/// `GET http / a`, of which the second time the authority is in the table.
pub(crate) const FIRST: &[u8] = b"\x82\x86\x84\x41\x01a";
pub(crate) const AGAIN: &[u8] = b"\x82\x86\x84\xbe";

pub(crate) struct Owner {
    pub(crate) engine: Connection,
    input: Input,
    head: Head,
    limits: Limits,
}

#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    /// How often it was woken since this was asked last.
    pub(crate) fn woken(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Owner {
    /// On a connection that has been opened, with nothing left to send.
    pub(crate) fn open() -> Self {
        let limits = Limits::default();
        let engine = Connection::new(&limits);
        let mut owner = Self { engine, input: Input::new(), head: Head::default(), limits };
        owner.say(PREFACE);
        assert_eq!(owner.hear(&frame(SETTINGS, 0, 0, &[])), Event::Read);
        owner.send_all();
        owner
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.input.vacant().extend_from_slice(bytes);
    }

    pub(crate) fn hear(&mut self, bytes: &[u8]) -> Event {
        self.say(bytes);
        self.engine.receive(&mut self.input, &mut self.head, &self.limits, Duration::ZERO)
    }

    /// A GET without a body.
    pub(crate) fn get(&mut self, stream: u32, block: &[u8]) {
        match self.hear(&frame(HEADERS, 5, stream, block)) {
            Event::Request(request) => {
                assert_eq!((request.stream, request.refused), (stream, None));
            }
            other => panic!("{other:?}"),
        }
    }

    /// Sends all of it; returns the types of the frames.
    pub(crate) fn send_all(&mut self) -> Vec<u8> {
        let mut bytes = self.engine.output().pending();
        let len = bytes.len();
        let mut kinds = Vec::new();
        while let [a, b, c, kind, ..] = *bytes {
            kinds.push(kind);
            bytes = &bytes[9 + u32::from_be_bytes([0, a, b, c]) as usize..];
        }
        self.engine.sent(len);
        kinds
    }

    pub(crate) fn capacity(&mut self, stream: u32, waker: &Waker) -> Poll<Result<usize, Gone>> {
        self.engine.poll_capacity(stream, &Context::from_waker(waker))
    }

    /// GETs whose answers have begun, in windows of a gigabyte.
    pub(crate) fn begin(&mut self, streams: &[u32]) {
        self.hear(&frame(SETTINGS, 0, 0, &[&[0, 4][..], &(1_u32 << 30).to_be_bytes()].concat()));
        self.hear(&frame(WINDOW_UPDATE, 0, 0, &(1_u32 << 30).to_be_bytes()));
        for &stream in streams {
            self.get(stream, FIRST);
            self.engine.respond(stream, Status::OK, false, |_| {}).unwrap();
        }
        self.send_all();
    }
}
