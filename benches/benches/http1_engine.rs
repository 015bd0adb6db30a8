//! The HTTP/1.1 engine over memory: `cargo bench -p catzilla-benches --bench http1_engine`.

use std::hint::black_box;
use std::io;
use std::time::SystemTime;

use bytes::Bytes;
use catzilla_benches::micro::Suite;
use catzilla_server::http1::{
    Connection, DateLine, Event, Input, Outbox, Output, Pool, Refusal, RequestHead,
};
use catzilla_server::{Block, Body, Limits, Overlay, ResponsePlan, Status};
use catzilla_testkit::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What wrk sends.
const MINIMAL: &str = "GET /index.html HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

/// What Chromium sends for a page.
const BROWSER: &str = "GET /std/vec/struct.Vec.html HTTP/1.1\r\n\
    Host: doc.example.org\r\n\
    Connection: keep-alive\r\n\
    sec-ch-ua: \"Chromium\";v=\"142\", \"Not_A Brand\";v=\"99\"\r\n\
    sec-ch-ua-mobile: ?0\r\n\
    sec-ch-ua-platform: \"Linux\"\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
    Sec-Fetch-Site: none\r\n\
    Sec-Fetch-Mode: navigate\r\n\
    Sec-Fetch-User: ?1\r\n\
    Sec-Fetch-Dest: document\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-GB,en;q=0.9\r\n\
    If-None-Match: \"18a3f00d-2710\"\r\n\r\n";

/// What is tried to smuggle a second request in: two framings, found when all of the head has been looked at.
const SMUGGLED: &str = "POST /index.html HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\
    Content-Type: application/x-www-form-urlencoded\r\n\
    Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX";

/// How many chunks the body has, and how long each is.
const CHUNKS: (usize, usize) = (16, 1024);

const BLOCK: &[u8] = b"content-type: text/html; charset=utf-8\r\n\
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
    etag: \"18a3f00d-400\"\r\n\
    cache-control: no-cache\r\n\
    accept-ranges: bytes\r\n\
    x-content-type-options: nosniff\r\n";

fn main() -> io::Result<()> {
    let mut suite = Suite::new("http1_engine");
    for (name, received, expected) in [
        ("parse, minimal head", MINIMAL, Event::Request),
        ("parse, browser's head", BROWSER, Event::Request),
        ("parse, two framings, refused", SMUGGLED, Event::Refused(Refusal::Framing)),
    ] {
        let mut wire = Wire::new();
        wire.input.vacant().extend_from_slice(received.as_bytes());
        assert_eq!(wire.parse(), expected, "{name}");
        suite.case(name, move || wire.parse()).bytes(received.len());
    }

    let mut wire = Wire::new();
    assert!(wire.render() > 1024);
    suite.case("render, 1 KiB answer", move || wire.render()).elements(1);

    for (name, received, requests) in [
        ("minimal head, 1 KiB answer", MINIMAL.to_owned(), 1),
        ("browser's head, 1 KiB answer", BROWSER.to_owned(), 1),
        ("16 pipelined, 1 KiB answers", MINIMAL.repeat(16), 16),
    ] {
        let mut wire = Wire::new();
        assert!(wire.turn(received.as_bytes()) > requests * 1024);
        suite.case(name, move || wire.turn(black_box(received.as_bytes()))).elements(requests);
    }

    let (received, mut wire) = (chunked(), Wire::new());
    let bytes = CHUNKS.0 * CHUNKS.1;
    wire.turn(received.as_bytes());
    assert_eq!(wire.read, bytes);
    suite
        .case("16 chunks of 1 KiB, 1 KiB answer", move || wire.turn(black_box(received.as_bytes())))
        .bytes(bytes);
    suite.run()
}

fn chunked() -> String {
    let (count, len) = CHUNKS;
    let chunk = format!("{len:x}\r\n{}\r\n", "x".repeat(len));
    format!(
        "POST /upload HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
        chunk.repeat(count)
    )
}

struct Wire {
    engine: Connection,
    input: Input,
    head: RequestHead,
    outbox: Outbox,
    pool: Pool,
    limits: Limits,
    date: DateLine,
    content: Bytes,
    /// Bytes of bodies.
    read: usize,
}

impl Wire {
    fn new() -> Self {
        Self {
            engine: Connection::new(),
            input: Input::new(),
            head: RequestHead::default(),
            outbox: Outbox::new(),
            pool: Pool::new(),
            limits: {
                let mut limits = Limits::default();
                limits.max_requests_per_connection = u64::MAX;
                limits
            },
            date: DateLine::new(SystemTime::UNIX_EPOCH),
            content: Bytes::from(vec![b'x'; 1024]),
            read: 0,
        }
    }

    /// Judges what has been received as a new connection would. The input stays as it is: an answer uses it up.
    fn parse(&mut self) -> Event {
        self.engine = Connection::new();
        self.engine.next(&mut self.input, &mut self.head, &self.limits)
    }

    /// Answers as a connection does that has lost its patience with half a head, which is rendering and nothing else.
    /// Returns the bytes sent.
    fn render(&mut self) -> u64 {
        self.engine = Connection::new();
        self.answer();
        self.send()
    }

    /// Receives, reads bodies, answers each request with 1 KiB, sends everything. Returns the bytes sent.
    fn turn(&mut self, received: &[u8]) -> u64 {
        self.input.vacant().extend_from_slice(received);
        loop {
            match self.engine.next(&mut self.input, &mut self.head, &self.limits) {
                Event::Request => {
                    let request = self.engine.request(&self.input, &self.head);
                    black_box(request.target());
                    if request.has_body() {
                        self.engine.read_body(u64::MAX, &mut self.outbox);
                    } else {
                        self.answer();
                    }
                }
                Event::Body(range) => {
                    self.read += black_box(self.engine.body(&self.input, &range)).len();
                }
                Event::BodyEnd => self.answer(),
                Event::Idle => break,
                other => panic!("unexpected: {other:?}"),
            }
        }
        self.send()
    }

    fn answer(&mut self) {
        let plan = ResponsePlan {
            status: Status::OK,
            block: Block::Static(BLOCK),
            overlay: Overlay::default(),
            length: Some(1024),
            body: Body::Memory(self.content.clone()),
            close: false,
        };
        self.engine.answer(plan, &mut self.input, &mut self.outbox, &self.date, &self.limits);
    }

    fn send(&mut self) -> u64 {
        let mut sent = 0;
        while let Some(Output::Bytes { first, second, .. }) = self.outbox.front() {
            let len = (black_box(first).len() + black_box(second).len()) as u64;
            self.outbox.advance(len);
            sent += len;
        }
        self.outbox.recycle(&mut self.pool);
        sent
    }
}
