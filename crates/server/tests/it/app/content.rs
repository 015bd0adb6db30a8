//! Answers of handlers on their way to the client.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use catzilla_server::{RequestBody, Server};
use http::{Method, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::site::{Site, TestClock, noise};

/// Pieces, and what the body says of itself.
struct Pieces {
    pieces: VecDeque<Result<Bytes, &'static str>>,
    exact: Option<u64>,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(self.get_mut().pieces.pop_front().map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// What others send, as it comes.
struct Sent(UnboundedReceiver<&'static str>);

impl Body for Sent {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        let next = self.get_mut().0.poll_recv(cx);
        next.map(|next| next.map(|text| Ok(Frame::data(text.into()))))
    }
}

/// Answers of a kind that the path names.
async fn kinds(request: Request<RequestBody>) -> Response<Pieces> {
    let kind = request.uri().path().trim_start_matches('/').to_owned();
    let three = ["one", "", "two", "three"].map(|piece| Ok(Bytes::from_static(piece.as_bytes())));
    let mut pieces = VecDeque::from(three);
    let mut exact = None;
    let mut response = Response::builder().header("x-kind", &kind);
    match &*kind {
        "sized" => exact = Some(11),
        "declared" => response = response.header("content-length", 11),
        "204" => response = response.status(204),
        "304" => response = response.status(304).header("etag", "\"1\""),
        "fails" => pieces.push_back(Err("on purpose")),
        "fails-sized" => {
            exact = Some(20);
            pieces.push_back(Err("on purpose"));
        }
        "fails-at-once" => pieces.push_front(Err("on purpose")),
        "short" => exact = Some(12),
        "long" => exact = Some(10),
        "other-length" => {
            exact = Some(11);
            response = response.header("content-length", 12);
        }
        "twice" => response = response.header("content-length", 11).header("content-length", 11),
        "gzip" => response = response.header("transfer-encoding", "gzip, chunked"),
        "chunked" => response = response.header("transfer-encoding", "chunked"),
        "100" => response = response.status(100),
        "101" => response = response.status(101).header("upgrade", "echo"),
        "799" => response = response.status(799),
        "201" => response = response.status(201),
        "close" => response = response.header("connection", "close").header("date", "never"),
        "large" => {
            pieces = noise(1_000_000, 5).chunks(30_000).map(|it| Ok(it.to_vec().into())).collect();
        }
        _ => {}
    }
    response.body(Pieces { pieces, exact }).unwrap()
}

fn site() -> Site {
    Site::of(Server::builder().route(Method::GET, "/{kind}", kinds))
}

#[test]
fn content_is_framed_by_the_server() {
    let site = site();
    let mut client = site.connect();
    for kind in ["plain", "chunked", "sized", "declared", "201"] {
        let answer = client.get(&format!("/{kind}"));
        assert_eq!((answer.text(), answer.field("x-kind")), ("onetwothree", Some(kind)));
        let is_sized = kind == "sized" || kind == "declared";
        assert_eq!(answer.field("content-length"), is_sized.then_some("11"), "{kind}");
        assert_eq!(answer.field("transfer-encoding"), (!is_sized).then_some("chunked"), "{kind}");
        let head = client.ask("HEAD", &format!("/{kind}"), &[]);
        assert_eq!(
            (head.status, head.field("content-length")),
            (answer.status, answer.field("content-length"))
        );
    }
    for status in [204, 304] {
        let answer = client.get(&format!("/{status}"));
        assert_eq!((answer.status, answer.body.len()), (status, 0));
    }
    assert!(client.get("/large").body == noise(1_000_000, 5));
    assert_eq!(site.handle.stats().accepted, 1, "all on one connection");
    let answer = client.get("/close");
    assert_eq!((answer.text(), answer.field("connection")), ("onetwothree", Some("close")));
    assert!(answer.field("date").unwrap().ends_with("GMT"), "the server's own");
    client.expect_closed();
}

#[test]
fn http_1_0_gets_no_chunks() {
    let site = site();
    let mut client = site.connect();
    client.send("GET /sized HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let answer = client.answer(false);
    assert_eq!((answer.text(), answer.field("connection")), ("onetwothree", Some("keep-alive")));
    client.send("GET /plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let all = String::from_utf8(client.rest()).unwrap();
    let (head, body) = all.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "onetwothree");
    assert!(head.contains("connection: close") && !head.contains("transfer-encoding"), "{head}");
    // An end that is none doesn't look like one.
    let mut client = site.connect();
    client.send("GET /fails HTTP/1.0\r\n\r\n");
    assert!(client.is_reset(), "a reset, and not an end");
}

#[test]
fn content_that_is_not_as_announced_is_cut_and_never_padded() {
    let site = site();
    for (kind, is_sized) in
        [("fails", false), ("fails-sized", true), ("short", true), ("long", true)]
    {
        let mut client = site.connect();
        client.send(format!("GET /{kind} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let rest = client.try_answer(false).expect_err(kind);
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 200 OK\r\n"), "{kind}");
        let what = String::from_utf8_lossy(&rest);
        assert!(!what.ends_with("\r\n0\r\n\r\n"), "{kind}: {what}");
        assert!(rest.is_empty() || what.contains("content-length") == is_sized, "{kind}: {what}");
    }
    assert_eq!(site.wait_for(|stats| stats.open == 0).cut_short, 4);
}

#[test]
fn an_answer_that_can_not_be_sent_is_500() {
    let site = site();
    let mut client = site.connect();
    for kind in ["fails-at-once", "other-length", "twice", "gzip", "100", "101", "799"] {
        let answer = client.get(&format!("/{kind}"));
        assert_eq!((answer.status, answer.field("x-kind")), (500, None), "{kind}");
    }
    assert_eq!(client.get("/plain").status, 200, "the connection goes on");
}

#[test]
fn content_goes_out_as_it_comes() {
    let (sender, receiver) = unbounded_channel();
    let receiver = std::sync::Mutex::new(Some(receiver));
    let handler = move |_: Request<RequestBody>| {
        let receiver = receiver.lock().unwrap().take().unwrap();
        async { Response::new(Sent(receiver)) }
    };
    let site = Site::of(Server::builder().route(Method::GET, "/", handler));
    let mut client = site.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.until(b"\r\n\r\n");
    for text in ["tick", "tock"] {
        sender.send(text).unwrap();
        assert_eq!(client.until(b"ck\r\n"), format!("4\r\n{text}\r\n").as_bytes());
    }
    drop(sender);
    assert_eq!(client.until(b"0\r\n\r\n"), b"0\r\n\r\n");
}

/// Noise without end, counted as it is taken.
struct Endless(Arc<AtomicU64>, Bytes);

impl Body for Endless {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        self.0.fetch_add(self.1.len() as u64, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(self.1.clone()))))
    }
}

#[test]
fn a_client_that_does_not_read_stops_the_handler() {
    let clock = TestClock::default();
    let taken = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&taken);
    let endless = move |_: Request<RequestBody>| {
        let body = Endless(Arc::clone(&counter), vec![b'x'; 10_000].into());
        async { Response::new(body) }
    };
    let small = |_: Request<RequestBody>| async { Response::new(Full::new(Bytes::from("small"))) };
    let server = Server::builder().clock(clock.clone()).route(Method::GET, "/endless", endless);
    let site = Site::of(server.route(Method::GET, "/small", small));
    let mut stuck = site.connect();
    stuck.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut creep = clock.creeping();
    site.wait_for(|stats| {
        creep();
        stats.open == 0 && stats.timed_out == 1
    });
    let (sent, taken) = (site.handle.stats().bytes_sent, taken.load(Ordering::Relaxed));
    // What the socket took, and what waits in between.
    assert!(taken <= sent + 300_000, "{taken} bytes were made, {sent} sent");
    assert_eq!(site.get("/small").text(), "small");
}
