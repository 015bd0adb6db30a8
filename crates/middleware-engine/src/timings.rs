//! How long middlewares take.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Which requests are timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timings {
    /// None.
    Off,
    /// One of so many of each worker.
    Sampled(NonZeroU32),
    /// All.
    Always,
}

impl Timings {
    /// Whether the request is timed that is served by an arena for the `uses`-th time.
    pub(crate) fn wants(self, uses: u32) -> bool {
        match self {
            Self::Off => false,
            Self::Sampled(of) => uses.is_multiple_of(of.get()),
            Self::Always => true,
        }
    }
}

/// One of 64.
impl Default for Timings {
    fn default() -> Self {
        Self::Sampled(NonZeroU32::new(64).expect("64 is not zero"))
    }
}

/// How many powers of two the histogram tells apart, from 16 ns on: the last begins at 2.1 s.
const BUCKETS: usize = 28;
const FIRST: u32 = 4;

/// What is counted of a middleware, all phases together.
///
/// Counters are added to without any order among them, so that a sum read meanwhile may lack what is added right then.
#[derive(Debug)]
pub(crate) struct Timer {
    count: AtomicU64,
    total: AtomicU64,
    fastest: AtomicU64,
    slowest: AtomicU64,
    histogram: [AtomicU64; BUCKETS],
}

impl Timer {
    pub(crate) fn new() -> Self {
        Self {
            count: AtomicU64::new(0),
            total: AtomicU64::new(0),
            fastest: AtomicU64::new(u64::MAX),
            slowest: AtomicU64::new(0),
            histogram: [const { AtomicU64::new(0) }; BUCKETS],
        }
    }

    pub(crate) fn add(&self, nanoseconds: u64) {
        self.count.fetch_add(1, Relaxed);
        self.total.fetch_add(nanoseconds, Relaxed);
        self.fastest.fetch_min(nanoseconds, Relaxed);
        self.slowest.fetch_max(nanoseconds, Relaxed);
        self.histogram[bucket(nanoseconds)].fetch_add(1, Relaxed);
    }

    pub(crate) fn read(&self) -> Figures {
        let count = self.count.load(Relaxed);
        let nanoseconds = |counter: &AtomicU64| Duration::from_nanos(counter.load(Relaxed));
        Figures {
            count,
            total: nanoseconds(&self.total),
            fastest: if count == 0 { Duration::ZERO } else { nanoseconds(&self.fastest) },
            slowest: nanoseconds(&self.slowest),
            histogram: std::array::from_fn(|index| self.histogram[index].load(Relaxed)),
        }
    }

    pub(crate) fn reset(&self) {
        self.count.store(0, Relaxed);
        self.total.store(0, Relaxed);
        self.fastest.store(u64::MAX, Relaxed);
        self.slowest.store(0, Relaxed);
        for counter in &self.histogram {
            counter.store(0, Relaxed);
        }
    }
}

fn bucket(nanoseconds: u64) -> usize {
    let power = nanoseconds.checked_ilog2().unwrap_or(0);
    (power.saturating_sub(FIRST) as usize).min(BUCKETS - 1)
}

/// How long a middleware has taken, in the requests that were timed. A job that it has deferred to isn't its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// How many calls.
    pub count: u64,
    /// All of them together.
    pub total: Duration,
    /// The shortest of them.
    pub fastest: Duration,
    /// The longest of them.
    pub slowest: Duration,
    histogram: [u64; BUCKETS],
}

impl Figures {
    /// How many calls took less than so long, and not less than the entry before: bounds are powers of two, from 32 ns on.
    /// The last has no bound.
    pub fn histogram(&self) -> impl Iterator<Item = (Option<Duration>, u64)> + '_ {
        self.histogram.iter().enumerate().map(|(index, &count)| {
            let bound = Duration::from_nanos(1 << (FIRST as usize + index + 1));
            ((index + 1 < BUCKETS).then_some(bound), count)
        })
    }

    /// The mean of a call; nothing without any.
    pub fn mean(&self) -> Option<Duration> {
        let nanoseconds = self.total.as_nanos().checked_div(u128::from(self.count))?;
        Some(Duration::from_nanos(nanoseconds as u64))
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(mean) = self.mean() else { return f.write_str("not timed yet") };
        let Self { count, fastest, slowest, .. } = self;
        write!(f, "{count} times, {mean:?} on average, {fastest:?} to {slowest:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        let timer = Timer::new();
        assert_eq!(timer.read().mean(), None);
        assert_eq!(timer.read().fastest, Duration::ZERO);
        for nanoseconds in [0, 31, 32, 1000, u64::MAX / 8] {
            timer.add(nanoseconds);
        }
        let figures = timer.read();
        assert_eq!((figures.count, figures.fastest), (5, Duration::ZERO));
        assert_eq!(figures.slowest, Duration::from_nanos(u64::MAX / 8));
        let counted: Vec<_> = figures.histogram().filter(|(_, count)| *count > 0).collect();
        let bound = |nanoseconds| Some(Duration::from_nanos(nanoseconds));
        assert_eq!(counted, [(bound(32), 2), (bound(64), 1), (bound(1024), 1), (None, 1)]);
        timer.reset();
        assert_eq!(timer.read(), Timer::new().read());
    }

    #[test]
    fn one_of_many_is_timed() {
        let timed = |timings: Timings| (0..128).filter(|&uses| timings.wants(uses)).count();
        assert_eq!(timed(Timings::Off), 0);
        assert_eq!(timed(Timings::default()), 2);
        assert_eq!(timed(Timings::Always), 128);
    }
}
