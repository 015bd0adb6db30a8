//! Middlewares that wait for jobs.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use catzilla_server::middleware::{
    Chain, Context, Done, Flow, Response, Result, RunError, after, before, on_error,
};
use catzilla_server::{Limits, Server};
use http::Method;

use super::{FILES, site};
use crate::app::handlers::{count, text};
use crate::http2::client::Client as Http2;
use crate::site::{Site, TestClock};

/// Finds out in a job whether the path may be asked for, and in another what becomes of the answer.
pub(super) fn slow() -> Chain {
    let found_out = before("before", |cx| {
        let is_closed = cx.request.path() == b"/sub/b.txt";
        Ok(Flow::defer(move || {
            move |cx: &mut Context<'_>| {
                cx.response.append("x-job", if is_closed { "closed" } else { "open" })?;
                Ok(if is_closed { Flow::Stop(Response::new(403)) } else { Flow::Next })
            }
        }))
    });
    let committed = after("after", |cx| {
        let status = cx.response.status().unwrap();
        Ok(Done::defer(move || {
            move |cx: &mut Context<'_>| {
                cx.response.append("x-committed", status.to_string())?;
                Ok(Done::Next)
            }
        }))
    });
    Chain::builder().with(found_out).with(committed).build().unwrap()
}

#[test]
fn they_go_on_in_the_same_place() {
    let site = site(|server| {
        server.middleware(slow()).route(Method::POST, "/count", count).route(
            Method::GET,
            "/hello",
            |_: http::Request<catzilla_server::RequestBody>| async { text("hello") },
        )
    });
    let mut client = site.connect();
    for (method, path, status, job) in [
        ("GET", "/a.txt", 200, "open"),
        ("GET", "/sub/b.txt", 403, "closed"),
        ("GET", "/missing", 404, "open"),
        ("GET", "/hello", 200, "open"),
        ("HEAD", "/a.txt", 200, "open"),
    ] {
        let first = client.ask(method, path, &[]);
        let second = Http2::connect(site.address()).ask(method, path, &[], b"");
        let committed = status.to_string();
        assert_eq!((first.status, first.field("x-job")), (status, Some(job)), "{path}");
        assert_eq!(first.field("x-committed"), Some(&*committed), "{path}");
        assert_eq!((second.status, second.field("x-job")), (status, Some(job)), "{path}");
        assert_eq!(second.field("x-committed"), Some(&*committed), "{path}");
        assert_eq!(first.body, second.body, "{path}");
    }
    // Several at once, whose answers keep their order.
    client.send("GET /a.txt HTTP/1.1\r\nhost: h\r\n\r\nGET /sub/b.txt HTTP/1.1\r\nhost: h\r\n\r\nPOST /count HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\n12345");
    let statuses = [(); 3].map(|()| client.answer(false).status);
    assert_eq!(statuses, [200, 403, 200]);
    let posted = Http2::connect(site.address()).ask("POST", "/count", &[], b"12345");
    assert_eq!((posted.status, posted.field("x-committed")), (200, Some("200")));
}

/// A job that waits until it is told to go on, and counts.
fn held(name: &'static str, ran: &Arc<AtomicUsize>) -> (Chain, Sender<()>) {
    let (go, wait) = mpsc::channel();
    let (wait, ran) = (Arc::new(Mutex::new(wait)), Arc::clone(ran));
    let held = before(name, move |_| {
        let (wait, ran) = (Arc::clone(&wait), Arc::clone(&ran));
        Ok(Flow::defer(move || {
            let _ = wait.lock().unwrap().recv();
            ran.fetch_add(1, Relaxed);
            |_: &mut Context<'_>| -> Result { Ok(Flow::Next) }
        }))
    });
    (Chain::builder().with(held).build().unwrap(), go)
}

#[test]
fn without_a_place_for_the_job_it_is_503() {
    let ran = Arc::default();
    let (chain, go) = held("held", &ran);
    let mut limits = Limits::default();
    limits.max_queued_jobs = 1;
    let site = Site::with(FILES, |server| server.limits(limits).middleware(chain), |mount| mount);
    let mut first = site.connect();
    first.send("GET /a.txt HTTP/1.1\r\nhost: h\r\n\r\n");
    site.wait_for(|stats| stats.parked > 0);
    let refused = site.get("/a.txt");
    assert_eq!((refused.status, refused.field("retry-after")), (503, Some("1")));
    go.send(()).unwrap();
    assert_eq!(first.answer(false).status, 200);
}

#[test]
fn who_goes_meanwhile_is_given_up() {
    let ran = Arc::default();
    let (chain, go) = held("held", &ran);
    let called = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&called);
    let handler = move |_: http::Request<catzilla_server::RequestBody>| {
        count.fetch_add(1, Relaxed);
        async { text("hello") }
    };
    let site = site(|server| {
        let server = server.tick(Duration::from_millis(20)).middleware(chain);
        server.route(Method::GET, "/hello", handler)
    });
    let mut gone = site.connect();
    gone.send("GET /hello HTTP/1.1\r\nhost: h\r\n\r\n");
    site.wait_for(|stats| stats.parked == 1);
    gone.reset();
    site.wait_for(|stats| stats.open == 0);
    let client = Http2::connect(site.address());
    let stays = std::thread::spawn(move || drop(client.try_ask("GET", "/hello", &[], b"")));
    site.wait_for(|stats| stats.parked == 2);
    // For the job of who went, too, if it had begun.
    for _ in 0..3 {
        go.send(()).unwrap();
    }
    stays.join().unwrap();
    assert_eq!(site.get("/hello").status, 200);
    assert_eq!(called.load(Relaxed), 2, "that of who went is not among them");
}

#[test]
fn a_middleware_that_takes_too_long_is_504() {
    for in_phase in ["before", "after"] {
        let ran = Arc::default();
        let (chain, go) = match in_phase {
            "before" => held("held", &ran),
            _ => held_after(&ran),
        };
        let clock = TestClock::default();
        let seen = after("x-after", |cx| {
            cx.response.append("x-after", "1")?;
            Ok(Done::Next)
        });
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = Arc::clone(&told);
        let why = on_error("why", move |_: &mut Context<'_>, error: &RunError| {
            tell.lock().unwrap().push((error.status(), error.to_string()));
            Ok(None)
        });
        let others = Chain::builder().with(seen).with(why).build().unwrap();
        let chain = chain.join(&others).unwrap();
        let site = site(|server| {
            let server = server.clock(clock.clone()).tick(Duration::from_millis(10));
            server.middleware(chain).route(Method::GET, "/hello", |_| async { text("hello") })
        });
        for (path, given_up) in [("/a.txt", 2), ("/hello", 4)] {
            let mut client = site.connect();
            client.send(format!("GET {path} HTTP/1.1\r\nhost: h\r\n\r\n"));
            let address = site.address();
            let second = std::thread::spawn(move || Http2::connect(address).get(path));
            let mut creep = clock.creeping();
            site.wait_for(|stats| {
                creep();
                stats.timed_out >= given_up
            });
            let first = client.answer(false);
            assert_eq!(
                (first.status, first.field("x-after")),
                (504, Some("1")),
                "{in_phase} {path}"
            );
            let second = second.join().unwrap();
            assert_eq!((second.status, second.field("x-after")), (504, Some("1")));
        }
        drop(go);
        if in_phase == "before" {
            let why = "middleware \"held\" in its phase before: its job has not ended in time";
            assert_eq!(*told.lock().unwrap(), vec![(504, why.to_owned()); 4]);
        }
    }
}

/// The same in the phase after, which would fail were it called twice.
fn held_after(ran: &Arc<AtomicUsize>) -> (Chain, Sender<()>) {
    let (go, wait) = mpsc::channel();
    let (wait, ran) = (Arc::new(Mutex::new(wait)), Arc::clone(ran));
    let held = after("held", move |cx| {
        assert!(cx.arena.get::<()>().is_none(), "called twice");
        cx.arena.insert(())?;
        let (wait, ran) = (Arc::clone(&wait), Arc::clone(&ran));
        Ok(Done::defer(move || {
            let _ = wait.lock().unwrap().recv();
            ran.fetch_add(1, Relaxed);
            |_: &mut Context<'_>| Ok(Done::Next)
        }))
    });
    (Chain::builder().with(held).build().unwrap(), go)
}

#[test]
fn a_job_that_panics_is_500() {
    let panics = before("panics", |_| {
        Ok(Flow::defer(|| -> fn(&mut Context<'_>) -> Result { panic!("on purpose") }))
    });
    let chain = Chain::builder().with(panics).build().unwrap();
    let site = Site::of(Server::builder().middleware(chain));
    let mut client = site.connect();
    for _ in 0..2 {
        assert_eq!(client.get("/a.txt").status, 500);
    }
}
