//! What hostile clients, slow disks and careless handlers do to the others on a connection.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use catzilla_path_security::Opened;
use catzilla_server::{CacheConfig, Fs, HostFs, Limits, RequestBody, Server, ServerBuilder, Wait};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Method, Request, Response};
use http_body::Frame as BodyFrame;
use http_body_util::{Full, StreamBody};

use super::client::*;
use crate::gate::Gate;
use crate::site::{Site, TestClock, noise};

/// A client that may be sent as much as there is.
fn wide_open(site: &Site) -> RawClient {
    let mut client = RawClient::connect(site.address());
    client.send(PREFACE);
    client.frame(SETTINGS, 0, 0, &[&[0, 4][..], &0x7fff_ffff_u32.to_be_bytes()].concat());
    client.frame(WINDOW_UPDATE, 0, 0, &(0x7fff_ffff_u32 - 65_535).to_be_bytes());
    client
}

/// A file system in which nothing is in memory, and whose reads of files that are all `h` wait at a gate.
#[derive(Debug, Clone, Default)]
struct Hangs(Arc<Gate>);

impl Fs for Hangs {
    fn read_at(
        &self,
        file: &Opened,
        buffer: &mut [u8],
        offset: u64,
        wait: Wait,
    ) -> io::Result<usize> {
        if wait == Wait::Never {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let read = HostFs.read_at(file, buffer, offset, wait)?;
        if buffer[..read].iter().all(|byte| *byte == b'h') {
            self.0.pass();
        }
        Ok(read)
    }
}

#[test]
fn a_disk_that_hangs_for_one_stream_leaves_others_alone() {
    for is_reset in [false, true] {
        let (clock, fs) = (TestClock::default(), Hangs::default());
        let (gate, of_server) = (Arc::clone(&fs.0), clock.clone());
        let (hangs, good) = (vec![b'h'; 300_000], noise(3_000_000, 4));
        let site = Site::with(
            &[("hangs.bin", &hangs), ("good.bin", &good)],
            move |server: ServerBuilder| server.no_cache().fs(fs).clock(of_server),
            |mount| mount,
        );
        let mut client = wide_open(&site);
        client.get(1, "/hangs.bin");
        gate.wait_for(1);
        if is_reset {
            client.frame(RST_STREAM, 0, 1, &CANCEL.to_be_bytes());
        }
        client.get(3, "/good.bin");
        let (mut creep, mut got) = (clock.creeping(), 0);
        while got < good.len() {
            // Longer than anybody waits for a client that doesn't read.
            creep();
            let data = client.expect(DATA);
            assert_eq!(data.stream, 3);
            got += data.payload.len();
        }
        gate.open();
        assert_eq!(site.handle.stats().timed_out, 0);
    }
}

#[test]
fn disks_that_hang_hold_up_nothing_that_is_in_memory() {
    let fs = Hangs::default();
    let gate = Arc::clone(&fs.0);
    let names: Vec<String> = (0..6).map(|number| format!("{number}.bin")).collect();
    let (hangs, held) = (vec![b'h'; 500_000], noise(200_000, 6));
    let mut files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &hangs[..])).collect();
    files.push(("held.bin", &held));
    let cache = CacheConfig::new().max_file(300_000);
    let site = Site::with(&files, move |server| server.cache(cache).fs(fs), |mount| mount);
    assert_eq!(site.get("/held.bin").body.len(), held.len());
    let mut client = wide_open(&site);
    for (number, name) in names.iter().enumerate() {
        client.get(2 * number as u32 + 1, &format!("/{name}"));
    }
    // As many as may read ahead at a time.
    gate.wait_for(4);
    client.get(99, "/held.bin");
    let mut got = 0;
    while got < held.len() {
        let data = client.expect(DATA);
        assert_eq!(data.stream, 99);
        got += data.payload.len();
    }
    gate.open();
}

#[test]
fn streams_that_were_given_up_count_until_their_reads_are_done() {
    let fs = Hangs::default();
    let gate = Arc::clone(&fs.0);
    let mut limits = Limits::default();
    limits.max_streams = 4;
    let names: Vec<String> = (0..40).map(|number| format!("{number}.bin")).collect();
    let content = [b'h'; 5_000];
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &content[..])).collect();
    let site = Site::with(&files, move |server| server.limits(limits).fs(fs), |mount| mount);
    let mut client = wide_open(&site);
    let mut refused = 0;
    for (number, name) in names.iter().enumerate() {
        let stream = 2 * number as u32 + 1;
        client.get(stream, &format!("/{name}"));
        // What hasn't begun ends with its stream; what has can't be ended.
        gate.wait_for((number + 1).min(4));
        client.frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes());
        client.frame(PING, 0, 0, b"12345678");
        loop {
            match client.next().expect("the connection lives") {
                Frame { kind: PING, .. } => break,
                Frame { kind: RST_STREAM, payload, .. } => {
                    assert_eq!(payload, REFUSED_STREAM.to_be_bytes());
                    refused += 1;
                }
                _ => {}
            }
        }
    }
    gate.open();
    assert_eq!(refused, names.len() - 4);
}

#[test]
fn answers_that_become_ready_at_once_wait_for_the_socket() {
    let content = noise(60_000, 3);
    let site = Site::start(&[("a.bin", &content)]);
    assert_eq!(site.get("/a.bin").status, 200);
    let mut client = wide_open(&site);
    let mut all = Vec::new();
    let fields =
        [(":method", "GET"), (":path", "/a.bin"), (":scheme", "http"), (":authority", "a")];
    for stream in 0..100 {
        all.extend(frame(HEADERS, END_HEADERS, 2 * stream + 1, &head(&fields)));
    }
    // They are held until their bodies end, all in one piece.
    for stream in 0..100 {
        all.extend(frame(DATA, END_STREAM, 2 * stream + 1, b""));
    }
    client.send(&all);
    let (mut ended, mut got) = (0, 0);
    while ended < 100 {
        let data = client.expect(DATA);
        got += data.payload.len();
        ended += usize::from(data.flags & END_STREAM != 0);
    }
    assert_eq!(got, 100 * content.len());
}

#[test]
fn nobody_is_asked_for_content_after_the_answer_has_begun() {
    let asked = Arc::new(tokio::sync::Notify::new());
    let notify = Arc::clone(&asked);
    let lazy = move |request: Request<RequestBody>| {
        let (notify, mut body) = (Arc::clone(&notify), request.into_body());
        async move {
            let first =
                stream::once(async { Ok::<_, Infallible>(BodyFrame::data("hello".into())) });
            let second = stream::once(async move {
                notify.notified().await;
                let len = body.bytes().await.map_or(0, |bytes| bytes.len());
                Ok(BodyFrame::data(Bytes::from(len.to_string())))
            });
            Response::new(StreamBody::new(first.chain(second)))
        }
    };
    let site = Site::of(Server::builder().route(Method::POST, "/lazy", lazy));
    let mut client = RawClient::open(site.address());
    let fields = [
        (":method", "POST"),
        (":path", "/lazy"),
        (":scheme", "http"),
        (":authority", "a"),
        ("expect", "100-continue"),
    ];
    client.frame(HEADERS, END_HEADERS, 1, &head(&fields));
    assert_eq!(client.expect(DATA).payload, b"hello");
    asked.notify_one();
    client.frame(DATA, END_STREAM, 1, b"abc");
    loop {
        match client.next().expect("the connection lives") {
            Frame { kind: DATA, payload, .. } => break assert_eq!(payload, b"3"),
            Frame { kind: HEADERS, .. } => panic!("it was asked behind the head of the answer"),
            _ => {}
        }
    }
}

#[test]
fn an_answer_to_head_has_no_content_whatever_was_wrong_with_it() {
    let site = Site::start(&[("a.txt", b"a")]);
    for (authority, more) in [("a", ("host", "b")), ("a b", ("x", "1")), ("a", ("expect", "x"))] {
        let mut client = RawClient::open(site.address());
        let fields = [
            (":method", "HEAD"),
            (":path", "/a.txt"),
            (":scheme", "http"),
            (":authority", authority),
            more,
        ];
        client.frame(HEADERS, END_HEADERS | END_STREAM, 1, &head(&fields));
        assert_ne!(client.expect(HEADERS).flags & END_STREAM, 0, "{fields:?}");
    }
}

#[test]
fn connect_is_answered_without_waiting_for_what_follows() {
    let site = Site::start(&[]);
    let mut client = RawClient::open(site.address());
    let fields = [(":method", "CONNECT"), (":authority", "a:443")];
    client.frame(HEADERS, END_HEADERS, 1, &head(&fields));
    assert_eq!(client.expect(HEADERS).stream, 1);
}

#[test]
fn trailers_of_handlers_have_no_field_of_the_connection() {
    let trailing = |_: Request<RequestBody>| async {
        let mut trailers = HeaderMap::new();
        for name in ["connection", "transfer-encoding", "x-kept"] {
            trailers.insert(name, "1".parse().unwrap());
        }
        let frames = [BodyFrame::data(Bytes::from_static(b"one")), BodyFrame::trailers(trailers)];
        Response::new(StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>))))
    };
    let site = Site::of(Server::builder().route(Method::GET, "/t", trailing));
    // The h2 crate refuses such fields.
    let client = Client::connect(site.address());
    assert_eq!(client.get("/t").body, b"one");
}

#[test]
fn handlers_that_read_nothing_are_not_the_fault_of_clients_that_would_send() {
    let idle = |request: Request<RequestBody>| async move {
        let _held = request;
        pending::<Response<Full<Bytes>>>().await
    };
    let clock = TestClock::default();
    let server = Server::builder().clock(clock.clone()).route(Method::POST, "/idle", idle);
    let site = Site::of(server.route(Method::POST, "/count", crate::app::handlers::count));
    let mut client = RawClient::open(site.address());
    let post = |path| {
        head(&[(":method", "POST"), (":path", path), (":scheme", "http"), (":authority", "a")])
    };
    for stream in 0..16 {
        client.frame(HEADERS, END_HEADERS, 2 * stream + 1, &post("/idle"));
        for _ in 0..3 {
            client.frame(DATA, 0, 2 * stream + 1, &[0; 16_384]);
        }
        client.frame(DATA, 0, 2 * stream + 1, &[0; 65_535 - 3 * 16_384]);
    }
    // The window of the connection is used up.
    client.frame(HEADERS, END_HEADERS, 33, &post("/count"));
    // Handlers run into their own limit first, and what was sent to them is given back.
    let mut creep = clock.creeping();
    site.wait_for(|stats| {
        creep();
        stats.timed_out == 16
    });
    let mut answered = 0;
    while answered < 16 {
        let frame = client.next().expect("the connection lives");
        assert!(frame.stream != 33, "{frame:?}");
        answered += usize::from(frame.kind == HEADERS);
    }
    client.frame(DATA, END_STREAM, 33, b"abc");
    loop {
        let frame = client.next().expect("the connection lives");
        if frame.stream == 33 && frame.kind == DATA {
            break assert_eq!(frame.payload, b"3");
        }
    }
}
