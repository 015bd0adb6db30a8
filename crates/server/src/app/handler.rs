//! What answers a request: a function of the application, or a service of somebody's.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::RequestBody;
use super::reply::Reply;

/// Any error.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// The work on one request, its answer and the content of that included.
pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Whatever answers requests, with its type forgotten. Called on the runtime of the application.
pub(crate) trait Endpoint: Send + Sync {
    fn call(&self, request: Request<RequestBody>, reply: Reply) -> Work;
}

impl fmt::Debug for dyn Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint")
    }
}

/// A function.
pub(crate) struct Handler<F, R> {
    function: F,
    /// What it returns.
    _returns: PhantomData<fn() -> R>,
}

impl<F, R> Handler<F, R> {
    pub(crate) fn new(function: F) -> Self {
        Self { function, _returns: PhantomData }
    }
}

impl<F, R, B> Endpoint for Handler<F, R>
where
    F: Fn(Request<RequestBody>) -> R + Send + Sync,
    R: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    fn call(&self, request: Request<RequestBody>, reply: Reply) -> Work {
        let answer = (self.function)(request);
        Box::pin(async move { reply.send(answer.await).await })
    }
}

/// A service, cloned for each request.
pub(crate) struct Fallback<S>(Mutex<S>);

impl<S> Fallback<S> {
    pub(crate) fn new(service: S) -> Self {
        Self(Mutex::new(service))
    }
}

impl<S, B> Endpoint for Fallback<S>
where
    S: Service<
            Request<RequestBody>,
            Response = Response<B>,
            Error: Into<BoxError>,
            Future: Send + 'static,
        > + Clone
        + Send
        + 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    fn call(&self, request: Request<RequestBody>, reply: Reply) -> Work {
        let mut service = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move {
            if let Err(err) = poll_fn(|cx| service.poll_ready(cx)).await {
                return reply.fail(&err.into());
            }
            let answered = service.call(request).await.map_err(Into::into);
            match answered {
                Ok(response) => reply.send(response).await,
                Err(err) => reply.fail(&err),
            }
        })
    }
}
