//! Time as a value: what the server asks instead of the operating system.
//! When time limits strike is the watch's business (`worker/watch.rs`).

use std::fmt;
#[cfg(not(target_os = "linux"))]
use std::time::Instant;
use std::time::{Duration, SystemTime};

/// Where the server takes its time from; tests bring their own.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Time since some fixed point, never running backwards.
    fn monotonic(&self) -> Duration;

    /// The same to the microsecond, for those who measure. By default it is [`monotonic`](Self::monotonic).
    fn precise(&self) -> Duration {
        self.monotonic()
    }

    /// The date, as the machine believes it.
    fn real(&self) -> SystemTime;
}

/// The clock of the machine. Its monotonic time is that of the kernel's last timer interrupt where there is such a
/// clock (Linux, 1 to 10 ms): every request asks for it, and what it is compared with are seconds. Chains of middlewares
/// are given the precise one.
#[derive(Debug, Default)]
pub struct SystemClock {
    #[cfg(not(target_os = "linux"))]
    start: Start,
}

impl SystemClock {
    /// The clock of the machine.
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
struct Start(Instant);

#[cfg(not(target_os = "linux"))]
impl Default for Start {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    #[cfg(target_os = "linux")]
    fn monotonic(&self) -> Duration {
        use rustix::time::{ClockId, clock_gettime};

        let now = clock_gettime(ClockId::MonotonicCoarse);
        Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
    }

    #[cfg(target_os = "linux")]
    fn precise(&self) -> Duration {
        use rustix::time::{ClockId, clock_gettime};

        let now = clock_gettime(ClockId::Monotonic);
        Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
    }

    #[cfg(not(target_os = "linux"))]
    fn monotonic(&self) -> Duration {
        self.start.0.elapsed()
    }

    fn real(&self) -> SystemTime {
        SystemTime::now()
    }
}
