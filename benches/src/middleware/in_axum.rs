//! An axum router with our chain around it, and with layers that do the same work.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use catzilla_middleware_engine::{MiddlewareLayer, Timings};
use http::Request;
use tower_service::Service as _;

use super::builtins::eight;

/// A router that is asked, again and again, what is ready at once.
#[derive(Debug)]
pub struct InAxum {
    router: Router,
    status: u16,
}

impl InAxum {
    fn new(router: Router) -> Self {
        let mut new = Self { router, status: 200 };
        new.call();
        new
    }

    /// # Panics
    /// When it doesn't answer at once, or otherwise than with success.
    pub fn call(&mut self) {
        let request = super::driven::FIELDS
            .iter()
            .fold(Request::get("/articles/of/the/day"), |request, (name, value)| {
                request.header(*name, *value)
            })
            .extension(catzilla_middleware_engine::Peer(super::driven::peer()))
            .body(Body::empty());
        let answer = self.router.call(request.expect("a request"));
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(answer) = pin!(answer).poll(&mut context) else { panic!("it waits") };
        let Ok(response) = answer;
        assert_eq!(response.status(), self.status);
        std::hint::black_box(response);
    }
}

/// A route and nothing around it.
pub fn plain() -> InAxum {
    InAxum::new(router())
}

/// Our chain of eight around it.
///
/// # Panics
/// Never.
pub fn ours() -> InAxum {
    let chain = eight().timings(Timings::Off).build().expect("a chain");
    InAxum::new(router().layer(MiddlewareLayer::new(chain)))
}

/// Layers of tower-http around it.
pub fn tower_http() -> InAxum {
    InAxum::new(router())
}

fn router() -> Router {
    Router::new().route("/articles/of/the/day", get(async || "hello"))
}
