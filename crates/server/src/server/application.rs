//! The application of a server: its routes, and what answers where there is none.

use std::num::NonZeroUsize;

use bytes::Bytes;
use catzilla_middleware_engine::Chain;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::ServerBuilder;
use crate::app::{Answerer, BoxError, Fallback, Handler, Methods, RequestBody, Route};

impl ServerBuilder {
    /// Has a function answer requests of this method, or these methods, whose path matches the pattern.
    ///
    /// A pattern is text with names: `/users/{id}` matches one segment there, `/files/{*rest}` all that follow.
    /// [`Params`](crate::Params) has the values. Text wins over names, and paths are matched as they have been judged:
    /// decoded, `//` and `/./` folded. HEAD is answered by what answers GET; a method without a handler is 405 with
    /// `Allow`, and OPTIONS 204. Where a mount is beside it is told at
    /// [`MountConfig::fallthrough`](crate::MountConfig::fallthrough).
    ///
    /// Handlers run on a runtime of their own ([`app_threads`](Self::app_threads)), never on a worker: one that
    /// blocks or panics (500) does no harm to static content. One whose client goes away is dropped at its next await.
    /// What it returns is framed by the server, so `Connection` but for `close`, `Transfer-Encoding: chunked`, `Date`
    /// and the like are taken from it; a `Content-Length` that is wrong, an interim status and other transfer codings
    /// are answered 500 and logged. Content that fails or isn't as long as announced cuts the connection.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use catzilla_server::{RequestBody, Server};
    /// use http::{Method, Request, Response};
    /// use http_body_util::Full;
    ///
    /// async fn hello(request: Request<RequestBody>) -> Response<Full<Bytes>> {
    ///     Response::new(format!("you came by {}", request.uri()).into())
    /// }
    ///
    /// let server = Server::builder().route(Method::GET, "/hello", hello).build()?;
    /// # Ok::<(), catzilla_server::BuildError>(())
    /// ```
    pub fn route<F, R, B>(
        self,
        methods: impl Into<Methods>,
        pattern: impl Into<String>,
        handler: F,
    ) -> Self
    where
        F: Fn(Request<RequestBody>) -> R + Send + Sync + 'static,
        R: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        self.add_route(methods.into(), pattern.into(), None, handler)
    }

    /// The same with a chain of its own, after that of the server and of the mount which the path lies under, if it does.
    /// `OPTIONS` and 405, which the server answers by itself, don't go through it.
    ///
    /// **It is a chain by itself, and not joined to those before it**, as they are to each other:
    ///
    /// - What middlewares of theirs have provided for the handler ([`RequestArena::provide`](crate::middleware::RequestArena::provide)),
    ///   such as the user, is handed on to this chain, too. What they have merely put into their arena isn't, and they see
    ///   nothing of what this chain puts in.
    /// - It has a container of its own, and a service that is one per request is one per chain.
    /// - When a middleware of this chain fails, its error phase is asked alone; when the handler does, this one first and then
    ///   that of the others.
    /// - A name that is in both isn't refused.
    pub fn route_through<F, R, B>(
        self,
        chain: Chain,
        methods: impl Into<Methods>,
        pattern: impl Into<String>,
        handler: F,
    ) -> Self
    where
        F: Fn(Request<RequestBody>) -> R + Send + Sync + 'static,
        R: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        self.add_route(methods.into(), pattern.into(), Some(chain), handler)
    }

    fn add_route<F, R, B>(
        mut self,
        methods: Methods,
        pattern: String,
        chain: Option<Chain>,
        handler: F,
    ) -> Self
    where
        F: Fn(Request<RequestBody>) -> R + Send + Sync + 'static,
        R: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let answerer = Answerer::new(Handler::new(handler), chain);
        self.routes.push(Route { methods, pattern, answerer });
        self
    }

    /// Has a service answer what neither a mount nor a route does: a router of axum, say, or any other
    /// [`tower::Service`](Service) of requests. It is cloned for each, and runs where handlers run. An error that it
    /// returns is logged and answered 500. Default: 404.
    pub fn fallback<S, B>(mut self, service: S) -> Self
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
        self.fallback = Some(Answerer::new(Fallback::new(service), None));
        self
    }

    /// The same with a chain of its own, after that of the server and of the mount which the path lies under, if it does. It is
    /// not joined to those: [`route_through`](Self::route_through) says what that means.
    pub fn fallback_through<S, B>(mut self, chain: Chain, service: S) -> Self
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
        self.fallback = Some(Answerer::new(Fallback::new(service), Some(chain)));
        self
    }

    /// How many threads run handlers, beside the workers. Default: one per core. Without routes and a fallback there
    /// are none.
    pub fn app_threads(mut self, threads: NonZeroUsize) -> Self {
        self.app_threads = Some(threads);
        self
    }
}
