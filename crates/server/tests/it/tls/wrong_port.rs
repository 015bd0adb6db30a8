//! Whoever comes with the wrong scheme, or with noise, is told so.

use std::io::{Read, Write};

use catzilla_testkit::response;

use crate::client::Answer;
use crate::site::Site;
use crate::tls::Secure;
use crate::tls::client::{hello, socket};
use crate::tls::files::Files;

/// What comes back for raw bytes, until the end.
fn raw(address: std::net::SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut socket = socket(address);
    socket.write_all(bytes).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    answer
}

#[track_caller]
fn check_text(answer: &[u8], to_head: bool, says: &str) {
    let (answer, _) = response::read(answer, to_head).unwrap().expect("a response");
    let answer = Answer::from(answer);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.field("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.field("connection"), Some("close"));
    assert_eq!(answer.text().contains(says), !to_head, "{:?}", answer.text());
}

#[test]
fn a_plain_request_where_tls_is_spoken() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    for request in
        ["GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", "G", "PRI * HTTP/2.0\r\n\r\n", "QUIT\r\n"]
    {
        check_text(&raw(secure.site.address(), request.as_bytes()), false, "write https://");
    }
    check_text(
        &raw(secure.site.address(), b"HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"),
        true,
        "https",
    );
    let stats = secure.site.wait_for(|stats| stats.open == 0);
    assert_eq!((stats.client_error, stats.handshakes, stats.failed_handshakes), (5, 0, 0));
    assert_eq!(secure.connect().get("/a.txt").status, 200);
}

#[test]
fn a_client_that_sends_on_is_answered_and_told_to_go() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let mut socket = socket(secure.site.address());
    socket.write_all(b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    check_text(&answer, false, "write https://");
}

#[test]
fn tls_where_http_is_spoken() {
    let site = Site::start(&[("a.txt", b"a")]);
    let hello = hello(&Files::new().client());
    for len in [1, 2, 5, 100, hello.len()] {
        check_text(&raw(site.address(), &hello[..len]), false, "write http://");
    }
    assert_eq!(site.get("/a.txt").status, 200);
}

#[test]
fn noise_is_told_off_by_an_alert() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let noise: [&[u8]; 5] = [
        b"\x16\x03\x01\x00\x05hello",
        b"\x16\x03\x01\xff\xff",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x80\x2e\x01\x03\x01",
        &[0; 300],
    ];
    for (bytes, number) in noise.into_iter().zip(1..) {
        let answer = raw(secure.site.address(), bytes);
        secure.site.wait_for(|stats| stats.failed_handshakes == number && stats.open == 0);
        if let [kind, ..] = answer[..] {
            assert_eq!(kind, 21, "an alert: {answer:x?}");
        }
    }
    assert_eq!(secure.connect().get("/a.txt").status, 200);
}
