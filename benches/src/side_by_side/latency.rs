//! How long users wait: times to an answer while requests come at a fixed rate.

use anyhow::Result;

use crate::paced::Outcome;
use crate::side_by_side::contestant::{Contestant, right};
use crate::side_by_side::figures::{Absence, Figures, Sample};
use crate::side_by_side::guard::interrupted;
use crate::side_by_side::load::{Held, HeldAt};
use crate::side_by_side::plan::Plan;
use crate::side_by_side::rounds::Lab;

/// Rates as shares of what the slowest of [`FAST`] can do: busy, and very busy.
pub(super) const SHARES: [f64; 2] = [0.5, 0.8];

/// Whose rates count: those who have none of these to spare are marked instead.
const FAST: [&str; 3] = ["catzilla", "nginx", "h2o"];

/// What a server does at one rate.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) server: &'static str,
    /// Requests per second.
    pub(super) rate: f64,
    /// One per round; none where it didn't take part.
    pub(super) rounds: Vec<Option<Outcome>>,
    pub(super) absence: Option<Absence>,
}

/// Requests per second that all of the fast ones can answer, by what was measured before.
pub(super) fn base_rate(all: &[Figures]) -> Option<f64> {
    let fast = all.iter().filter(|figures| FAST.contains(&figures.server));
    let rates = fast.filter_map(|figures| Some(figures.spread_of(Sample::per_second)?.median));
    rates.min_by(f64::total_cmp)
}

/// Measures everybody who is still there at this rate, in turn.
pub(super) fn measure(
    lab: &Lab<'_>,
    contestants: &mut [Option<Contestant>],
    connections: usize,
    rate: f64,
    plan: Plan,
) -> Result<Vec<Curve>> {
    let curve = |entrant: &super::rounds::Entrant| Curve {
        server: entrant.rival.name,
        rate,
        rounds: Vec::new(),
        absence: None,
    };
    let mut curves: Vec<Curve> = lab.entrants.iter().map(curve).collect();
    let mut random = fastrand::Rng::with_seed(2);
    for round in 0..plan.latency_rounds {
        let mut order: Vec<usize> = (0..contestants.len()).collect();
        random.shuffle(&mut order);
        for curve in &mut curves {
            curve.rounds.push(None);
        }
        for at in order {
            interrupted()?;
            let Some(contestant) = &mut contestants[at] else { continue };
            let held = Held {
                program: lab.programs.join("paced-load"),
                orders: contestant.orders.clone(),
                connections,
                rate: Some(rate),
                warm_up: plan.latency_warm_up,
            };
            let taken = contestant.awake(|server| {
                let at = HeldAt { cores: lab.cores, address: server.address, time: plan.latency };
                held.run(&at, &mut |_| Ok(()))
            });
            match taken.and_then(|outcome| right(&outcome).map(|()| outcome)) {
                Ok(outcome) => curves[at].rounds[round] = Some(outcome),
                Err(error) => {
                    interrupted()?;
                    let why = format!("at {rate:.0}/s: {error:#}");
                    curves[at].absence = Some(Absence::Failed(why));
                    contestants[at] = None;
                }
            }
        }
    }
    Ok(curves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_of_the_fast_sets_the_rate() {
        let figures = |server, requests| {
            let sample = Sample { requests, seconds: 1.0, ..Sample::default() };
            Figures { samples: vec![Some(sample)], ..Figures::new(server) }
        };
        let all = [figures("catzilla", 90), figures("nginx", 60), figures("starlette", 2)];
        assert_eq!(base_rate(&all), Some(60.0));
        assert_eq!(base_rate(&all[..1]), Some(90.0));
        assert_eq!(base_rate(&all[2..]), None);
        assert_eq!(base_rate(&[Figures::new("catzilla"), figures("h2o", 7)]), Some(7.0));
    }
}
