//! Putting a service together.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use catzilla_middleware_engine::Chain;

use super::date::Dates;
use super::keeper::Keeping;
use super::spares::Spares;
use super::{Inner, StaticService};
use crate::cache::CacheConfig;
use crate::clock::Clock;
use crate::foundation::{Foundation, Founded, SetupError};
use crate::fs::Fs;
use crate::limits::Limits;
use crate::memory::Memory;
use crate::mount_config::MountConfig;
use crate::mounting::Mounting;

/// What a [`StaticService`] is made from.
#[derive(Debug)]
#[must_use]
pub struct StaticServiceBuilder {
    foundation: Foundation,
    tick: Duration,
}

impl StaticServiceBuilder {
    pub(super) fn new() -> Self {
        Self { foundation: Foundation::default(), tick: Duration::from_secs(1) }
    }

    /// Serves a folder. The longest prefix wins.
    pub fn mount(mut self, mount: MountConfig) -> Self {
        self.foundation.mounts.push(mount);
        self
    }

    /// Who has a say in all requests, before the chain of their [mount](MountConfig::middleware). The address of the client
    /// is taken from [`Peer`](catzilla_middleware_engine::Peer) in the extensions of a request. Default: nobody.
    pub fn middleware(mut self, chain: Chain) -> Self {
        self.foundation.middleware = Some(chain);
        self
    }

    /// Limits of heads, and of what waits for disks. Those of connections and bodies are up to whoever has
    /// them, and of no effect here. Default: `Limits::default()`.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.foundation.limits = limits;
        self
    }

    /// What is held of the files; with a size of 0 nothing is, as with [`no_cache`](Self::no_cache). By what it is found
    /// out that they have changed is a matter of each mount: [`MountConfig::freshness`]. Default: `CacheConfig::new()`.
    pub fn cache(mut self, config: CacheConfig) -> Self {
        self.foundation.cache = Some(config);
        self
    }

    /// Holds nothing: each request goes to its file, entity tags come from metadata, nothing is compressed.
    pub fn no_cache(mut self) -> Self {
        self.foundation.cache = None;
        self
    }

    /// Where time comes from. Default: the machine.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.foundation.clock = Arc::new(clock);
        self
    }

    /// Where it is read how much memory there is left: when that is little, the cache gives half of its own back until
    /// there is more again. Default: the machine and its control groups, which only Linux tells.
    pub fn memory(mut self, memory: impl Memory) -> Self {
        self.foundation.memory = Arc::new(memory);
        self
    }

    /// How files are read. Default: the machine's file system.
    pub fn fs(mut self, fs: impl Fs) -> Self {
        self.foundation.fs = Arc::new(fs);
        self
    }

    /// How often folders that were replaced, the cache and the memory are looked after. Default: 1 s.
    pub fn tick(mut self, tick: Duration) -> Self {
        self.tick = tick.max(Duration::from_millis(1));
        self
    }

    /// Opens the folders, checks every rule, and begins to watch.
    ///
    /// # Errors
    /// When a mount, a limit or a pattern of files to load ahead is wrong; the message says how to mend it.
    pub fn build(self) -> Result<StaticService, SetupError> {
        // More variants at a time would only be slower each.
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let Founded { pipeline, opening, preload } =
            self.foundation.build(2 * cores as u64, None)?;
        let pipeline = Arc::new(pipeline);
        let preloading = preload.map(|preload| preload.start(&pipeline));
        let mounting = Mounting::begin(Arc::clone(&pipeline), opening, preloading);
        let dates = Dates::new(pipeline.clock.real());
        let keeper = Keeping::start(&pipeline, self.tick);
        let spares = Spares::new();
        let inner = Inner { pipeline, mounting, dates, spares, _keeper: keeper };
        Ok(StaticService { inner: Arc::new(inner) })
    }
}
