//! Time as a value: what the server asks instead of the operating system.
//! When time limits strike is the watch's business (`worker/watch.rs`).

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

/// Where the server takes its time from; tests bring their own.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Time since some fixed point, never running backwards.
    fn monotonic(&self) -> Duration;

    /// The date, as the machine believes it.
    fn real(&self) -> SystemTime;
}

/// The clock of the machine.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time begins now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn real(&self) -> SystemTime {
        SystemTime::now()
    }
}
