//! The memory of requests, shared by all clones of a layer.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::head::Head;
use super::names::Names;
use crate::arena::RequestArena;
use crate::arena_pool::{ArenaConfig, ArenaFigures, ArenaPool};

/// A shard per thread, as far as there are so many: a lock is held for some nanoseconds, and seldom wanted by two.
#[derive(Debug)]
pub(super) struct Pool {
    shards: Box<[Shard]>,
}

/// On cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
struct Shard(Mutex<Spare>);

#[derive(Debug)]
struct Spare {
    arenas: ArenaPool,
    /// Those without an arena are few: both come back together.
    buffers: Vec<Buffers>,
    max_buffers: usize,
}

/// Memory of a request beside its arena.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// For field lines of the response.
    pub(super) lines: Vec<u8>,
    /// In a box, as futures are moved often.
    pub(super) kept: Box<Kept>,
}

/// A head, which each request fills anew, and names, which it may find as it needs them.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) head: Head,
    pub(super) names: Names,
}

/// What was taken, and where it goes back to: to where it came from, as a future may end on another thread than it began
/// on, and one shard would run dry while another throws away.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) arena: RequestArena,
    pub(super) buffers: Buffers,
    pub(super) shard: usize,
}

/// More is not kept for the next request.
const MAX_KEPT_LINES: usize = 16 * 1024;

impl Pool {
    pub(super) fn new(config: ArenaConfig) -> Self {
        let count = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(64);
        let config = ArenaConfig { max_kept: config.max_kept.div_ceil(count), ..config };
        let shard = || {
            let arenas = ArenaPool::new(config);
            Spare { arenas, buffers: Vec::new(), max_buffers: config.max_kept }
        };
        Self { shards: (0..count).map(|_| Shard(Mutex::new(shard()))).collect() }
    }

    pub(super) fn take(&self) -> Taken {
        let shard = number_of_thread() % self.shards.len();
        let mut spare = self.shards[shard].lock();
        let buffers = spare.buffers.pop().unwrap_or_default();
        Taken { arena: spare.arenas.take(), buffers, shard }
    }

    pub(super) fn put(&self, taken: Taken) {
        let Taken { mut arena, mut buffers, shard } = taken;
        // Values are dropped before the lock is taken: who knows what they do.
        arena.clear();
        buffers.kept.head.forget();
        buffers.lines.clear();
        buffers.lines.shrink_to(MAX_KEPT_LINES);
        let mut spare = self.shards[shard].lock();
        spare.arenas.put(arena);
        if spare.buffers.len() < spare.max_buffers {
            spare.buffers.push(buffers);
        }
    }

    pub(super) fn figures(&self) -> ArenaFigures {
        let figures = self.shards.iter().map(|shard| shard.lock().arenas.figures());
        figures.fold(ArenaFigures::default(), |sum, it| ArenaFigures {
            taken: sum.taken + it.taken,
            reused: sum.reused + it.reused,
            dropped: sum.dropped + it.dropped,
        })
    }
}

impl Shard {
    /// Nothing panics under it.
    fn lock(&self) -> MutexGuard<'_, Spare> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Threads are numbered as they come.
fn number_of_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.get().unwrap_or_else(|| {
        let number = NEXT.fetch_add(1, Relaxed);
        NUMBER.set(Some(number));
        number
    })
}
