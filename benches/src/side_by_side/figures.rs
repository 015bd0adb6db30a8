//! What came out, and how sure it is.

use crate::side_by_side::process::CpuTime;

/// One round of one server.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sample {
    pub(super) requests: u64,
    pub(super) seconds: f64,
    /// CPU time per request, in seconds.
    pub(super) cpu: CpuTime,
    /// Percentiles of the time to a response, in seconds; where requests are sent at once, nobody can tell.
    pub(super) latency: Option<[f64; 4]>,
    /// Bytes resident at the end.
    pub(super) resident: u64,
    /// Bytes per idle connection.
    pub(super) idle: Option<f64>,
}

/// All rounds of one server under one kind of work.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) server: &'static str,
    pub(super) samples: Vec<Sample>,
    /// For each round: this server's cost as a multiple of ours.
    pub(super) ratios: Vec<f64>,
    /// Why it has no samples.
    pub(super) absent: Option<String>,
}

/// A spread above this says that a figure is not to be relied on.
pub(super) const WIDE: f64 = 0.10;

impl Sample {
    /// What the work costs: CPU time per request in microseconds, or bytes per idle connection.
    pub(super) fn cost(&self) -> f64 {
        self.idle.unwrap_or((self.cpu.user + self.cpu.system) * 1e6)
    }
}

impl Figures {
    pub(super) fn new(server: &'static str) -> Self {
        Self { server, samples: Vec::new(), ratios: Vec::new(), absent: None }
    }

    /// The median of a percentile of latency, in seconds.
    pub(super) fn latency(&self, at: usize) -> Option<f64> {
        median(self.samples.iter().filter_map(|sample| Some(sample.latency?[at])).collect())
    }

    /// The median of something over the rounds.
    pub(super) fn median_of(&self, what: impl Fn(&Sample) -> f64) -> Option<f64> {
        median(self.samples.iter().map(what).collect())
    }

    /// Its cost as a multiple of ours: the median of the rounds, as machines drift from one to the next.
    pub(super) fn ratio(&self) -> Option<f64> {
        median(self.ratios.clone())
    }

    /// How far the middle half of its ratios (or, of ours, its costs) lies apart, to their median.
    pub(super) fn spread(&self) -> Option<f64> {
        let values = if self.ratios.is_empty() {
            self.samples.iter().map(Sample::cost).collect()
        } else {
            self.ratios.clone()
        };
        spread(values)
    }

    pub(super) fn is_wide(&self) -> bool {
        self.spread().is_some_and(|spread| spread > WIDE)
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        len if len % 2 == 1 => Some(values[half]),
        _ => Some(f64::midpoint(values[half - 1], values[half])),
    }
}

/// The distance of the quartiles to the median; of fewer than four, that of the ends.
fn spread(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let cut = values.len() / 4;
    let (low, high) = (values.get(cut)?, values.get(values.len() - 1 - cut)?);
    let (low, high) = (*low, *high);
    Some((high - low) / median(values)?).filter(|spread| spread.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middles_and_spreads() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(spread(vec![]), None);
        assert_eq!(spread(vec![2.0]), Some(0.0));
        assert_eq!(spread(vec![3.0, 2.0, 1.0]), Some(1.0));
        // One bad round of five changes nothing.
        assert_eq!(spread(vec![9.0, 1.0, 1.0, 1.0, 1.0]), Some(0.0));
    }
}
