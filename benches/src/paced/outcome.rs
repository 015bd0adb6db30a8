//! What a client saw.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// The percentiles that are told.
pub const PERCENTILES: [f64; 7] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9];

/// What came of a stretch of load.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Complete answers that were as expected.
    pub requests: u64,
    /// Bytes of all complete answers, heads included.
    pub bytes: u64,
    /// How long requests were sent, and the last answers awaited, in seconds.
    pub seconds: f64,
    /// Requests that were due; in a closed loop, those that were sent.
    pub due: u64,
    /// Of these, sent before the time was over and answered soon.
    pub in_time: u64,
    /// Answers that were wrong.
    pub wrong: u64,
    /// What the first of them was.
    pub complaint: Option<String>,
    /// Connections that were opened again because the server had closed them.
    pub reopened: u64,
    /// The times from when requests were due to their complete answers, in seconds, at [`PERCENTILES`]. What was never
    /// answered counts with the time until the end. In a closed loop nothing is due, so there are none.
    pub latency: Option<[f64; PERCENTILES.len()]>,
    /// How late the client itself was with requests that had a free connection, in seconds: of a hundred, the
    /// latest. Below this, latencies say nothing about the server.
    pub lag: f64,
}

/// A server answers less than this share of what is due: it can't keep up.
const KEEPS_UP: f64 = 0.99;

impl Outcome {
    /// Whether the server was asked for more than it can do: its percentiles are those of the waiting line, and grow
    /// with the length of the test.
    pub fn is_saturated(&self) -> bool {
        (self.in_time as f64) < self.due as f64 * KEEPS_UP
    }

    pub(super) fn percentiles(nanoseconds: &Histogram<u64>) -> [f64; PERCENTILES.len()] {
        PERCENTILES.map(|percent| nanoseconds.value_at_quantile(percent / 100.0) as f64 / 1e9)
    }
}

/// Up to a minute in nanoseconds, to three digits.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("these bounds are allowed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_seconds() {
        let mut times = histogram();
        for milliseconds in 1..=1000 {
            times.saturating_record(milliseconds * 1_000_000);
        }
        let found = Outcome::percentiles(&times);
        for (found, percent) in found.iter().zip(PERCENTILES) {
            assert!((found * 100.0 / percent - 1.0).abs() < 0.002, "{percent}: {found}");
        }
    }

    #[track_caller]
    fn check(due: u64, in_time: u64, is_saturated: bool) {
        let outcome = Outcome { due, in_time, ..Outcome::default() };
        assert_eq!(outcome.is_saturated(), is_saturated, "{in_time} of {due}");
    }

    #[test]
    fn who_leaves_one_of_a_hundred_waiting_is_saturated() {
        check(1000, 1000, false);
        check(1000, 990, false);
        check(1000, 989, true);
        check(1000, 0, true);
    }
}
