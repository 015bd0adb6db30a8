#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod arena;
mod arena_pool;
mod builder;
pub mod builtin;
mod chain;
mod clock;
mod container;
mod context;
mod draft;
mod error;
mod flow;
mod function;
// Its examples use the layer, too.
#[cfg(all(doctest, feature = "tower"))]
mod guide;
mod middleware;
mod names;
mod overlay;
mod phase;
#[cfg(any(feature = "basic-auth", feature = "jwt", feature = "tower"))]
mod places;
mod request;
mod response;
mod run;
mod said;
mod timings;
#[cfg(feature = "tower")]
mod tower;
mod trace;
mod watch;

pub use arena::{ArenaFull, RequestArena};
pub use arena_pool::{ArenaConfig, ArenaFigures, ArenaPool};
pub use builder::{BuildError, ChainBuilder};
pub use chain::Chain;
pub use container::{
    Container, ContainerBuilder, ContainerError, Missing, Needs, ResolveError, Resolver,
};
pub use context::{Context, Moment};
pub use draft::ResponseDraft;
pub use error::{Cause, Error, RunError};
pub use flow::{Done, Flow, Job, Result, Resumption};
pub use function::{
    After as AfterFn, Before as BeforeFn, OnError as OnErrorFn, after, before, on_error,
};
pub use middleware::{Middleware, USUAL_PRIORITY};
pub use overlay::{
    FieldLines, InvalidField, Overlay, each_line, find as find_line, has_any as has_any_line,
};
pub use phase::{Phase, Phases};
pub use request::{Peer, Repeated, RequestView};
pub use response::{Content, Response, ResponseView};
pub use run::{After, Before, Finished, Run};
pub use timings::{Figures, Timings};
#[cfg(feature = "tower")]
pub use tower::{
    MiddlewareBody, MiddlewareFuture, MiddlewareLayer, MiddlewareLayerBuilder, WithMiddleware,
};
pub use trace::{Call, Outcome, Trace};
