//! What came out, and how sure it is.

use serde::{Deserialize, Serialize};

use crate::side_by_side::proc::CpuTime;

/// One round of one server.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sample {
    pub(super) requests: u64,
    pub(super) seconds: f64,
    /// CPU time per request, in seconds.
    pub(super) cpu: CpuTime,
    /// Bytes that came, heads included.
    pub(super) bytes: u64,
    /// Bytes resident at the end.
    pub(super) resident: u64,
    /// Bytes per idle connection.
    pub(super) idle: Option<f64>,
}

/// Why a server has no figures, or not all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Absence {
    /// It doesn't do this kind of work, or not rightly.
    LeftOut(String),
    /// It should have been able to.
    Failed(String),
}

/// All rounds of one server under one kind of work.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) server: &'static str,
    /// One per round; none where it didn't take part.
    pub(super) samples: Vec<Option<Sample>>,
    pub(super) absence: Option<Absence>,
}

/// A spread above this says that a figure is not to be relied on.
pub(super) const WIDE: f64 = 0.10;

/// The middle of several values, and where the middle half of them lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    pub(super) median: f64,
    /// The lower quartile; of fewer than four values the lowest.
    pub(super) low: f64,
    /// The upper one.
    pub(super) high: f64,
}

impl Sample {
    /// What the work costs: CPU time per request in microseconds, or bytes per idle connection.
    pub(super) fn cost(&self) -> f64 {
        self.idle.unwrap_or((self.cpu.user + self.cpu.system) * 1e6)
    }

    /// Bytes on the wire per response, its head included.
    pub(super) fn wire(&self) -> f64 {
        self.bytes as f64 / self.requests.max(1) as f64
    }

    pub(super) fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds.max(f64::MIN_POSITIVE)
    }
}

impl Absence {
    pub(super) fn why(&self) -> &str {
        let (Self::LeftOut(why) | Self::Failed(why)) = self;
        why
    }
}

impl Figures {
    pub(super) fn new(server: &'static str) -> Self {
        Self { server, ..Self::default() }
    }

    /// Something of each round.
    pub(super) fn spread_of(&self, what: impl Fn(&Sample) -> f64) -> Option<Spread> {
        Spread::of(self.samples.iter().flatten().map(what).collect())
    }

    /// Its cost as a multiple of another's, round by round: machines drift from one to the next.
    pub(super) fn ratio_to(&self, other: &Self) -> Option<Spread> {
        let both = self.samples.iter().zip(&other.samples);
        let ratios = both.filter_map(|(one, other)| {
            Some(one.as_ref()?.cost() / other.as_ref()?.cost()).filter(|ratio| ratio.is_finite())
        });
        Spread::of(ratios.collect())
    }
}

impl Spread {
    /// Of any values; of none there is nothing to tell.
    pub(super) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        // Tukey's hinges: the medians of both halves, which share the middle of an odd number.
        let half = values.len().div_ceil(2);
        let (lower, upper) = (&values[..half], &values[values.len() - half..]);
        Some(Self { median: median(&values)?, low: median(lower)?, high: median(upper)? })
    }

    /// Of the inverse of the values.
    pub(super) fn inverse(self) -> Self {
        Self { median: 1.0 / self.median, low: 1.0 / self.high, high: 1.0 / self.low }
    }

    /// How far the middle half lies apart, to the median.
    pub(super) fn width(self) -> f64 {
        (self.high - self.low) / self.median
    }

    pub(super) fn is_wide(self) -> bool {
        self.width() > WIDE
    }
}

/// Of sorted values.
fn median(values: &[f64]) -> Option<f64> {
    let half = values.len() / 2;
    if values.len() % 2 == 1 {
        Some(values[half])
    } else {
        Some(f64::midpoint(*values.get(half.checked_sub(1)?)?, values[half]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], expected: Option<[f64; 3]>) {
        let expected = expected.map(|[low, median, high]| Spread { median, low, high });
        assert_eq!(Spread::of(values.to_vec()), expected);
    }

    #[test]
    fn middles_and_spreads() {
        check(&[], None);
        check(&[2.0], Some([2.0, 2.0, 2.0]));
        check(&[3.0, 2.0, 1.0], Some([1.5, 2.0, 2.5]));
        check(&[4.0, 1.0, 2.0, 3.0], Some([1.5, 2.5, 3.5]));
        // One bad round of four can't be told from a machine that changes.
        check(&[9.0, 1.0, 1.0, 1.0], Some([1.0, 1.0, 5.0]));
        // One bad round of five changes nothing.
        check(&[9.0, 1.0, 1.0, 1.0, 1.0], Some([1.0, 1.0, 1.0]));
        let spread = Spread { median: 2.0, low: 1.9, high: 2.2 };
        assert!(spread.is_wide() && (spread.width() - 0.15).abs() < 1e-9);
        assert!((spread.inverse().low - 1.0 / 2.2).abs() < 1e-9);
    }

    fn figures(costs: &[Option<f64>]) -> Figures {
        let sample = |cost| Sample { idle: Some(cost), ..Sample::default() };
        let samples = costs.iter().map(|cost| cost.map(sample)).collect();
        Figures { samples, ..Figures::new("a") }
    }

    #[test]
    fn ratios_are_taken_within_rounds_that_both_have() {
        // The machine is slower from round to round, and the ratio stays.
        let ours = figures(&[Some(1.0), Some(2.0), Some(4.0), None]);
        let theirs = figures(&[Some(2.0), Some(4.0), Some(8.0), Some(1.0)]);
        assert_eq!(theirs.ratio_to(&ours).unwrap(), Spread { median: 2.0, low: 2.0, high: 2.0 });
        assert_eq!(theirs.ratio_to(&figures(&[None, None])), None);
        assert_eq!(theirs.ratio_to(&figures(&[Some(0.0)])), None, "nothing is no measure");
    }
}
