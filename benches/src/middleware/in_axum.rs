//! An axum router with our chain around it, and with layers that do the same work.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use catzilla_middleware_engine::{ChainBuilder, MiddlewareLayer, Peer, Timings};
use http::{HeaderName, HeaderValue, Request, header};
use tower_http::cors::CorsLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_service::Service as _;

/// A router that is asked, again and again, what is ready at once.
#[derive(Debug)]
pub struct InAxum {
    router: Router,
}

impl InAxum {
    fn new(router: Router) -> Self {
        let mut new = Self { router };
        new.call();
        new
    }

    /// # Panics
    /// When it doesn't answer at once, or otherwise than with success.
    pub fn call(&mut self) {
        let answer = self.router.call(request());
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(answer) = pin!(answer).poll(&mut context) else { panic!("it waits") };
        let Ok(response) = answer;
        assert_eq!(response.status(), 200);
        std::hint::black_box(response);
    }
}

/// What a browser asks.
pub(super) fn request() -> Request<Body> {
    let request = super::driven::FIELDS
        .iter()
        .fold(Request::get(super::driven::PATH), |request, (name, value)| {
            request.header(*name, *value)
        })
        .extension(Peer(super::driven::peer()));
    request.body(Body::empty()).expect("a request")
}

/// A route and nothing around it.
pub fn plain() -> InAxum {
    InAxum::new(router())
}

/// A chain of ours around it.
///
/// # Panics
/// When there can't be such a chain.
pub fn ours(chain: ChainBuilder) -> InAxum {
    let chain = chain.timings(Timings::Off).build().expect("a chain");
    InAxum::new(router().layer(MiddlewareLayer::new(chain)))
}

/// Layers of tower-http around it.
///
/// # Panics
/// Never.
pub fn tower_http() -> InAxum {
    InAxum::new(layered(router()))
}

/// Eight layers of tower-http around a router: identifiers made and given back, CORS, and the fields that our security headers
/// write by default, a layer each.
pub(super) fn layered(router: Router) -> Router {
    let origins = ["https://app.example.org", "https://www.example.org"];
    let cors = CorsLayer::new()
        .allow_origin(origins.map(HeaderValue::from_static))
        .allow_credentials(true);
    let protect = |name: HeaderName, value| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    router
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(cors)
        .layer(protect(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(protect(header::X_FRAME_OPTIONS, "DENY"))
        .layer(protect(header::REFERRER_POLICY, "strict-origin-when-cross-origin"))
        .layer(protect(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(protect(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
}

fn router() -> Router {
    Router::new().route(super::driven::PATH, get(async || "hello"))
}
