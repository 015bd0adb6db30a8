//! A service with a chain around it.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::MiddlewareBody;
use super::future::MiddlewareFuture;
use super::shared::Shared;

/// What [`MiddlewareLayer`](super::MiddlewareLayer) makes of a service.
///
/// What middlewares [provide](crate::RequestArena::provide) is in the extensions of the request that the service gets.
/// A panic of the service, while it is called or polled, goes through the error phase and is answered 500.
///
/// # Errors
/// An error of the service stays one: it is for whoever stands around this, such as axum's `HandleErrorLayer`, who knows
/// what it means. There is no response then that the phase after could look at, so it doesn't run; what the request holds
/// is dropped. To answer it within the chain, make it a response within the layer.
///
/// # Panics
/// The future of a request that defers a job panics when it is polled outside of a tokio runtime.
#[derive(Debug, Clone)]
pub struct WithMiddleware<S> {
    pub(super) inner: S,
    pub(super) shared: Arc<Shared>,
}

impl<S, B, R> Service<Request<B>> for WithMiddleware<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: Body,
{
    type Response = Response<MiddlewareBody<R>>;
    type Error = S::Error;
    type Future = MiddlewareFuture<S, B, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    /// The phase before runs within the call, so that the service is asked at once unless a job is waited for.
    fn call(&mut self, request: Request<B>) -> Self::Future {
        MiddlewareFuture::new(&self.shared, &mut self.inner, request)
    }
}
