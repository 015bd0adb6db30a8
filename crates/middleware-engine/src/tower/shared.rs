//! What all clones of a layer, their services and their requests have in common.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::pool::Pool;
use crate::arena_pool::ArenaConfig;
use crate::chain::Chain;
use crate::clock::CLOCK;
use crate::context::Moment;
use crate::error::RunError;
use crate::phase::Phase;
use crate::places::Places;

pub(super) struct Shared {
    pub(super) chain: Chain,
    pub(super) pool: Pool,
    /// Whether anybody looks at a request that the handler has taken.
    pub(super) looks_back: bool,
    pub(super) settings: Settings,
    pub(super) jobs: Places,
}

/// What can be set.
pub(super) struct Settings {
    pub(super) arenas: ArenaConfig,
    pub(super) max_jobs: usize,
    pub(super) clock: Box<dyn Fn() -> Moment + Send + Sync>,
    pub(super) on_failure: Option<Box<Tell>>,
}

/// Is told of a failure.
pub(super) type Tell = dyn Fn(&RunError) + Send + Sync;

impl Shared {
    pub(super) fn new(chain: Chain, settings: Settings) -> Self {
        let has = |phase| chain.names(phase).next().is_some();
        let looks_back = has(Phase::After) || has(Phase::Error);
        let pool = Pool::new(settings.arenas);
        let jobs = Places::new(settings.max_jobs);
        Self { chain, pool, looks_back, settings, jobs }
    }

    pub(super) fn now(&self) -> Moment {
        (self.settings.clock)()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            arenas: ArenaConfig::default(),
            max_jobs: 512,
            clock: Box::new(clock()),
            on_failure: None,
        }
    }
}

/// The clocks of the system.
fn clock() -> impl Fn() -> Moment + Send + Sync {
    let clock = &*CLOCK;
    let began = clock.raw();
    move || Moment {
        real: SystemTime::now(),
        monotonic: Duration::from_nanos(clock.delta_as_nanos(began, clock.raw())),
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain, pool, .. } = self;
        f.debug_struct("Shared").field("chain", chain).field("pool", pool).finish_non_exhaustive()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { arenas, max_jobs, .. } = self;
        let mut shown = f.debug_struct("Settings");
        shown.field("arenas", arenas).field("max_jobs", max_jobs).finish_non_exhaustive()
    }
}
