//! What ways through chains need, used again instead of allocated.

use catzilla_middleware_engine::{ArenaConfig, ArenaPool, Chain, Finished, Overlay, Run};

use crate::http1::Pool;
use crate::status::Status;

/// A way through a chain.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) chain: Chain,
    pub(super) run: Run,
}

/// In a box, so that a request that goes through no chain holds no room for it.
pub(super) type Boxed = Box<Option<Seat>>;

/// What a worker keeps for the next requests: arenas, and boxes.
#[derive(Debug)]
pub(crate) struct Seats {
    arenas: ArenaPool,
    free: Vec<Boxed>,
}

/// As many as a busy worker has under way.
const MAX_FREE: usize = 256;

impl Default for Seats {
    fn default() -> Self {
        Self::new()
    }
}

impl Seats {
    pub(crate) const fn new() -> Self {
        Self { arenas: ArenaPool::new(ArenaConfig::DEFAULT), free: Vec::new() }
    }

    /// Begins a way.
    pub(super) fn begin(&mut self, chain: &Chain, buffers: &mut Pool) -> Boxed {
        let mut boxed = self.free.pop().unwrap_or_default();
        let run = chain.begin(self.arenas.take(), buffers.take());
        *boxed = Some(Seat { chain: chain.clone(), run });
        boxed
    }

    /// Ends it: what it makes of a response with this status, if it was a way.
    pub(super) fn end(&mut self, mut boxed: Boxed, own: Status) -> Option<(Overlay, Status)> {
        let finished = boxed.take()?.run.finish();
        let status = Status::new(finished.status_of(own.code())).unwrap_or(own);
        let Finished { overlay, arena, .. } = finished;
        self.arenas.put(arena);
        if self.free.len() < MAX_FREE {
            self.free.push(boxed);
        }
        Some((overlay, status))
    }
}
