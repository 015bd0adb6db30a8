//! A clock that stands until a test moves it.
//! The traits of those who ask for the time are implemented where they are: the test kit knows no server.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// A clock in the hands of a test. Clones are the same clock.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use catzilla_testkit::clock::ManualClock;
///
/// let clock = ManualClock::at(SystemTime::UNIX_EPOCH);
/// let seen_by_the_server = clock.clone();
/// clock.advance(Duration::from_secs(15));
/// assert_eq!(seen_by_the_server.monotonic(), Duration::from_secs(15));
/// assert_eq!(seen_by_the_server.real(), SystemTime::UNIX_EPOCH + Duration::from_secs(15));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    time: Arc<Mutex<Time>>,
}

#[derive(Debug, Clone, Copy)]
struct Time {
    monotonic: Duration,
    real: SystemTime,
}

impl ManualClock {
    /// A clock that shows this date, and whose monotonic time is zero.
    pub fn at(real: SystemTime) -> Self {
        Self { time: Arc::new(Mutex::new(Time { monotonic: Duration::ZERO, real })) }
    }

    /// Lets time pass, on both faces.
    pub fn advance(&self, by: Duration) {
        self.change(|time| {
            time.monotonic += by;
            time.real += by;
        });
    }

    /// Sets the date alone, as an administrator does; it may go backwards.
    pub fn set_real(&self, real: SystemTime) {
        self.change(|time| time.real = real);
    }

    /// The time since the clock was made.
    pub fn monotonic(&self) -> Duration {
        self.change(|time| time.monotonic)
    }

    /// The date.
    pub fn real(&self) -> SystemTime {
        self.change(|time| time.real)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Time) -> T) -> T {
        // Two plain values are never half-written.
        change(&mut self.time.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for ManualClock {
    /// A clock that shows the machine's date of this moment.
    fn default() -> Self {
        Self::at(SystemTime::now())
    }
}
