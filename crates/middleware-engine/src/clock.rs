//! The clock by which calls are timed.

use std::sync::LazyLock;

use quanta::Clock;

/// It is calibrated once in a process, when somebody wants to know the time for the first time, and that takes up to 200 ms:
/// who times no calls doesn't wait for it.
pub(crate) static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::new);
