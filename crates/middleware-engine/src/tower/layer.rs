//! A chain as a layer.

use std::sync::Arc;

use tower_layer::Layer;

use super::builder::MiddlewareLayerBuilder;
use super::service::WithMiddleware;
use super::shared::Shared;
use crate::arena_pool::ArenaFigures;
use crate::chain::Chain;

/// A [`Chain`] around any [`tower::Service`](tower_service::Service) of [`http::Request`] and [`http::Response`].
///
/// Clones share the chain, its figures and the memory of requests.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use catzilla_middleware_engine::{Chain, Done, MiddlewareLayer, after};
///
/// let chain = Chain::builder()
///     .with(after("teapot", |cx| {
///         cx.response.append("x-pot", "tea")?;
///         Ok(Done::Next)
///     }))
///     .build()?;
/// let app: Router = Router::new().route("/", get(async || "hello")).layer(MiddlewareLayer::new(chain));
/// # Ok::<(), catzilla_middleware_engine::BuildError>(())
/// ```
///
/// # Peers
/// Middlewares see who has opened the connection if a [`Peer`](crate::Peer) is in the extensions of the request. Under
/// axum, `into_make_service_with_connect_info` leaves a `ConnectInfo<SocketAddr>` there, and a layer *outside of* this
/// one, so after it in a chain of `.layer(..)`, makes the one of the other:
///
/// ```
/// use std::net::SocketAddr;
///
/// use axum::Router;
/// use axum::extract::{ConnectInfo, Request};
/// use catzilla_middleware_engine::{Chain, MiddlewareLayer, Peer};
///
/// # let chain = Chain::builder().build()?;
/// let app: Router = Router::new().layer(MiddlewareLayer::new(chain)).layer(axum::middleware::map_request(
///     |mut request: Request| async {
///         let info = request.extensions().get::<ConnectInfo<SocketAddr>>().copied();
///         if let Some(ConnectInfo(address)) = info {
///             request.extensions_mut().insert(Peer(address));
///         }
///         request
///     },
/// ));
/// # Ok::<(), catzilla_middleware_engine::BuildError>(())
/// ```
///
/// # Why not the other way round
/// There is no adapter that puts a tower layer into a chain, and there will be none. A layer owns the request for as long
/// as the service inside of it runs: it is generic over that service, and its future holds the service's future. A
/// middleware of a chain owns nothing: it is called, returns, and is called again when there is an answer. To pretend
/// otherwise, each request would need a clone of the layer's service in a box, its body in a box, two channels that stop
/// the layer's future in its middle, and an `http::Request` made of a head that was never parsed into one: a dozen
/// allocations per layer, where the chain exists to need none. Whoever has layers puts them around the service, beside this
/// one; `docs/guide/middleware.md` says what takes their place.
#[derive(Debug, Clone)]
pub struct MiddlewareLayer {
    pub(super) shared: Arc<Shared>,
}

impl MiddlewareLayer {
    /// This chain, with the defaults of everything.
    pub fn new(chain: Chain) -> Self {
        Self::builder(chain).build()
    }

    /// Begins a layer.
    pub fn builder(chain: Chain) -> MiddlewareLayerBuilder {
        MiddlewareLayerBuilder::new(chain)
    }

    /// The chain, for its figures.
    pub fn chain(&self) -> &Chain {
        &self.shared.chain
    }

    /// How the memory of requests was used by all clones together. That of a request which was cancelled is given back
    /// as any other.
    pub fn arena_figures(&self) -> ArenaFigures {
        self.shared.pool.figures()
    }
}

impl<S> Layer<S> for MiddlewareLayer {
    type Service = WithMiddleware<S>;

    fn layer(&self, inner: S) -> WithMiddleware<S> {
        WithMiddleware { inner, shared: Arc::clone(&self.shared) }
    }
}
