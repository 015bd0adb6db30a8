//! Jobs on the blocking pool.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;

use catzilla_middleware_engine::{
    Chain, Context, Done, Flow, Middleware, MiddlewareLayer, Response, Result, after, before,
};
use tower::service_fn;

use super::{build, hello, request, through};

/// Looks twice, elsewhere, whether the request may pass.
fn looks(status: Option<u16>) -> impl Middleware {
    before("looks", move |_| {
        let here = thread::current().id();
        Ok(Flow::defer(move || {
            assert_ne!(thread::current().id(), here);
            move |cx: &mut Context<'_>| {
                cx.response.append("x-looked", "1")?;
                Ok(Flow::defer(move || {
                    move |_: &mut Context<'_>| {
                        Ok(status.map_or(Flow::Next, |it| Flow::Stop(Response::new(it))))
                    }
                }))
            }
        }))
    })
}

fn writes(answer: Option<u16>) -> impl Middleware {
    after("writes", move |_| {
        Ok(Done::defer(move || {
            move |cx: &mut Context<'_>| {
                cx.response.append("x-written", "1")?;
                Ok(answer.map_or(Done::Next, |status| Done::Replace(Response::new(status))))
            }
        }))
    })
}

#[tokio::test]
async fn a_chain_goes_on_where_it_has_waited() {
    for (before, after, status, content) in [
        (None, None, 200, "hello"),
        (Some(403), None, 403, "403 Forbidden\n"),
        (None, Some(507), 507, "507 Insufficient Storage\n"),
        (Some(403), Some(507), 507, "507 Insufficient Storage\n"),
    ] {
        let chain = Chain::builder().with(looks(before)).with(writes(after));
        let layer = MiddlewareLayer::new(build(chain));
        let answer = through(&layer, service_fn(hello), request("GET", "/")).await;
        assert_eq!((answer.status, &*answer.content), (status, content));
        assert_eq!((answer.field("x-looked"), answer.field("x-written")), (Some("1"), Some("1")));
    }
}

#[tokio::test]
async fn a_panic_in_a_job_is_500() {
    let panics = before("panics", |_| {
        Ok(Flow::defer(|| -> fn(&mut Context<'_>) -> Result<Flow> { panic!("in the job") }))
    });
    let layer = MiddlewareLayer::new(build(Chain::builder().with(panics)));
    assert_eq!(through(&layer, service_fn(hello), request("GET", "/")).await.status, 500);
}

#[tokio::test]
async fn without_a_place_it_is_503() {
    let none = || MiddlewareLayer::builder(build(Chain::builder().with(looks(None)))).max_jobs(0);
    assert_eq!(through(&none().build(), service_fn(hello), request("GET", "/")).await.status, 503);
    let chain = build(Chain::builder().with(writes(None)));
    let late = MiddlewareLayer::builder(chain).max_jobs(0).build();
    let answer = through(&late, service_fn(hello), request("GET", "/")).await;
    assert_eq!((answer.status, &*answer.content), (503, "503 Service Unavailable\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_is_free_when_its_job_is_done() {
    let (let_go, wait) = mpsc::channel::<()>();
    let wait = Arc::new(Mutex::new(wait));
    let (tell, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let holds = before("holds", move |cx| {
        if cx.request.path() != b"/hold" {
            return Ok(Flow::defer(|| |_: &mut Context<'_>| Ok(Flow::Next)));
        }
        let (wait, tell) = (Arc::clone(&wait), tell.clone());
        Ok(Flow::defer(move || {
            tell.send(()).unwrap();
            wait.lock().unwrap().recv().unwrap();
            |_: &mut Context<'_>| Ok(Flow::Next)
        }))
    });
    let layer = MiddlewareLayer::builder(build(Chain::builder().with(holds))).max_jobs(1).build();
    let ask = |path: &'static str| {
        let layer = layer.clone();
        async move { through(&layer, service_fn(hello), request("GET", path)).await.status }
    };
    let held = tokio::spawn(ask("/hold"));
    begun.recv().await.unwrap();
    assert_eq!(ask("/").await, 503);
    let_go.send(()).unwrap();
    assert_eq!(held.await.unwrap(), 200);
    assert_eq!(ask("/").await, 200);
}
