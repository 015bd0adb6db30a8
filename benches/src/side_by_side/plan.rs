//! How long, how often, and what that takes in all.

use std::time::Duration;

use crate::side_by_side::latency::SHARES;
use crate::side_by_side::workload::{Work, Workload};

/// How long, and how often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) warm_up: Duration,
    pub(super) round: Duration,
    /// Rounds of each server.
    pub(super) rounds: usize,
    /// So many more of those whose ratios lie too far apart.
    pub(super) more: usize,
    /// At a fixed rate.
    pub(super) latency_warm_up: Duration,
    pub(super) latency: Duration,
    pub(super) latency_rounds: usize,
}

pub(super) const FULL: Plan = Plan {
    warm_up: Duration::from_secs(1),
    round: Duration::from_secs(1),
    rounds: 4,
    more: 3,
    latency_warm_up: Duration::from_millis(300),
    latency: Duration::from_millis(1500),
    latency_rounds: 2,
};

pub(super) const QUICK: Plan = Plan { rounds: 3, more: 0, latency_rounds: 1, ..FULL };

/// A look whether everything starts; its figures are worth nothing.
pub(super) const SMOKE: Plan = Plan {
    warm_up: Duration::from_millis(50),
    round: Duration::from_millis(200),
    rounds: 1,
    more: 0,
    latency_warm_up: Duration::from_millis(50),
    latency: Duration::from_millis(200),
    latency_rounds: 1,
};

/// Where opening the connections takes longer than a round: the window in which they are all there.
const HELD: Duration = Duration::from_secs(3);

/// Starting a server and comparing its answers, on average, in seconds.
const ENTRY: f64 = 0.7;

/// Starting the load, and waiting until the server has closed its connections, per round.
const TURN: f64 = 0.15;

/// Opening ten thousand connections.
const OPENING: f64 = 0.8;

/// Comparing answers under load, with the start of that.
const COMPARING: f64 = 0.4;

/// How many of ten servers' rounds lie apart, by experience.
const APART: f64 = 0.3;

impl Plan {
    /// What this kind of work takes instead.
    pub(super) fn of(self, workload: &Workload) -> Self {
        match workload.work {
            // A server that has had them once has memory to spare for the next.
            Work::Idle => Self { rounds: 1, more: 0, ..self },
            Work::Held(_) if workload.connections > 5_000 => Self {
                round: self.round.max(HELD.mul_f64(self.round.as_secs_f64())),
                rounds: self.rounds.min(3),
                more: 0,
                ..self
            },
            _ => self,
        }
    }

    /// About how long the workloads take beside so many servers.
    pub(super) fn estimate(self, workloads: &[Workload], servers: usize) -> Duration {
        let each = |workload: &Workload| {
            let plan = self.of(workload);
            let opening = OPENING * workload.connections as f64 / 10_000.0;
            let rounds = plan.rounds as f64 + plan.more as f64 * APART;
            let mut round = plan.round.as_secs_f64() + TURN + opening;
            if matches!(workload.work, Work::Held(_)) {
                round += plan.warm_up.as_secs_f64();
            }
            let mut seconds = ENTRY + rounds * round;
            if workload.work == Work::Idle {
                seconds = ENTRY + 3.0 * opening;
            } else {
                seconds += plan.warm_up.as_secs_f64();
            }
            if workload.needs_wrk() {
                seconds += COMPARING;
            }
            if workload.is_paced {
                let round = plan.latency_warm_up + plan.latency;
                let rounds = (SHARES.len() * plan.latency_rounds) as f64;
                seconds += rounds * (round.as_secs_f64() + TURN);
            }
            seconds * servers as f64
        };
        Duration::from_secs_f64(workloads.iter().map(each).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::side_by_side::workload::WORKLOADS;

    #[test]
    fn a_complete_run_fits_beside_the_suites() {
        let time = FULL.estimate(&WORKLOADS, 13);
        let minutes = time.as_secs() / 60;
        assert!((20..45).contains(&minutes), "{minutes} minutes");
    }

    #[test]
    fn a_quick_run_takes_a_few_minutes() {
        let quick: Vec<Workload> = WORKLOADS.into_iter().filter(|one| one.quick).collect();
        let seconds = QUICK.estimate(&quick, 4).as_secs();
        assert!((30..240).contains(&seconds), "{seconds} seconds");
    }
}
