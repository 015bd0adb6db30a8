//! What a server and a service are both built on: checked, opened, and ready to answer.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use catzilla_middleware_engine::Chain;

use crate::app::Routes;
use crate::cache::CacheConfig;
use crate::clock::{Clock, SystemClock};
use crate::fs::{Fs, HostFs};
use crate::jobs::Queue;
use crate::limits::{LimitError, Limits};
use crate::memory::{HostMemory, Memory};
use crate::mount_config::MountConfig;
use crate::pipeline::Pipeline;
use crate::preload::Preload;
use crate::site::{Opening, Site, SiteError};
use crate::store::Store;

/// What answers are made of, and by which rules.
#[derive(Debug)]
pub(crate) struct Foundation {
    pub(crate) mounts: Vec<MountConfig>,
    /// Who has a say in all requests.
    pub(crate) middleware: Option<Chain>,
    pub(crate) limits: Limits,
    pub(crate) cache: Option<CacheConfig>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) memory: Arc<dyn Memory>,
    pub(crate) fs: Arc<dyn Fs>,
}

/// It stands.
#[derive(Debug)]
pub(crate) struct Founded {
    pub(crate) pipeline: Pipeline,
    pub(crate) opening: Opening,
    pub(crate) preload: Option<Preload>,
}

impl Default for Foundation {
    fn default() -> Self {
        Self {
            mounts: Vec::new(),
            middleware: None,
            limits: Limits::default(),
            cache: Some(CacheConfig::new()),
            clock: Arc::new(SystemClock::new()),
            memory: Arc::new(HostMemory::new()),
            fs: Arc::new(HostFs),
        }
    }
}

impl Foundation {
    /// Opens the folders and checks every rule. `quick`: how many variants may be made at the same time while clients
    /// wait.
    pub(crate) fn build(
        self,
        quick: u64,
        routes: Option<Arc<Routes>>,
    ) -> Result<Founded, SetupError> {
        let Self { mounts, middleware, limits, cache, clock, memory, fs } = self;
        limits.check().map_err(SetupError::Limit)?;
        // One that can hold nothing is none.
        let cache = cache.filter(|config| config.size > 0);
        let mut opening = Opening::new(cache.is_some());
        let mounts: Result<_, _> = mounts.into_iter().map(|config| opening.open(config)).collect();
        let site = mounts.and_then(Site::of).and_then(|site| site.with_routes(routes));
        let site = site.and_then(|site| site.with_chain(middleware));
        let site = site.map_err(SetupError::Site)?;
        let preload = cache.as_ref().map_or(Ok(None), |config| Preload::new(&config.preload));
        let preload = preload.map_err(|err| SetupError::Preload(err.to_string()))?;
        let store = cache.as_ref().map(|config| Arc::new(Store::new(config, quick, &clock)));
        let queue = Queue::new(limits.max_queued_jobs);
        let site = ArcSwap::from_pointee(site);
        let pipeline = Pipeline { site, fs, store, clock, memory, limits, queue };
        Ok(Founded { pipeline, opening, preload })
    }
}

/// Why what is to be served can't be.
#[derive(Debug)]
#[non_exhaustive]
pub enum SetupError {
    /// A mount is wrong, or two contradict each other.
    Site(SiteError),
    /// A limit has a value that nothing can work with.
    Limit(LimitError),
    /// A pattern of files to load ahead is malformed.
    Preload(String),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(err) => err.fmt(f),
            Self::Limit(err) => err.fmt(f),
            Self::Preload(err) => write!(f, "files to load ahead: {err}"),
        }
    }
}

impl std::error::Error for SetupError {}
