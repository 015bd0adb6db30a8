//! What fails in a service, and in a chain around it.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use catzilla_middleware_engine::{
    Chain, Context, Done, Error, MiddlewareLayer, Response, RunError, after, before, on_error,
};
use http::Request;
use http_body_util::Empty;
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::{Inner, ask, build, request, through};

type Asked = Request<Empty<Bytes>>;
type Never = std::future::Ready<Result<http::Response<Inner>, Infallible>>;

/// A layer that writes down what fails, and says on each answer that its phase after has run.
fn layer() -> (MiddlewareLayer, Arc<Mutex<Vec<String>>>) {
    let log = Arc::<Mutex<Vec<String>>>::default();
    let late = after("late", |cx| {
        cx.response.append("x-late", "1")?;
        Ok(Done::Next)
    });
    let told = Arc::clone(&log);
    let layer = MiddlewareLayer::builder(build(Chain::builder().with(late)))
        .on_failure(move |error| told.lock().unwrap().push(error.to_string()))
        .build();
    (layer, log)
}

#[tokio::test]
async fn a_panic_of_the_service_is_500_and_the_phase_after_runs() {
    let (layer, log) = layer();
    let when_polled = service_fn(async |_: Asked| -> Result<http::Response<Inner>, Infallible> {
        tokio::task::yield_now().await;
        panic!("in poll")
    });
    let when_called = service_fn(|_: Asked| -> Never { panic!("in call") });
    let answer = through(&layer, when_polled, request("GET", "/")).await;
    assert_eq!((answer.status, answer.field("x-late")), (500, Some("1")));
    assert_eq!(answer.content, "500 Internal Server Error\n");
    let answer = through(&layer, when_called, request("HEAD", "/")).await;
    assert_eq!((answer.status, answer.field("x-late"), &*answer.content), (500, Some("1"), ""));
    let told = ["the handler: it panicked: in poll", "the handler: it panicked: in call"];
    assert_eq!(*log.lock().unwrap(), told);
    assert_eq!(layer.arena_figures().reused, 1);
}

#[tokio::test]
async fn an_error_of_the_service_stays_one() {
    let (layer, log) = layer();
    let fails = service_fn(async |_: Asked| Err::<http::Response<Inner>, _>(io::Error::other("x")));
    for _ in 0..2 {
        let error = layer.layer(fails).oneshot(request("GET", "/")).await.unwrap_err();
        assert_eq!(error.to_string(), "x");
    }
    assert!(log.lock().unwrap().is_empty());
    assert_eq!(layer.arena_figures().reused, 1);
}

#[tokio::test]
async fn what_fails_in_a_middleware_goes_through_the_error_phase() {
    let bad = before("bad", |_| Err(Error::new("as it was told to")));
    let page = on_error("page", |cx: &mut Context<'_>, error: &RunError| {
        cx.response.append("x-by", error.middleware().unwrap_or_default())?;
        Ok(Some(Response::new(503).with("text/plain", "sorry")))
    });
    let answer = ask(Chain::builder().with(bad).with(page), "GET", "/").await;
    assert_eq!(
        (answer.status, &*answer.content, answer.field("x-by")),
        (503, "sorry", Some("bad"))
    );
    let late = after("late", |_| panic!("after"));
    let answer = ask(Chain::builder().with(late), "GET", "/").await;
    assert_eq!((answer.status, answer.field("x-a")), (500, None));
}

#[tokio::test]
async fn who_is_told_of_failures_may_panic() {
    let bad = before("bad", |_| Err(Error::new("as it was told to")));
    let layer = MiddlewareLayer::builder(build(Chain::builder().with(bad)));
    let layer = layer.on_failure(|_| panic!("there, too")).build();
    let answer = through(&layer, service_fn(super::hello), request("GET", "/")).await;
    assert_eq!(answer.status, 500);
}
