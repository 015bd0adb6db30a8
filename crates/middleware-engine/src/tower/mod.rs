//! Chains around anybody's [`tower::Service`](tower_service::Service): axum, hyper, tonic. The reverse isn't offered, and
//! [`MiddlewareLayer`] says why.

mod answer;
mod body;
mod builder;
mod future;
mod head;
mod layer;
mod names;
mod pool;
mod service;
mod shared;
mod way;

pub use body::MiddlewareBody;
pub use builder::MiddlewareLayerBuilder;
pub use future::MiddlewareFuture;
pub use layer::MiddlewareLayer;
pub use service::WithMiddleware;
