//! Bodies: thrown away, or read by whoever wants them.

use catzilla_server::Limits;
use catzilla_server::http1::Refusal;

use crate::driver::{Driver, run};

const NEXT: &str = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

fn post(fields: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
}

#[test]
fn an_unwanted_body_is_skipped_and_the_next_request_found() {
    for request in [
        post("Content-Length: 5\r\n", "hello"),
        post("Content-Length: 40\r\n", "GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n  "),
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n"),
    ] {
        let driver = run(format!("{request}{NEXT}").as_bytes());
        assert_eq!(driver.understood(), ["POST / @a", "GET /next @a"], "{request:?}");
        assert_eq!(driver.closed, None);
    }
}

#[test]
fn a_body_that_is_too_long_to_skip_ends_the_connection() {
    let driver = run(post("Content-Length: 65537\r\n", "").as_bytes());
    assert!(driver.responses()[0].closes());
    assert_eq!(driver.closed, Some(true));
    let driver = run(post("Content-Length: 65536\r\n", "").as_bytes());
    assert!(!driver.responses()[0].closes());
    assert_eq!(driver.closed, None);

    let mut driver = Driver::new();
    driver.receive(post("Transfer-Encoding: chunked\r\n", "").as_bytes());
    for _ in 0..100 {
        driver.receive(format!("400\r\n{}\r\n", "x".repeat(0x400)).as_bytes());
    }
    assert_eq!((driver.responses().len(), driver.closed), (1, Some(true)));
}

#[test]
fn a_broken_body_that_nobody_wanted_ends_the_connection_without_a_word() {
    let driver =
        run(format!("{}{NEXT}", post("Transfer-Encoding: chunked\r\n", "x\r\n")).as_bytes());
    assert_eq!((driver.responses().len(), driver.refused, driver.closed), (1, None, Some(true)));
}

fn reading() -> Driver {
    let mut driver = Driver::new();
    driver.reads_bodies = true;
    driver
}

#[test]
fn a_wanted_body_comes_as_it_was_sent() {
    for request in [
        post("Content-Length: 11\r\n", "hello world"),
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n"),
    ] {
        let bytes = format!("{request}{NEXT}");
        for split in 0..bytes.len() {
            let mut driver = reading();
            driver.receive(&bytes.as_bytes()[..split]);
            driver.receive(&bytes.as_bytes()[split..]);
            assert_eq!(driver.bodies, [b"hello world"], "split at {split}");
            assert_eq!(driver.understood(), ["POST / @a", "GET /next @a"], "split at {split}");
        }
        let mut driver = reading();
        for byte in bytes.bytes() {
            driver.receive(&[byte]);
        }
        assert_eq!(driver.bodies, [b"hello world"]);
        assert_eq!(driver.understood(), ["POST / @a", "GET /next @a"]);
    }
}

#[test]
fn a_long_body_does_not_pile_up() {
    let mut driver = reading();
    driver.receive(post("Content-Length: 10000000\r\n", "").as_bytes());
    for _ in 0..1000 {
        driver.receive(&[b'x'; 10_000]);
        assert!(driver.input.vacant().capacity() < 100_000);
    }
    assert_eq!(driver.bodies[0].len(), 10_000_000);
    assert_eq!(driver.understood(), ["POST / @a"]);
}

#[test]
fn a_broken_body_is_refused_while_it_is_read() {
    let mut driver = reading();
    driver.receive(post("Transfer-Encoding: chunked\r\n", "5\r\nhello!\r\n").as_bytes());
    assert_eq!((driver.refused, driver.closed), (Some(Refusal::Chunk), Some(true)));
    let mut driver = reading();
    driver.receive(post("Content-Length: 5\r\n", "hel").as_bytes());
    driver.end();
    assert_eq!(
        (driver.responses().len(), driver.closed),
        (0, Some(false)),
        "a body cut short is no request"
    );
}

#[test]
fn rfc9110_10_1_1_continue() {
    let request = post("Content-Length: 5\r\nExpect: 100-continue\r\n", "");
    let mut driver = reading();
    driver.receive(request.as_bytes());
    assert_eq!(driver.sent, b"HTTP/1.1 100 Continue\r\n\r\n");
    driver.receive(b"hello");
    let statuses: Vec<_> = driver.responses().iter().map(|response| response.status).collect();
    assert_eq!(statuses, [100, 200]);
    assert_eq!(driver.closed, None);

    // Nobody wants it: whether the client sends it is unknown, so the connection can't go on.
    let driver = run(request.as_bytes());
    assert!(driver.responses()[0].closes());
    assert_eq!(driver.closed, Some(true));
    // An empty list expects nothing.
    let empty = post("Content-Length: 5\r\nExpect:\r\n", "");
    let mut driver = reading();
    driver.receive(empty.as_bytes());
    assert!(driver.sent.is_empty(), "nobody asked to be told");
    driver.receive(b"hello");
    assert_eq!((driver.bodies.concat(), driver.closed), (b"hello".to_vec(), None));
    // Without a body there is nothing to wait for.
    let driver = run(b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!((driver.responses()[0].closes(), driver.closed), (false, None));
}

#[test]
fn discarding_has_its_own_limit() {
    let mut limits = Limits::default();
    limits.max_discard_bytes = 3;
    let mut driver = Driver::with(limits);
    driver.receive(post("Content-Length: 4\r\n", "1234").as_bytes());
    assert_eq!(driver.closed, Some(true));
}

#[test]
fn an_answer_needs_not_wait_for_the_body() {
    let chunked = post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    let counted = post("Content-Length: 11\r\n", "hello world");
    for request in [chunked, counted] {
        // Torn anywhere after the first byte of content.
        let content = request.find("hello").expect("it says so");
        for len in content + 1..=request.len() {
            let mut driver = reading();
            driver.answers_early = true;
            driver.receive(&request.as_bytes()[..len]);
            assert_eq!(driver.understood(), ["POST / @a"]);
            driver.receive(&request.as_bytes()[len..]);
            driver.receive(NEXT.as_bytes());
            assert_eq!(driver.understood(), ["POST / @a", "GET /next @a"], "{request:?}");
            assert_eq!((driver.refused, driver.closed), (None, None));
        }
    }
    let mut driver = reading();
    driver.answers_early = true;
    driver.receive(post("Content-Length: 100000\r\n", "hello").as_bytes());
    assert!(driver.responses()[0].closes(), "too much is left to throw away");
}
