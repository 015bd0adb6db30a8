//! A hot request allocates nothing: what it needs is lent by the turn before.

use std::hint::black_box;
use std::time::SystemTime;

use bytes::Bytes;
use catzilla_server::http1::{
    Connection, DateLine, Event, Input, Known, Outbox, Output, Pool, RequestHead,
};
use catzilla_server::{Block, Body, Limits, Overlay, ResponsePlan, Status};
use catzilla_testkit::counting::allocations;

const WRK: &str = "GET /index.html HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

const BROWSER: &str = "GET /std/vec/struct.Vec.html?x=y HTTP/1.1\r\nHost: doc.example.org\r\n\
    Connection: keep-alive\r\nsec-ch-ua: \"Chromium\";v=\"142\"\r\nsec-ch-ua-mobile: ?0\r\n\
    sec-ch-ua-platform: \"Linux\"\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0\r\n\
    Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nSec-Fetch-Site: none\r\n\
    Sec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n\
    If-None-Match: \"18a3f00d-2710\"\r\nRange: bytes=0-99\r\n\r\n";

struct Wire {
    engine: Connection,
    input: Input,
    head: RequestHead,
    outbox: Outbox,
    pool: Pool,
    limits: Limits,
    date: DateLine,
    content: Bytes,
    reads_bodies: bool,
}

impl Wire {
    fn new(len: usize) -> Self {
        Self {
            engine: Connection::new(),
            input: Input::new(),
            head: RequestHead::default(),
            outbox: Outbox::new(),
            pool: Pool::new(),
            limits: Limits::default(),
            date: DateLine::new(SystemTime::UNIX_EPOCH),
            content: Bytes::from(vec![b'x'; len]),
            reads_bodies: false,
        }
    }

    /// Receives, answers, sends. The caller of the engine lends its scratch from the pool.
    fn turn(&mut self, received: &[u8]) {
        self.input.vacant().extend_from_slice(received);
        loop {
            match self.engine.next(&mut self.input, &mut self.head, &self.limits) {
                Event::Request if self.reads_bodies => {
                    self.engine.read_body(u64::MAX, &mut self.outbox);
                }
                Event::Request | Event::BodyEnd => self.answer(),
                Event::Body(range) => {
                    black_box(self.engine.body(&self.input, &range));
                }
                Event::Idle => break,
                other => panic!("unexpected: {other:?}"),
            }
        }
        while let Some(Output::Bytes { first, second, .. }) = self.outbox.front() {
            let len = (black_box(first).len() + black_box(second).len()) as u64;
            self.outbox.advance(len);
        }
        self.outbox.recycle(&mut self.pool);
    }

    fn answer(&mut self) {
        let request = self.engine.request(&self.input, &self.head);
        black_box((request.target(), request.authority()));
        black_box(request.field(Known::AcceptEncoding).last());
        let mut block = self.pool.take();
        block.extend_from_slice(b"content-type: text/plain\r\n");
        let plan = ResponsePlan {
            status: Status::OK,
            block: Block::Scratch(block),
            overlay: Overlay::default(),
            length: Some(self.content.len() as u64),
            body: Body::Memory(self.content.clone()),
            close: false,
        };
        self.engine.answer(plan, &mut self.input, &mut self.outbox, &self.date, &self.limits);
    }
}

#[track_caller]
fn check(mut wire: Wire, received: &str) {
    wire.turn(received.as_bytes());
    wire.turn(received.as_bytes());
    let count = allocations(|| {
        for _ in 0..100 {
            wire.turn(received.as_bytes());
        }
    });
    assert_eq!(count, 0, "{received:?}");
}

#[test]
fn a_hot_request_allocates_nothing() {
    assert_eq!(allocations(|| drop(black_box(vec![1_u8]))), 1, "somebody counts");
    check(Wire::new(1024), WRK);
    check(Wire::new(1024), BROWSER);
    check(Wire::new(1024), &WRK.repeat(16));
}

#[test]
fn nor_does_a_body_that_travels_beside_its_head() {
    check(Wire::new(100_000), WRK);
}

#[test]
fn nor_does_a_body_of_the_request() {
    let counted = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
        5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n";
    for request in [counted, chunked] {
        check(Wire::new(10), request);
        check(Wire { reads_bodies: true, ..Wire::new(10) }, request);
    }
}

#[test]
fn an_idle_connection_holds_no_buffer() {
    let count = allocations(|| {
        black_box((Connection::new(), Input::new(), Outbox::new(), RequestHead::default()));
    });
    assert_eq!(count, 0);
}
