//! Bodies of requests on their way to a handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use catzilla_server::{Limits, RequestBody, Server};
use http::{Method, Request};
use http_body_util::BodyExt;
use tokio::sync::Semaphore;

use super::handlers::{count, echo, pass, status, text};
use crate::client::Client;
use crate::site::{Site, TestClock, noise};

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

fn site() -> Site {
    let ignore = |_: Request<RequestBody>| async { status(204) };
    Site::of(
        Server::builder()
            .limits(limits(|limits| limits.max_body_bytes = 8_000_000))
            .route(Method::POST, "/count", count)
            .route(Method::POST, "/echo", echo)
            .route(Method::POST, "/ignore", ignore),
    )
}

fn post(client: &mut Client, path: &str, fields: &str, body: &[u8]) {
    client.send(format!("POST {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    client.send(body);
}

fn chunked(content: &[u8], size: usize) -> Vec<u8> {
    let mut body = Vec::new();
    for chunk in content.chunks(size) {
        body.extend_from_slice(format!("{:X};ext=1\r\n", chunk.len()).as_bytes());
        body.extend_from_slice(chunk);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"0\r\nTrailer: x\r\n\r\n");
    body
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

#[test]
fn a_body_arrives_whole_however_it_is_framed() {
    let site = site();
    let mut client = site.connect();
    for len in [0, 1, 1_000, 100_000, 3_000_000] {
        let content = noise(len, 1);
        let length = format!("Content-Length: {len}\r\n");
        post(&mut client, "/count", &length, &content);
        assert_eq!(client.answer(false).text(), len.to_string());
        for size in [977, 70_000] {
            post(&mut client, "/count", CHUNKED, &chunked(&content, size));
            assert_eq!(client.answer(false).text(), len.to_string());
        }
    }
    // The other way too, while it comes. The client reads only when it has sent all, so no more than sockets hold.
    let content = noise(50_000, 2);
    for (fields, body) in
        [("Content-Length: 50000\r\n", content.clone()), (CHUNKED, chunked(&content, 999))]
    {
        post(&mut client, "/echo", fields, &body);
        assert!(client.answer(false).body == content, "{fields}");
    }
    assert_eq!(site.handle.stats().accepted, 1, "all on one connection");
}

#[test]
fn both_directions_go_on_at_once() {
    let site = site();
    let mut client = site.connect();
    post(&mut client, "/echo", CHUNKED, b"");
    client.send("5\r\nfirst\r\n");
    let head = client.until(b"\r\n\r\n");
    assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert_eq!(client.until(b"first\r\n"), b"5\r\nfirst\r\n");
    client.send("6\r\nsecond\r\n");
    assert_eq!(client.until(b"second\r\n"), b"6\r\nsecond\r\n");
    client.send("0\r\n\r\n");
    assert_eq!(client.until(b"0\r\n\r\n"), b"0\r\n\r\n");
    post(&mut client, "/count", "Content-Length: 2\r\n", b"hi");
    assert_eq!(client.answer(false).text(), "2", "the connection goes on");
}

#[test]
fn rfc9110_10_1_1_whoever_waits_to_go_on_is_told_when_the_body_is_asked_for() {
    let door = Arc::new(Semaphore::new(0));
    let waits = Arc::clone(&door);
    let late = move |request: Request<RequestBody>| {
        let door = Arc::clone(&waits);
        async move {
            pass(&door).await;
            count(request).await
        }
    };
    let ignore = |_: Request<RequestBody>| async { status(403) };
    let server = Server::builder().route(Method::POST, "/late", late);
    let site = Site::of(server.route(Method::POST, "/ignore", ignore));
    let mut client = site.connect();
    let expect = "Expect: 100-continue\r\nContent-Length: 5\r\n";
    post(&mut client, "/late", expect, b"");
    site.wait_for(|stats| stats.app_requests == 1);
    assert_eq!(site.handle.stats().bytes_sent, 0, "not before");
    door.add_permits(1);
    assert_eq!(client.answer(false).status, 100);
    client.send("hello");
    assert_eq!(client.answer(false).text(), "5");
    post(&mut client, "/ignore", expect, b"");
    let answer = client.answer(false);
    assert_eq!((answer.status, answer.field("connection")), (403, Some("close")));
    client.expect_closed();
}

#[test]
fn a_body_of_more_than_the_limit_is_413() {
    let calls = Arc::new(AtomicUsize::new(0));
    let called = Arc::clone(&calls);
    let counting = move |request: Request<RequestBody>| {
        called.fetch_add(1, Ordering::Relaxed);
        count(request)
    };
    let site = Site::of(
        Server::builder()
            .limits(limits(|limits| limits.max_body_bytes = 1_000))
            .route(Method::POST, "/", counting)
            .route(Method::POST, "/echo", echo),
    );
    let ask = |path: &str, fields: &str, body: &[u8]| {
        let mut client = site.connect();
        post(&mut client, path, fields, body);
        let answer = client.answer(false);
        if answer.status == 413 {
            assert_eq!(answer.field("connection"), Some("close"));
            client.expect_closed();
        }
        answer.status
    };
    let (fits, exceeds) = (noise(1_000, 1), noise(1_001, 1));
    assert_eq!(ask("/", "Content-Length: 1000\r\n", &fits), 200);
    assert_eq!(ask("/", CHUNKED, &chunked(&fits, 300)), 200);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    assert_eq!(ask("/", "Content-Length: 1001\r\n", &exceeds), 413);
    assert_eq!(ask("/", "Content-Length: 1001\r\nExpect: 100-continue\r\n", b""), 413);
    assert_eq!(calls.load(Ordering::Relaxed), 2, "what is known ahead isn't asked");
    assert_eq!(ask("/", CHUNKED, &chunked(&exceeds, 300)), 413);
    // Where the answer has begun, it can only be cut.
    let mut client = site.connect();
    post(&mut client, "/echo", CHUNKED, &chunked(&fits, 1_000)[..1_000]);
    client.until(b"\r\n\r\n");
    client.send([b'x'; 2_000]);
    assert!(!client.rest().ends_with(b"0\r\n\r\n"));
    assert_eq!(site.wait_for(|stats| stats.open == 0).cut_short, 1);
}

#[test]
fn what_no_handler_reads_is_thrown_away_or_ends_the_connection() {
    let site = site();
    let mut client = site.connect();
    post(&mut client, "/ignore", "Content-Length: 50000\r\n", &noise(50_000, 1));
    assert_eq!(client.answer(false).status, 204);
    post(&mut client, "/ignore", CHUNKED, &chunked(&noise(50_000, 1), 999));
    assert_eq!(client.answer(false).status, 204);
    post(&mut client, "/ignore", "Content-Length: 500000\r\n", b"");
    let answer = client.answer(false);
    assert_eq!((answer.status, answer.field("connection")), (204, Some("close")));
    client.try_send(noise(500_000, 1));
    client.expect_closed();
}

#[test]
fn a_body_that_is_none_is_refused_or_cuts_the_answer() {
    let site = site();
    let mut client = site.connect();
    post(&mut client, "/count", CHUNKED, b"5\r\nhello\r\nnonsense\r\n");
    let answer = client.answer(false);
    assert_eq!((answer.status, answer.field("connection")), (400, Some("close")));
    client.expect_closed();
    let mut client = site.connect();
    post(&mut client, "/echo", CHUNKED, b"5\r\nhello\r\n");
    client.until(b"5\r\nhello\r\n");
    client.send("nonsense\r\n");
    client.expect_closed();
    assert_eq!(site.wait_for(|stats| stats.open == 0).cut_short, 1);
}

#[test]
fn a_handler_that_stops_reading_stops_nobody() {
    // It reads the begin and answers.
    let begin = |mut request: Request<RequestBody>| async move {
        let frame = request.body_mut().frame().await.unwrap().unwrap();
        text(frame.into_data().unwrap().slice(..1))
    };
    let site = Site::of(Server::builder().route(Method::POST, "/", begin));
    let mut client = site.connect();
    for _ in 0..3 {
        post(&mut client, "/", "Content-Length: 20000\r\n", &noise(20_000, 1));
        assert_eq!(client.answer(false).body, noise(1, 1));
    }
}

#[test]
fn a_client_owes_nothing_of_a_body_that_nobody_wants() {
    let (clock, door) = (TestClock::default(), Arc::new(Semaphore::new(0)));
    let (waits, started) = (Arc::clone(&door), Arc::new(AtomicUsize::new(0)));
    let starts = Arc::clone(&started);
    let reads_a_bit = move |mut request: Request<RequestBody>| {
        let (door, started) = (Arc::clone(&waits), Arc::clone(&starts));
        async move {
            request.body_mut().frame().await.unwrap().unwrap();
            drop(request);
            started.store(1, Ordering::Relaxed);
            pass(&door).await;
            text("enough")
        }
    };
    let server = Server::builder().clock(clock.clone()).route(Method::POST, "/", reads_a_bit);
    let site = Site::of(server);
    let mut client = site.connect();
    post(&mut client, "/", "Content-Length: 100\r\n", b"hello");
    crate::site::eventually(|| (started.load(Ordering::Relaxed) == 1).then_some(()))
        .expect("a begin");
    let (start, mut creep) = (clock.0.monotonic(), clock.creeping());
    while clock.0.monotonic() < start + Duration::from_secs(40) {
        creep();
        std::thread::yield_now();
    }
    assert_eq!(site.handle.stats().timed_out, 0);
    door.add_permits(1);
    assert_eq!(client.answer(false).text(), "enough");
    client.send(noise(95, 1));
    post(&mut client, "/", "Content-Length: 1\r\n", b"x");
    door.add_permits(1);
    assert_eq!(client.answer(false).text(), "enough", "the rest of it was thrown away");
}

#[test]
fn a_body_that_trickles_is_cut() {
    let clock = TestClock::default();
    let server = Server::builder().clock(clock.clone()).route(Method::POST, "/", count);
    let site = Site::of(server);
    let mut client = site.connect();
    post(&mut client, "/", "Content-Length: 100\r\n", b"hello");
    let mut creep = clock.creeping();
    let stats = site.wait_for(|stats| {
        creep();
        stats.timed_out == 1 && stats.open == 0
    });
    assert_eq!((stats.timed_out, stats.app_requests), (1, 1));
    client.expect_closed();
}
