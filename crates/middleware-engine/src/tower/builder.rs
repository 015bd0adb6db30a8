//! How a layer is set up.

use std::sync::Arc;

use super::layer::MiddlewareLayer;
use super::shared::{Settings, Shared};
use crate::arena_pool::ArenaConfig;
use crate::chain::Chain;
use crate::context::Moment;
use crate::error::RunError;

/// Builds a [`MiddlewareLayer`].
#[derive(Debug)]
pub struct MiddlewareLayerBuilder {
    chain: Chain,
    settings: Settings,
}

impl MiddlewareLayerBuilder {
    pub(super) fn new(chain: Chain) -> Self {
        Self { chain, settings: Settings::default() }
    }

    /// How much memory a request may have, and how much is kept of all together. Default: that of [`ArenaConfig`].
    pub fn arenas(mut self, config: ArenaConfig) -> Self {
        self.settings.arenas = config;
        self
    }

    /// How many deferred jobs may wait or run on the blocking pool at a time; a request whose job finds no place is
    /// answered 503. Default: 512, which is how many threads tokio has for them.
    pub fn max_jobs(mut self, count: usize) -> Self {
        self.settings.max_jobs = count;
        self
    }

    /// Where the time comes from: it is asked once per step of a request. Default: the clocks of the system.
    pub fn clock(mut self, clock: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        self.settings.clock = Box::new(clock);
        self
    }

    /// Is told of whatever fails, before it is answered: for a log. What it does delays the answer, and a panic of it is
    /// swallowed. Default: nobody is told.
    pub fn on_failure(mut self, tell: impl Fn(&RunError) + Send + Sync + 'static) -> Self {
        self.settings.on_failure = Some(Box::new(tell));
        self
    }

    /// The layer.
    pub fn build(self) -> MiddlewareLayer {
        MiddlewareLayer { shared: Arc::new(Shared::new(self.chain, self.settings)) }
    }
}
