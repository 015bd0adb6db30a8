//! The clock by which calls are timed.

use std::sync::LazyLock;

use quanta::Clock;

/// It is calibrated when somebody wants to know the time, and once: that takes a fraction of a second where the processor
/// doesn't say how fast its counter is.
pub(crate) static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::new);
