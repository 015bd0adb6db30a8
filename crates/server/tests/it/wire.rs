//! The engine over real sockets: glued, torn, half-closed and garbled requests.

use crate::site::{Site, noise};

const REQUEST: &str = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n";

fn site() -> Site {
    Site::start(&[("a.txt", b"content of a"), ("large.bin", &noise(300_000, 9))])
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let site = site();
    let mut client = site.connect();
    let mut requests = String::new();
    for number in 0..200 {
        requests.push_str(match number % 4 {
            0 => REQUEST,
            1 => "GET /missing HTTP/1.1\r\nHost: a\r\n\r\n",
            2 => "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n",
            _ => "HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n",
        });
    }
    client.send(requests);
    for number in 0..200 {
        let answer = client.answer(number % 4 == 3);
        let expected = [(200, 12), (404, answer.body.len()), (200, 300_000), (200, 0)][number % 4];
        assert_eq!((answer.status, answer.body.len()), expected, "number {number}");
    }
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let site = site();
    let mut client = site.connect();
    for byte in REQUEST.bytes() {
        client.send([byte]);
    }
    assert_eq!(client.answer(false).text(), "content of a");
}

#[test]
fn a_client_that_stops_sending_still_gets_its_answers() {
    let site = site();
    let mut client = site.connect();
    client.send(format!("{REQUEST}{REQUEST}"));
    client.close_sending();
    assert_eq!(client.answer(false).text(), "content of a");
    assert_eq!(client.answer(false).text(), "content of a");
    client.expect_closed();
}

#[test]
fn half_a_request_is_no_request() {
    let site = site();
    let mut client = site.connect();
    client.send("GET /a.txt HTTP/1.1\r\nHo");
    client.close_sending();
    // It may be told so, or not; it is not answered with content, and the connection ends.
    let rest = client.rest();
    assert!(
        rest.is_empty() || rest.starts_with(b"HTTP/1.1 400"),
        "{:?}",
        String::from_utf8_lossy(&rest)
    );
}

#[track_caller]
fn refused(bytes: &[u8], status: u16) {
    let site = site();
    let mut client = site.connect();
    client.send(bytes);
    let answer = client.answer(false);
    assert_eq!(
        (answer.status, answer.field("connection")),
        (status, Some("close")),
        "{:?}",
        String::from_utf8_lossy(bytes)
    );
    client.expect_closed();
    assert_eq!(site.get("/a.txt").status, 200, "the next client is unharmed");
}

#[test]
fn what_the_gate_refuses_is_answered_once_and_ends() {
    refused(b"GET /a.txt HTTP/1.1\r\n\r\n", 400);
    refused(b"GET /a.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
    refused(b"GET /a.txt HTTP/1.1\nHost: a\n\n", 400);
    refused(b"GET /a.txt HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400);
    refused(b"GET /a.txt HTTP/1.1\r\nHost : a\r\n\r\n", 400);
    refused(b"POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
    refused(
        b"POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        400,
    );
    refused(b"POST /a.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501);
    refused(b"GET /a.txt HTTP/2.0\r\nHost: a\r\n\r\n", 505);
    refused(b"GET /a.txt HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417);
    refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400);
    refused(b"\x00\x01\x02", 400);
}

#[test]
fn a_refused_head_has_no_content() {
    let site = site();
    let long = format!("HEAD /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(9000));
    for (request, status) in [
        ("HEAD * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("HEAD /a.txt HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("HEAD /a.txt HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417),
        (&long, 414),
    ] {
        let mut client = site.connect();
        client.send(request);
        assert_eq!(client.answer(true).status, status, "{request:.40}");
        client.expect_closed();
    }
}

#[test]
fn what_follows_a_refusal_is_never_a_request() {
    let site = site();
    let mut client = site.connect();
    client.send(format!("GET /a.txt HTTP/1.1\r\n\r\n{REQUEST}"));
    assert_eq!(client.answer(false).status, 400);
    client.expect_closed();
}

#[test]
fn old_clients_are_served_and_left() {
    let site = site();
    let mut client = site.connect();
    client.send("GET /a.txt HTTP/1.0\r\n\r\n");
    assert_eq!(client.answer(false).text(), "content of a");
    client.expect_closed();
    let mut client = site.connect();
    client.send("GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let answer = client.answer(false);
    assert_eq!(
        answer.field("connection").map(str::to_ascii_lowercase).as_deref(),
        Some("keep-alive")
    );
    assert_eq!(client.get("/a.txt").status, 200);
}

#[test]
fn a_client_that_vanishes_harms_nobody() {
    let site = site();
    for _ in 0..20 {
        let mut client = site.connect();
        client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20));
    }
    site.wait_for(|stats| stats.accepted == 20 && stats.open == 0);
    assert_eq!(site.get("/a.txt").status, 200);
    assert_eq!(site.handle.stats().panics, 0);
}
