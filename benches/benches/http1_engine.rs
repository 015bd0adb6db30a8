//! The HTTP/1.1 engine over memory: `cargo bench -p catzilla-benches --bench http1_engine`.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;
use std::time::SystemTime;

use bytes::Bytes;
use catzilla_server::http1::{
    Connection, DateLine, Event, Input, Outbox, Output, Pool, RequestHead,
};
use catzilla_server::{Block, Body, Limits, Overlay, ResponsePlan, Status};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

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

const BLOCK: &[u8] = b"content-type: text/html; charset=utf-8\r\n\
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
    etag: \"18a3f00d-400\"\r\n\
    cache-control: no-cache\r\n\
    accept-ranges: bytes\r\n\
    x-content-type-options: nosniff\r\n";

struct Wire {
    engine: Connection,
    input: Input,
    head: RequestHead,
    outbox: Outbox,
    pool: Pool,
    limits: Limits,
    date: DateLine,
    content: Bytes,
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
        }
    }

    /// Receives, answers each request with 1 KiB, sends everything. Returns the bytes sent.
    fn turn(&mut self, received: &[u8]) -> u64 {
        self.input.vacant().extend_from_slice(received);
        let mut sent = 0;
        loop {
            match self.engine.next(&mut self.input, &mut self.head, &self.limits) {
                Event::Request => {
                    black_box(self.engine.request(&self.input, &self.head).target());
                    let plan = ResponsePlan {
                        status: Status::OK,
                        block: Block::Static(BLOCK),
                        overlay: Overlay::default(),
                        length: Some(1024),
                        body: Body::Memory(self.content.clone()),
                        close: false,
                    };
                    let outbox = &mut self.outbox;
                    self.engine.answer(plan, &mut self.input, outbox, &self.date, &self.limits);
                }
                Event::Idle => break,
                other => panic!("unexpected: {other:?}"),
            }
        }
        while let Some(Output::Bytes { first, second, .. }) = self.outbox.front() {
            let len = (black_box(first).len() + black_box(second).len()) as u64;
            self.outbox.advance(len);
            sent += len;
        }
        self.outbox.recycle(&mut self.pool);
        sent
    }
}

fn engine(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("http1_engine");
    let pipelined = MINIMAL.repeat(16);
    for (name, received, requests) in [
        ("minimal head, 1 KiB answer", MINIMAL, 1),
        ("browser's head, 1 KiB answer", BROWSER, 1),
        ("16 pipelined, 1 KiB answers", &*pipelined, 16),
    ] {
        let mut wire = Wire::new();
        assert!(wire.turn(received.as_bytes()) > requests * 1024);
        group.throughput(Throughput::Elements(requests));
        group.bench_function(name, |bencher| bencher.iter(|| wire.turn(received.as_bytes())));
    }
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);
