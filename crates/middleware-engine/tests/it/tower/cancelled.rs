//! Requests that nobody waits for any more.

use std::future::{Future as _, pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use bytes::Bytes;
use catzilla_middleware_engine::{
    ArenaFigures, Chain, Context, Flow, MiddlewareFuture, MiddlewareLayer, before,
};
use http::Request;
use http_body_util::Empty;
use tower::{Layer as _, Service as _, service_fn};

use super::{Inner, build, hello, request};

type Never = Result<http::Response<Inner>, std::convert::Infallible>;

/// Counts how often it is dropped.
struct Held(Arc<AtomicUsize>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn forever(_: Request<Empty<Bytes>>) -> Never {
    pending().await
}

/// Polls a request once, and drops it.
async fn give_up(layer: &MiddlewareLayer) {
    let mut service = layer.layer(service_fn(forever));
    let mut answer = pin!(service.call(request("GET", "/")));
    poll_fn(|cx| {
        assert!(answer.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn what_a_request_holds_is_dropped_and_its_memory_comes_back() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&dropped);
    let holds = before("holds", move |cx| {
        cx.arena.insert(Held(Arc::clone(&count)))?;
        Ok(Flow::Next)
    });
    let layer = MiddlewareLayer::new(build(Chain::builder().with(holds)));
    for times in 1..=20 {
        give_up(&layer).await;
        assert_eq!(dropped.load(Ordering::SeqCst), times);
    }
    assert_eq!(layer.arena_figures(), ArenaFigures { taken: 20, reused: 19, dropped: 0 });
}

#[tokio::test]
async fn a_request_that_waits_for_a_job_may_be_given_up() {
    let slow = before("slow", |cx| {
        cx.arena.insert(1_u8)?;
        Ok(Flow::defer(|| |_: &mut Context<'_>| Ok(Flow::Next)))
    });
    let layer = MiddlewareLayer::new(build(Chain::builder().with(slow)));
    for _ in 0..20 {
        drop(layer.layer(service_fn(hello)).call(request("GET", "/")));
    }
    let figures = layer.arena_figures();
    assert_eq!((figures.taken, figures.reused), (20, 19));
    assert!(figures.reuse() > 0.9);
}

#[test]
fn its_future_is_send() {
    fn check<T: Send>(_: fn() -> T) {}
    #[derive(Clone)]
    struct Boxed;
    impl tower::Service<Request<Inner>> for Boxed {
        type Response = http::Response<Inner>;
        type Error = std::io::Error;
        type Future =
            std::pin::Pin<Box<dyn Future<Output = std::io::Result<http::Response<Inner>>> + Send>>;
        fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _: Request<Inner>) -> Self::Future {
            Box::pin(pending())
        }
    }
    fn answer() -> MiddlewareFuture<Boxed, Inner, Inner> {
        unreachable!()
    }
    check(answer);
}
