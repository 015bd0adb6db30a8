//! Handlers that sleep, block, panic, never answer, or are left by their clients.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};
use std::time::Duration;

use bytes::Bytes;
use catzilla_server::{Limits, RequestBody, Server};
use http::{Method, Request, Response};
use http_body::{Body, Frame};
use tokio::sync::Semaphore;

use super::handlers::{Text, pass, text};
use crate::gate::Gate;
use crate::site::{Site, TestClock, eventually};

const FILES: &[(&str, &[u8])] = &[("a.txt", b"file")];

/// What has begun, and what of it has been dropped.
#[derive(Default)]
struct Seen {
    begun: AtomicUsize,
    dropped: AtomicUsize,
}

struct Guard(Arc<Seen>);

impl Guard {
    fn new(seen: &Arc<Seen>) -> Self {
        seen.begun.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(seen))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl Seen {
    #[track_caller]
    fn wait_for(count: &AtomicUsize, expected: usize) {
        let seen = eventually(|| (count.load(Ordering::Relaxed) == expected).then_some(()));
        assert!(seen.is_some(), "{count:?} instead of {expected}");
    }
}

/// A handler that waits at a door, and counts when it is dropped.
fn waits(
    door: &Arc<Semaphore>,
    seen: &Arc<Seen>,
) -> impl Fn(Request<RequestBody>) -> Pin<Box<dyn Future<Output = Text> + Send>> + 'static {
    let (door, seen) = (Arc::clone(door), Arc::clone(seen));
    move |_| {
        let (door, guard) = (Arc::clone(&door), Guard::new(&seen));
        Box::pin(async move {
            let _guard = guard;
            pass(&door).await;
            text("through")
        })
    }
}

async fn panics(request: Request<RequestBody>) -> Response<Panicking> {
    assert!(request.uri().path() != "/panic", "on purpose");
    Response::new(Panicking)
}

/// Content that panics after its begin.
struct Panicking;

impl Body for Panicking {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("on purpose");
    }
}

#[test]
fn static_content_is_served_while_handlers_sleep_block_and_panic() {
    let (door, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Gate::default()));
    let blocking = Arc::clone(&gate);
    let blocks = move |_: Request<RequestBody>| {
        blocking.pass();
        async { text("unblocked") }
    };
    let site = Site::with(
        FILES,
        |server| {
            server
                .app_threads(NonZeroUsize::MIN)
                .route(Method::GET, "/sleep", waits(&door, &Arc::default()))
                .route(Method::GET, "/block", blocks)
                .route(Method::GET, "/panic", panics)
        },
        |mount| mount,
    );
    let mut asleep: Vec<_> = (0..20).map(|_| site.connect()).collect();
    for client in &mut asleep {
        client.send("GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for _ in 0..20 {
        assert_eq!(site.get("/panic").status, 500);
        assert_eq!(site.get("/a.txt").text(), "file");
    }
    // The only thread of the application stands still from here on.
    let mut blocked = site.connect();
    blocked.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
    gate.wait_for(1);
    let mut late = site.connect();
    late.send("GET /panic HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut client = site.connect();
    for _ in 0..100 {
        assert_eq!(client.get("/a.txt").text(), "file");
    }
    gate.open();
    assert_eq!(blocked.answer(false).text(), "unblocked");
    assert_eq!(late.answer(false).status, 500);
    door.add_permits(20);
    for client in &mut asleep {
        assert_eq!(client.answer(false).text(), "through");
    }
    assert_eq!(site.handle.stats().panics, 21);
}

#[test]
fn a_panic_ends_one_request_and_in_its_content_one_connection() {
    let server = Server::builder().route(Method::GET, "/panic", panics);
    let site = Site::of(server.route(Method::GET, "/later", panics));
    let mut client = site.connect();
    assert_eq!(client.get("/panic").status, 500);
    assert_eq!(client.get("/panic").status, 500, "the connection goes on");
    // It panics before anything of it was sent.
    assert_eq!(client.get("/later").status, 500);
}

#[test]
fn more_requests_than_there_are_places_are_503() {
    let (door, seen) = (Arc::new(Semaphore::new(0)), Arc::default());
    let mut limits = Limits::default();
    limits.max_app_requests = 1;
    let handler = waits(&door, &seen);
    let site = Site::with(
        FILES,
        |server| server.limits(limits).route(Method::GET, "/wait", handler),
        |mount| mount,
    );
    let mut first = site.connect();
    first.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    site.wait_for(|stats| stats.app_requests == 1);
    let mut second = site.connect();
    let answer = second.get("/wait");
    assert_eq!((answer.status, answer.field("retry-after")), (503, Some("1")));
    assert_eq!(second.get("/a.txt").text(), "file");
    door.add_permits(2);
    assert_eq!(first.answer(false).text(), "through");
    // The place is free when the handler is gone, which may be a moment after its answer.
    let answered = eventually(|| Some(second.get("/wait")).filter(|answer| answer.status == 200));
    assert_eq!(answered.expect("a place").text(), "through");
}

#[test]
fn a_handler_that_does_not_answer_in_time_is_504() {
    let clock = TestClock::default();
    let (door, seen) = (Arc::new(Semaphore::new(0)), Arc::<Seen>::default());
    let handler = waits(&door, &seen);
    let server = |server: catzilla_server::ServerBuilder| {
        server.clock(clock.clone()).route(Method::GET, "/wait", handler)
    };
    let site = Site::with(FILES, server, |mount| mount);
    let mut client = site.connect();
    client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    let (begin, mut creep) = (clock.0.monotonic(), clock.creeping());
    site.wait_for(|stats| {
        creep();
        stats.timed_out == 1
    });
    assert!(clock.0.monotonic() > begin + Duration::from_mins(1));
    assert_eq!(client.answer(false).status, 504);
    assert_eq!(client.get("/a.txt").text(), "file", "the connection goes on");
    Seen::wait_for(&seen.dropped, 1);
}

/// Content that waits for ever, and counts when it is dropped.
struct Silent(#[expect(dead_code, reason = "it is there to be dropped")] Guard);

impl Body for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// Something of the handler's that tells on which thread it is dropped.
#[derive(Clone)]
struct Told(#[expect(dead_code, reason = "it is there to be dropped")] Arc<Tells>);

struct Tells(Sender<ThreadId>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(thread::current().id());
    }
}

#[test]
fn what_a_handler_attaches_to_its_answer_is_dropped_on_a_thread_of_the_application() {
    let (sender, threads) = mpsc::channel();
    let attaches = move |request: Request<RequestBody>| {
        let sender = sender.clone();
        async move {
            let _ = sender.send(thread::current().id());
            let mut response = Response::new(request.into_body());
            response.extensions_mut().insert(Told(Arc::new(Tells(sender))));
            response
        }
    };
    let server = Server::builder().app_threads(NonZeroUsize::MIN);
    let site = Site::of(server.route([Method::GET, Method::POST], "/", attaches));
    let mut client = site.connect();
    // Whole answers and one that comes bit by bit.
    for method in ["GET", "HEAD", "POST"] {
        let body = if method == "POST" { "5\r\nhello\r\n0\r\n\r\n" } else { "" };
        let framing = if body.is_empty() { "" } else { "Transfer-Encoding: chunked\r\n" };
        client.send(format!("{method} / HTTP/1.1\r\nHost: a\r\n{framing}\r\n{body}"));
        assert_eq!(client.answer(method == "HEAD").status, 200);
        let [handled, dropped] = [(); 2].map(|()| threads.recv().unwrap());
        assert_eq!(dropped, handled, "{method}");
    }
}

#[test]
fn a_client_that_goes_away_takes_its_handler_along() {
    let (door, seen) = (Arc::new(Semaphore::new(0)), Arc::<Seen>::default());
    let handler = waits(&door, &seen);
    let counter = Arc::clone(&seen);
    let silent = move |_: Request<RequestBody>| {
        let body = Silent(Guard::new(&counter));
        async { Response::new(body) }
    };
    let methods = [Method::GET, Method::POST];
    let server = Server::builder().route(methods.clone(), "/wait", handler);
    let site = Site::of(server.route(methods, "/silent", silent));
    // More than is received of what nobody asks for.
    let much = "x".repeat(20_000);
    let requests = [
        "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /silent HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
        "GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET /wait HTTP/1.1\r\nHost: a\r\n\r\n",
        &format!("POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n{much}"),
        &format!("POST /silent HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n{much}"),
        &format!("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n{much}"),
    ];
    let ends = requests.into_iter().flat_map(|request| [(request, false), (request, true)]);
    for (count, (request, reset)) in ends.enumerate() {
        let mut client = site.connect();
        client.send(request);
        // Before that, there is no handler to be dropped.
        Seen::wait_for(&seen.begun, count + 1);
        if request.contains("/silent") {
            client.until(b"\r\n\r\n");
        }
        if reset {
            client.reset();
        } else {
            drop(client);
        }
        Seen::wait_for(&seen.dropped, count + 1);
        site.wait_for(|stats| stats.open == 0);
    }
}

#[test]
fn answers_keep_the_order_of_their_requests() {
    let (door, seen) = (Arc::new(Semaphore::new(0)), Arc::default());
    let handler = waits(&door, &seen);
    let site =
        Site::with(FILES, |server| server.route(Method::GET, "/wait", handler), |mount| mount);
    let mut client = site.connect();
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send([get("/a.txt"), get("/wait"), get("/a.txt"), get("/wait")].concat());
    assert_eq!(client.answer(false).text(), "file", "it needn't wait");
    door.add_permits(2);
    for expected in ["through", "file", "through"] {
        assert_eq!(client.answer(false).text(), expected);
    }
}

#[test]
fn an_error_of_a_service_is_500() {
    #[derive(Clone)]
    struct Fails;

    impl tower_service::Service<Request<RequestBody>> for Fails {
        type Response = Text;
        type Error = &'static str;
        type Future = std::future::Ready<Result<Text, &'static str>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
            std::future::ready(Err("on purpose"))
        }
    }

    let site = Site::of(Server::builder().fallback(Fails));
    let mut client = site.connect();
    assert_eq!((client.get("/").status, client.get("/").status), (500, 500));
}

#[test]
fn the_end_waits_for_handlers_but_not_longer_than_told() {
    let (door, seen) = (Arc::new(Semaphore::new(0)), Arc::<Seen>::default());
    let gate = Arc::new(Gate::default());
    let blocking = Arc::clone(&gate);
    let blocks = move |_: Request<RequestBody>| {
        blocking.pass();
        async { text("unblocked") }
    };
    let site = Site::of(Server::builder().route(Method::GET, "/wait", waits(&door, &seen)).route(
        Method::GET,
        "/block",
        blocks,
    ));
    let mut waiting = site.connect();
    waiting.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    site.wait_for(|stats| stats.app_requests == 1);
    let address = site.address();
    let Site { handle, dir } = site;
    let ending = thread::spawn(move || handle.shutdown(Duration::from_mins(1)));
    eventually(|| std::net::TcpStream::connect(address).is_err().then_some(())).expect("it drains");
    door.add_permits(1);
    let answer = waiting.answer(false);
    assert_eq!((answer.text(), answer.field("connection")), ("through", Some("close")));
    assert_eq!(ending.join().unwrap(), 0);
    drop(dir);

    let site = Site::of(Server::builder().route(Method::GET, "/wait", waits(&door, &seen)).route(
        Method::GET,
        "/block",
        {
            let blocking = Arc::clone(&gate);
            move |_: Request<RequestBody>| {
                blocking.pass();
                async { text("unblocked") }
            }
        },
    ));
    let (mut waiting, mut blocked) = (site.connect(), site.connect());
    waiting.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    blocked.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
    gate.wait_for(1);
    Seen::wait_for(&seen.begun, 2);
    assert_eq!(site.handle.shutdown(Duration::from_millis(20)), 2);
    waiting.expect_closed();
    blocked.expect_closed();
    gate.open();
    Seen::wait_for(&seen.dropped, 2);
}
