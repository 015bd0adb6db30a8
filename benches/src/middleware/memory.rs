//! Figures that aren't time.

use std::convert::Infallible;
use std::future::{Future as _, pending};
use std::pin::pin;
use std::task::{Context, Waker};

use bytes::Bytes;
use catzilla_middleware_engine::{Chain, Flow, MiddlewareLayer, Timings, before};
use catzilla_testkit::counting::bytes_in_use;
use http::{Request, Response};
use http_body_util::Empty;
use tower::{Layer as _, Service as _, service_fn};

/// Requests of the mixed load.
const REQUESTS: u64 = 20_000;

/// How many of them are under way at a time.
const AT_ONCE: usize = 64;

/// The share of requests that need no new arena, in percent, when they need from nothing to 24 KiB each, three of four
/// at most 2 KiB, when 64 are under way at a time, and when one of eight is cancelled.
///
/// # Panics
/// When a request is answered otherwise than it should be.
pub fn reuse() -> f64 {
    let needs = before("needs", |cx| {
        let size = cx.request.query().map_or(0, <[u8]>::len) * 16;
        cx.arena.copy(&vec![0; size])?;
        Ok(Flow::Next)
    });
    let layer = MiddlewareLayer::new(Chain::builder().with(needs).build().expect("a chain"));
    let mut service = layer.layer(service_fn(async |request: Request<Empty<Bytes>>| {
        if request.uri().path() == "/forever" {
            pending::<()>().await;
        }
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    }));
    let mut random = fastrand::Rng::with_seed(7);
    let mut waker = Context::from_waker(Waker::noop());
    let mut under_way = Vec::new();
    for number in 0..REQUESTS {
        let most = if random.u8(..4) == 0 { 24 * 64 } else { 2 * 64 };
        let query = "x".repeat(random.usize(..most));
        let is_cancelled = number % 8 == 0;
        let path = if is_cancelled { "forever" } else { "" };
        let request = Request::get(format!("/{path}?{query}")).body(Empty::new());
        under_way.push((is_cancelled, service.call(request.expect("a request"))));
        if under_way.len() == AT_ONCE {
            let (is_cancelled, answer) = under_way.swap_remove(random.usize(..AT_ONCE));
            let is_there = pin!(answer).poll(&mut waker).is_ready();
            assert_ne!(is_there, is_cancelled);
        }
    }
    drop(under_way);
    100.0 * layer.arena_figures().reuse()
}

/// Bytes on the heap per middleware of a chain of a hundred, without what the middleware itself holds.
///
/// # Panics
/// Never.
pub fn bytes_per_middleware() -> f64 {
    const COUNT: usize = 100;
    let names: Vec<String> = (0..COUNT).map(|number| format!("middleware-{number}")).collect();
    let own: usize = names.iter().map(String::len).sum();
    let before_that = bytes_in_use() - own as isize;
    let chain = names.into_iter().fold(Chain::builder().timings(Timings::Off), |chain, name| {
        chain.with(before(name, |_| Ok(Flow::Next)))
    });
    let chain = chain.build().expect("a chain");
    let taken = bytes_in_use() - before_that;
    drop(chain);
    taken as f64 / COUNT as f64
}
