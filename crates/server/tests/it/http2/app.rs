//! Applications over HTTP/2.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use catzilla_server::{Limits, RequestBody, Server};
use http::{HeaderMap, Method, Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::sync::Semaphore;

use super::client::{
    CANCEL, Client, DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, RawClient, head,
};
use crate::app::handlers::{Text, count, echo, pass, show, status, text};
use crate::site::{Site, TestClock, eventually, noise};

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

/// Says what the cookies are.
async fn cookies(request: Request<RequestBody>) -> Text {
    let lines = request.headers().get_all("cookie").iter();
    text(lines.map(|line| line.to_str().unwrap()).collect::<Vec<_>>().join(" | "))
}

async fn panics(_: Request<RequestBody>) -> Text {
    panic!("on purpose");
}

type Frames = Vec<Result<Frame<Bytes>, std::io::Error>>;

fn streamed(
    frames: Frames,
    length: Option<&str>,
) -> Response<impl http_body::Body<Data = Bytes, Error = std::io::Error>> {
    let mut response = Response::new(StreamBody::new(futures_util::stream::iter(frames)));
    if let Some(length) = length {
        response.headers_mut().insert("content-length", length.parse().unwrap());
    }
    response
}

#[expect(clippy::unnecessary_wraps, reason = "one of several frames, of which one may fail")]
fn data(bytes: &'static [u8]) -> Result<Frame<Bytes>, std::io::Error> {
    Ok(Frame::data(Bytes::from_static(bytes)))
}

fn site() -> Site {
    let with_trailers = |_: Request<RequestBody>| async {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-checksum", "5".parse().unwrap());
        streamed(vec![data(b"one"), data(b"two"), Ok(Frame::trailers(trailers))], None)
    };
    let fails = |_: Request<RequestBody>| async {
        streamed(vec![data(b"one"), Err(std::io::ErrorKind::Other.into())], None)
    };
    let short =
        |_: Request<RequestBody>| async { streamed(vec![data(b"one"), data(b"two")], Some("7")) };
    let long =
        |_: Request<RequestBody>| async { streamed(vec![data(b"one"), data(b"two")], Some("5")) };
    Site::of(
        Server::builder()
            .limits(limits(|limits| limits.max_body_bytes = 8_000_000))
            .route(Method::GET, "/show/{id}", show)
            .route(Method::GET, "/cookies", cookies)
            .route(Method::POST, "/count", count)
            .route(Method::POST, "/echo", echo)
            .route(Method::GET, "/panics", panics)
            .route(Method::POST, "/ignores", |_: Request<RequestBody>| async { status(204) })
            .route(Method::GET, "/trailers", with_trailers)
            .route(Method::GET, "/fails", fails)
            .route(Method::GET, "/short", short)
            .route(Method::GET, "/long", long),
    )
}

#[test]
fn handlers_are_told_what_http_1_would_tell_them() {
    let site = site();
    let client = Client::connect(site.address());
    let shown = client.get("/show/7?a=b");
    let said = format!("GET /show/7?a=b @{} id=7", site.address());
    assert_eq!((shown.status, shown.body), (200, said.into_bytes()));
    let head = client.ask("HEAD", "/show/7?a=b", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    let crumbs = [("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3")];
    assert_eq!(client.ask("GET", "/cookies", &crumbs, b"").body, b"a=1; b=2; c=3");
    let other = client.ask("PUT", "/count", &[], b"");
    assert_eq!((other.status, other.field("allow")), (405, Some("OPTIONS, POST")));
    assert_eq!(client.get("/nowhere").status, 404);
}

/// Whether a client that still sent was told to send no more: by the reset, or, where that came between two of its
/// frames, by its own engine, which has no stream for the next one any more.
fn is_told_to_stop(err: &h2::Error) -> bool {
    let by_itself = err.reason().is_none() && !err.is_io() && !err.is_go_away();
    by_itself || err.reason() == Some(h2::Reason::NO_ERROR)
}

#[test]
fn bodies_go_both_ways_and_have_a_limit() {
    let site = site();
    // Small windows, so that flow control has something to do.
    let client = Client::with_windows(site.address(), 30_000, 50_000);
    for len in [0, 1, 1_000, 100_000, 3_000_000] {
        let content = noise(len, 1);
        let counted = client.ask("POST", "/count", &[], &content);
        assert_eq!(counted.body, len.to_string().into_bytes());
        let echoed = client.ask("POST", "/echo", &[], &content);
        assert!(echoed.status == 200 && echoed.body == content, "{len}");
    }
    for length in [None, Some("9000000")] {
        let fields: Vec<_> = length.map(|length| ("content-length", length)).into_iter().collect();
        match client.try_ask("POST", "/count", &fields, &noise(9_000_000, 2)) {
            Ok(answer) => assert_eq!(answer.status, 413),
            Err(err) => assert!(is_told_to_stop(&err), "{err}"),
        }
    }
    let ignored = client.try_ask("POST", "/ignores", &[], &noise(1_000_000, 3));
    match ignored {
        Ok(answer) => assert_eq!(answer.status, 204),
        Err(err) => assert!(is_told_to_stop(&err), "{err}"),
    }
    assert_eq!(client.get("/show/1").status, 200, "the connection lives");
}

#[test]
fn what_a_handler_does_wrong_ends_its_stream_alone() {
    let site = site();
    let client = Client::connect(site.address());
    assert_eq!(client.get("/panics").status, 500);
    for path in ["/fails", "/short", "/long"] {
        let err = client.try_ask("GET", path, &[], b"").unwrap_err();
        assert_eq!(err.reason(), Some(h2::Reason::INTERNAL_ERROR), "{path}");
    }
    assert_eq!(client.get("/trailers").body, b"onetwo");
    assert_eq!((site.handle.stats().panics, site.handle.stats().cut_short), (1, 3));
}

#[test]
fn trailers_travel() {
    let site = site();
    let mut client = RawClient::open(site.address());
    client.get(1, "/trailers");
    assert_eq!(client.expect(HEADERS).flags & END_STREAM, 0);
    let mut content = Vec::new();
    let trailers = loop {
        let frame = client.next().expect("trailers");
        match frame.kind {
            DATA => content.extend(frame.payload),
            HEADERS => break frame,
            _ => {}
        }
    };
    assert_eq!(content, b"onetwo");
    assert_eq!(trailers.flags, END_STREAM | END_HEADERS);
}

#[test]
fn a_client_that_waits_to_be_asked_is_asked_when_the_handler_reads() {
    let door = Arc::new(Semaphore::new(0));
    let waiting = Arc::clone(&door);
    let site = Site::of(Server::builder().route(Method::POST, "/late", move |request| {
        let door = Arc::clone(&waiting);
        async move {
            pass(&door).await;
            count(request).await
        }
    }));
    let mut client = RawClient::open(site.address());
    let fields = [
        (":method", "POST"),
        (":path", "/late"),
        (":scheme", "http"),
        (":authority", "a"),
        ("expect", "100-continue"),
    ];
    client.frame(HEADERS, END_HEADERS, 1, &head(&fields));
    site.wait_for(|stats| stats.app_requests == 1);
    door.add_permits(1);
    let go_on = client.expect(HEADERS);
    assert_eq!(go_on.flags & END_STREAM, 0);
    assert!(go_on.payload.windows(3).any(|window| window == b"100") || go_on.payload.len() > 1);
    client.frame(DATA, END_STREAM, 1, b"12345");
    assert_eq!(client.expect(HEADERS).payload[0], 0x88, "200");
    assert_eq!(client.expect(DATA).payload, b"5");
}

/// A handler that waits for ever, and how often it began and was dropped.
fn endless(seen: &Arc<[AtomicUsize; 2]>) -> ServerWith {
    struct Guard(Arc<[AtomicUsize; 2]>);

    impl Drop for Guard {
        fn drop(&mut self) {
            self.0[1].fetch_add(1, Ordering::Relaxed);
        }
    }

    let seen = Arc::clone(seen);
    Server::builder().route(Method::GET, "/endless", move |_: Request<RequestBody>| {
        seen[0].fetch_add(1, Ordering::Relaxed);
        let guard = Guard(Arc::clone(&seen));
        async move {
            let _guard = guard;
            std::future::pending::<Text>().await
        }
    })
}

type ServerWith = catzilla_server::ServerBuilder;

#[track_caller]
fn wait_for(counter: &AtomicUsize) {
    assert!(eventually(|| (counter.load(Ordering::Relaxed) == 1).then_some(())).is_some());
}

#[test]
fn a_stream_that_is_given_up_ends_its_handler() {
    let seen = Arc::default();
    let site = Site::of(endless(&seen));
    let mut client = RawClient::open(site.address());
    client.get(1, "/endless");
    wait_for(&seen[0]);
    client.frame(RST_STREAM, 0, 1, &CANCEL.to_be_bytes());
    wait_for(&seen[1]);
    client.get(3, "/nowhere");
    assert_eq!(client.expect(HEADERS).stream, 3, "the connection lives");
    client.get(5, "/endless");
    assert!(eventually(|| (seen[0].load(Ordering::Relaxed) == 2).then_some(())).is_some());
    drop(client);
    assert!(eventually(|| (seen[1].load(Ordering::Relaxed) == 2).then_some(())).is_some());
}

#[test]
fn a_handler_that_never_answers_is_504() {
    let clock = TestClock::default();
    let seen = Arc::default();
    let site = Site::of(endless(&seen).clock(clock.clone()));
    let mut client = RawClient::open(site.address());
    client.get(1, "/endless");
    wait_for(&seen[0]);
    let mut creep = clock.creeping();
    site.wait_for(|stats| {
        creep();
        stats.server_error == 1
    });
    assert_eq!(client.expect(HEADERS).stream, 1);
    wait_for(&seen[1]);
}

#[test]
fn a_body_that_takes_longer_than_a_handler_may_is_waited_for() {
    let clock = TestClock::default();
    let site =
        Site::of(Server::builder().clock(clock.clone()).route(Method::POST, "/count", count));
    let mut client = RawClient::open(site.address());
    let fields =
        [(":method", "POST"), (":path", "/count"), (":scheme", "http"), (":authority", "a")];
    client.frame(HEADERS, END_HEADERS, 1, &head(&fields));
    site.wait_for(|stats| stats.app_requests == 1);
    let (begin, mut creep) = (clock.0.monotonic(), clock.creeping());
    // Far longer than a handler has, and never longer than a body may pause.
    let mut pieces = 0;
    while clock.0.monotonic() < begin + std::time::Duration::from_secs(150) {
        creep();
        if clock.0.monotonic().as_secs() >= begin.as_secs() + 10 * pieces {
            client.frame(DATA, 0, 1, &[b'x'; 5000]);
            pieces += 1;
        }
        std::thread::yield_now();
    }
    client.frame(DATA, END_STREAM, 1, b"");
    assert_eq!(client.expect(HEADERS).payload[0], 0x88, "200");
    assert_eq!(client.expect(DATA).payload, (5000 * pieces).to_string().into_bytes());
}

#[test]
fn a_client_that_waits_to_be_asked_is_answered_by_the_server_at_once() {
    let site = site();
    let mut client = RawClient::open(site.address());
    let ask = |path: &str, length: &str| {
        head(&[
            (":method", "POST"),
            (":path", path),
            (":scheme", "http"),
            (":authority", "a"),
            ("content-length", length),
            ("expect", "100-continue"),
        ])
    };
    // Nothing of a body is ever sent.
    for (stream, path, length) in
        [(1, "/show/1", "5"), (3, "/nowhere", "5"), (5, "/count", "9000000")]
    {
        client.frame(HEADERS, END_HEADERS, stream, &ask(path, length));
        assert_eq!(client.expect(HEADERS).stream, stream, "{path}");
    }
    site.wait_for(|stats| stats.client_error == 3);
}
