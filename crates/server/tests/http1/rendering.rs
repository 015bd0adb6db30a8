//! From plans to bytes, judged by the strict reader.

use std::time::SystemTime;

use bytes::Bytes;
use catzilla_server::http1::{Connection, DateLine, Event, Input, Outbox, Output, RequestHead};
use catzilla_server::{Block, Body, Limits, Overlay, Piece, ResponsePlan, Status};
use catzilla_testkit::response::{self, Response};

use crate::driver::Driver;

fn plan(status: Status, body: Body) -> ResponsePlan {
    let length = if status.is_bodiless() { None } else { Some(body.len()) };
    ResponsePlan {
        status,
        block: Block::Static(b"content-type: text/plain\r\netag: \"1\"\r\n"),
        overlay: Overlay::default(),
        length,
        body,
        close: false,
    }
}

/// The bytes of one answer to a request of this method.
fn rendered(method: &str, plan: ResponsePlan) -> Vec<u8> {
    let (mut engine, mut input, mut head) =
        (Connection::new(), Input::new(), RequestHead::default());
    let (mut outbox, limits) = (Outbox::new(), Limits::default());
    let request = format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
    input.vacant().extend_from_slice(request.as_bytes());
    assert_eq!(engine.next(&mut input, &mut head, &limits), Event::Request);
    let date = DateLine::new(SystemTime::UNIX_EPOCH);
    engine.answer(plan, &mut input, &mut outbox, &date, &limits);
    let mut sent = Vec::new();
    while let Some(Output::Bytes { first, second, .. }) = outbox.front() {
        // Two runs at once, torn in the second.
        let len = (first.len() + second.len()).min(10_000);
        sent.extend([first, second].concat().drain(..len));
        outbox.advance(len as u64);
    }
    assert_eq!(engine.next(&mut input, &mut head, &limits), Event::Idle);
    sent
}

#[track_caller]
fn read(method: &str, plan: ResponsePlan) -> Response {
    let sent = rendered(method, plan);
    let (response, len) = response::read(&sent, method == "HEAD").unwrap().unwrap();
    assert_eq!(len, sent.len(), "nothing follows the response");
    response
}

fn noise(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n % 253) as u8).collect()
}

#[test]
fn the_bytes_of_a_response() {
    let expected = "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\ncontent-length: 5\r\n\
        content-type: text/plain\r\netag: \"1\"\r\n\r\nhello";
    let sent = rendered("GET", plan(Status::OK, Body::Memory(Bytes::from_static(b"hello"))));
    assert_eq!(String::from_utf8(sent).unwrap(), expected);
}

#[test]
fn a_body_arrives_whole_whatever_holds_it() {
    for len in [0, 1, 8 * 1024, 8 * 1024 + 1, 100_000] {
        let half = |bytes: &[u8]| Piece::Bytes(Bytes::copy_from_slice(bytes));
        let (front, back) = (&noise(len)[..len / 2], &noise(len)[len / 2..]);
        for body in [
            Body::Memory(noise(len).into()),
            Body::Buffer(noise(len)),
            Body::Parts(vec![half(front), half(back)]),
            Body::Parts(vec![half(b""), half(front), half(b""), half(back)]),
        ] {
            let what = format!("{len} bytes in {body:?}").chars().take(60).collect::<String>();
            assert_eq!(read("GET", plan(Status::OK, body)).body, noise(len), "{what}");
        }
    }
    assert_eq!(read("GET", plan(Status::OK, Body::None)).body, b"");
}

#[test]
fn head_declares_what_get_sends() {
    for body in [Body::None, Body::Memory(noise(9_000).into()), Body::Buffer(noise(5))] {
        let len = body.len().to_string();
        let response = read("HEAD", plan(Status::OK, body));
        assert_eq!(response.values("content-length").next(), Some(len.as_bytes()));
        assert_eq!(response.values("etag").next(), Some(&b"\"1\""[..]));
    }
    // A length without a body, as for a file that nobody opened.
    let unopened = ResponsePlan { length: Some(1 << 40), ..plan(Status::OK, Body::None) };
    let response = read("HEAD", unopened);
    assert_eq!(response.values("content-length").next(), Some(&b"1099511627776"[..]));
}

#[test]
fn rfc9110_6_4_1_some_answers_never_have_content() {
    for status in [Status::NO_CONTENT, Status::NOT_MODIFIED] {
        for method in ["GET", "HEAD"] {
            let response = read(method, plan(status, Body::None));
            assert_eq!(response.values("content-length").count(), 0, "{status:?}");
        }
    }
}

#[test]
fn an_overlay_edits_what_was_rendered_ahead() {
    let mut edited = plan(Status::OK, Body::None);
    edited.overlay.replace("ETag", "\"2\"").unwrap();
    edited.overlay.append("Vary", "accept").unwrap();
    edited.overlay.remove("content-type");
    let response = read("GET", edited);
    assert_eq!(response.values("etag").collect::<Vec<_>>(), [b"\"2\""]);
    assert_eq!(response.values("vary").collect::<Vec<_>>(), [b"accept"]);
    assert_eq!(response.values("content-type").count(), 0);
}

#[test]
fn a_client_that_never_reads_holds_one_batch() {
    let mut driver = Driver::new();
    driver.never_reads = true;
    driver.receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(10_000).as_bytes());
    let limits = Limits::default();
    assert!(driver.outbox.must_flush(&limits));
    assert!(driver.outbox.pending() < 2 * limits.max_batch_bytes as u64);
    // When it reads at last, it gets all of them.
    driver.never_reads = false;
    driver.go_on();
    assert_eq!(driver.understood().len(), 10_000);
}
