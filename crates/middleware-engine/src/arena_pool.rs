//! Arenas for requests to come, so that a request allocates nothing.

use crate::arena::RequestArena;

/// Arenas of one worker. It isn't shared: each worker has its own, and what is taken here should come back here.
#[derive(Debug)]
pub struct ArenaPool {
    free: Vec<RequestArena>,
    config: ArenaConfig,
    figures: ArenaFigures,
}

/// How much memory requests may have, and how much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArenaConfig {
    /// Bytes that one request may have; beyond, it is answered 500. Default: 64 KiB.
    pub limit: usize,
    /// An arena that has grown beyond so many bytes isn't kept. Default: 16 KiB.
    pub max_kept_bytes: usize,
    /// How many arenas are kept. Default: 256.
    pub max_kept: usize,
}

impl ArenaConfig {
    /// As it is by default.
    pub const DEFAULT: Self = Self { limit: 64 * 1024, max_kept_bytes: 16 * 1024, max_kept: 256 };
}

impl Default for ArenaConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What a pool has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArenaFigures {
    /// Arenas taken.
    pub taken: u64,
    /// Those of them that had served before.
    pub reused: u64,
    /// Those that came back too large, or were too many, and weren't kept.
    pub dropped: u64,
}

impl ArenaFigures {
    /// The share of requests that had no need for a new arena, from 0 to 1.
    pub fn reuse(&self) -> f64 {
        if self.taken == 0 { 0.0 } else { self.reused as f64 / self.taken as f64 }
    }
}

impl ArenaPool {
    /// A pool without arenas.
    pub const fn new(config: ArenaConfig) -> Self {
        Self { free: Vec::new(), config, figures: ArenaFigures { taken: 0, reused: 0, dropped: 0 } }
    }

    /// An arena with nothing in it.
    pub fn take(&mut self) -> RequestArena {
        self.figures.taken += 1;
        let Some(mut arena) = self.free.pop() else { return RequestArena::new(self.config.limit) };
        self.figures.reused += 1;
        arena.uses = arena.uses.wrapping_add(1);
        arena
    }

    /// Takes an arena back, and drops what is in it.
    pub fn put(&mut self, mut arena: RequestArena) {
        arena.clear();
        if self.free.len() < self.config.max_kept && arena.capacity() <= self.config.max_kept_bytes
        {
            self.free.push(arena);
        } else {
            self.figures.dropped += 1;
        }
    }

    /// What it has done so far.
    pub fn figures(&self) -> ArenaFigures {
        self.figures
    }
}

impl Default for ArenaPool {
    fn default() -> Self {
        Self::new(ArenaConfig::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arenas_come_back() {
        let mut pool = ArenaPool::default();
        for _ in 0..20 {
            let arena = pool.take();
            arena.insert(1_u64).unwrap();
            pool.put(arena);
        }
        assert_eq!(pool.figures(), ArenaFigures { taken: 20, reused: 19, dropped: 0 });
        assert!(pool.figures().reuse() > 0.9);
    }

    #[test]
    fn what_has_grown_too_large_is_not_kept() {
        let config = ArenaConfig { limit: 1 << 20, max_kept_bytes: 4096, max_kept: 1 };
        let mut pool = ArenaPool::new(config);
        let (large, small, one_more) = (pool.take(), pool.take(), pool.take());
        large.insert([0_u8; 10_000]).unwrap();
        pool.put(large);
        assert_eq!(pool.figures().dropped, 1);
        pool.put(small);
        assert_eq!(pool.figures().dropped, 1);
        pool.put(one_more);
        assert_eq!(pool.figures().dropped, 2);
    }

    #[test]
    fn the_limit_holds_for_arenas_that_come_back() {
        let mut pool = ArenaPool::new(ArenaConfig { limit: 2048, ..ArenaConfig::default() });
        for _ in 0..3 {
            let arena = pool.take();
            assert!(arena.insert([0_u8; 8192]).is_err());
            pool.put(arena);
        }
    }
}
