//! Where time comes from.

use std::time::Duration;

/// Tells the time; tests and servers bring their own.
///
/// It is asked once per lookup where entries have a time to live, so it should cost nanoseconds. A server that keeps
/// the time of its loop's turn hands that out.
pub trait Clock: Send + Sync {
    /// The time since some moment that stays the same; never goes back.
    fn now(&self) -> Duration;
}

/// The monotonic clock of the system.
///
/// On Linux it is the coarse one, which stands still for up to four milliseconds and costs a few nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock(());

impl SystemClock {
    /// The clock.
    pub const fn new() -> Self {
        Self(())
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Clock for SystemClock {
    fn now(&self) -> Duration {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
        // The kernel's time since its start: neither negative nor a full second of nanoseconds.
        Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Clock for SystemClock {
    fn now(&self) -> Duration {
        use std::sync::OnceLock;
        use std::time::Instant;

        // `Instant` has no zero of its own; the first call is as good as any.
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}
