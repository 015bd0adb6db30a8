//! One result, as it is kept: a line of `results.jsonl`, from which the report is made.

use serde::{Deserialize, Serialize};

use crate::paced::PERCENTILES;
use crate::side_by_side::figures::{Figures, Sample, Spread};
use crate::side_by_side::latency::Curve;
use crate::side_by_side::workload::{Work, Workload};

/// What one server has shown under one kind of work. The first keys are those of the suites' lines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// `server`, or `latency`.
    pub(super) suite: String,
    /// The workload; of latencies, with the share of the rate.
    pub(super) case: String,
    /// Ours, always: what the work costs, or the 99th percentile.
    pub(super) value: Option<f64>,
    pub(super) unit: String,
    /// Not counted in other programs.
    pub(super) allocations: Option<f64>,
    /// Whom ours is compared with.
    pub(super) rival: Option<String>,
    /// Ours to the rival's, the median of the rounds: below 1, ours is cheaper.
    pub(super) ratio: Option<f64>,
    /// Its quartiles.
    pub(super) ratio_low: Option<f64>,
    pub(super) ratio_high: Option<f64>,
    pub(super) rival_value: Option<f64>,
    /// The server's own cost as a multiple of the floor's, likewise.
    pub(super) to_floor: Option<f64>,
    pub(super) to_floor_low: Option<f64>,
    pub(super) to_floor_high: Option<f64>,
    /// The distance of the quartiles of the ratio (of ours: of the cost) to the median.
    pub(super) spread: Option<f64>,
    pub(super) rounds: usize,
    pub(super) requests_per_second: Option<f64>,
    pub(super) user_us: Option<f64>,
    pub(super) system_us: Option<f64>,
    pub(super) resident_bytes: Option<f64>,
    /// On the wire per response or page, heads included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wire_bytes: Option<f64>,
    /// Under a fixed rate only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) paced: Option<Paced>,
    /// Why there are no figures, or not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) absent: Option<String>,
    /// Whether that is a failure.
    #[serde(default)]
    pub(super) failed: bool,
}

/// What a server does under a fixed rate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Paced {
    pub(super) workload: String,
    /// The rate as a share of what the slowest of the fast ones can do.
    pub(super) share: f64,
    /// Requests per second.
    pub(super) rate: f64,
    /// It can't keep up: its times are those of the waiting line.
    pub(super) saturated: bool,
    /// How late the client itself was, at its 99th percentile.
    pub(super) lag_us: f64,
    /// Percentile and time, counted from when requests were due.
    pub(super) percentiles_us: Vec<(f64, f64)>,
}

/// Where the 99th percentile stands among all.
const P99: usize = 4;

/// The suite of what is measured at a fixed rate.
const LATENCY: &str = "latency";

impl Row {
    /// The server that it is about.
    pub(super) fn server(&self) -> &str {
        self.rival.as_deref().unwrap_or("catzilla")
    }

    /// The server's own figure.
    pub(super) fn cost(&self) -> Option<f64> {
        if self.rival.is_some() { self.rival_value } else { self.value }
    }

    /// The server's cost as a multiple of ours.
    pub(super) fn multiple(&self) -> Option<Spread> {
        let ratio = Spread { median: self.ratio?, low: self.ratio_low?, high: self.ratio_high? };
        Some(ratio.inverse())
    }

    /// The server's cost as a multiple of the floor's.
    pub(super) fn multiple_of_floor(&self) -> Option<Spread> {
        let (low, high) = (self.to_floor_low?, self.to_floor_high?);
        Some(Spread { median: self.to_floor?, low, high })
    }

    pub(super) fn is_wide(&self) -> bool {
        self.spread.is_some_and(|spread| spread > super::figures::WIDE)
    }

    pub(super) fn is_latency(&self) -> bool {
        self.suite == LATENCY
    }
}

/// The rows of a workload: ours first.
pub(super) fn rows(workload: &Workload, all: &[Figures]) -> Vec<Row> {
    let ours = all.first();
    let floor = all.iter().find(|figures| figures.server == "floor");
    let value = ours.and_then(cost);
    let row = |(at, figures): (usize, &Figures)| {
        let is_ours = at == 0;
        let ratio = ours.filter(|_| !is_ours).and_then(|ours| figures.ratio_to(ours));
        let to_floor = floor.and_then(|floor| figures.ratio_to(floor));
        let own = figures.spread_of(Sample::cost);
        // Connections that wait send nothing, and one round of them has no spread.
        let is_idle = workload.work == Work::Idle;
        let spread = if is_ours { own } else { ratio }.filter(|_| !is_idle);
        let of = |what: fn(&Sample) -> f64| {
            figures.spread_of(what).filter(|_| !is_idle).map(|found| found.median)
        };
        let inverse = ratio.map(Spread::inverse);
        Row {
            suite: "server".to_owned(),
            case: workload.name.to_owned(),
            value,
            unit: if is_idle { "bytes" } else { "us" }.to_owned(),
            rival: (!is_ours).then(|| figures.server.to_owned()),
            ratio: inverse.map(|ratio| ratio.median),
            ratio_low: inverse.map(|ratio| ratio.low),
            ratio_high: inverse.map(|ratio| ratio.high),
            rival_value: if is_ours { None } else { cost(figures) },
            to_floor: to_floor.map(|ratio| ratio.median),
            to_floor_low: to_floor.map(|ratio| ratio.low),
            to_floor_high: to_floor.map(|ratio| ratio.high),
            spread: spread.map(Spread::width).filter(|width| width.is_finite()),
            rounds: figures.samples.iter().flatten().count(),
            requests_per_second: of(Sample::per_second),
            user_us: of(|sample| sample.cpu.user * 1e6),
            system_us: of(|sample| sample.cpu.system * 1e6),
            wire_bytes: of(Sample::wire),
            resident_bytes: figures.spread_of(|sample| sample.resident as f64).map(|of| of.median),
            absent: figures.absence.as_ref().map(|absence| absence.why().to_owned()),
            failed: matches!(figures.absence, Some(super::figures::Absence::Failed(_))),
            ..Row::default()
        }
    };
    all.iter().enumerate().map(row).collect()
}

fn cost(figures: &Figures) -> Option<f64> {
    figures.spread_of(Sample::cost).map(|cost| cost.median)
}

/// The rows of one fixed rate: ours first. The value is the 99th percentile.
pub(super) fn latency_rows(workload: &Workload, share: f64, all: &[Curve]) -> Vec<Row> {
    let micro = |curve: &Curve, at: usize| {
        let times = curve.rounds.iter().flatten().filter_map(|outcome| outcome.latency);
        Spread::of(times.map(|times| times[at] * 1e6).collect())
    };
    // One round in which it kept up may have been luck.
    let saturated = |curve: &Curve| {
        let rounds = curve.rounds.iter().flatten().count();
        let waiting =
            curve.rounds.iter().flatten().filter(|outcome| outcome.is_saturated()).count();
        waiting > 0 && 2 * waiting >= rounds
    };
    let ours = all.first();
    let row = |(at, curve): (usize, &Curve)| {
        let outcomes = || curve.rounds.iter().flatten();
        // Of who waits in line the line is told, and nothing else.
        let comparable = |ours: &&Curve| at > 0 && !saturated(ours) && !saturated(curve);
        let ratio = ours.filter(comparable).and_then(|ours| {
            let both = ours.rounds.iter().zip(&curve.rounds);
            let ratios = both.filter_map(|(ours, curve)| {
                Some(ours.as_ref()?.latency?[P99] / curve.as_ref()?.latency?[P99])
            });
            Spread::of(ratios.collect())
        });
        let own = micro(curve, P99);
        let spread = if at == 0 { own } else { ratio };
        let lag = Spread::of(outcomes().map(|outcome| outcome.lag * 1e6).collect());
        let middle = |percent: (usize, &f64)| Some((*percent.1, micro(curve, percent.0)?.median));
        let paced = Paced {
            workload: workload.name.to_owned(),
            share,
            rate: curve.rate,
            saturated: saturated(curve),
            lag_us: lag.map_or(0.0, |lag| lag.median),
            percentiles_us: PERCENTILES.iter().enumerate().filter_map(middle).collect(),
        };
        Row {
            suite: LATENCY.to_owned(),
            case: format!("{} at {:.0} %", workload.name, share * 100.0),
            value: ours.and_then(|ours| Some(micro(ours, P99)?.median)),
            unit: "us".to_owned(),
            rival: (at > 0).then(|| curve.server.to_owned()),
            ratio: ratio.map(|ratio| ratio.median),
            ratio_low: ratio.map(|ratio| ratio.low),
            ratio_high: ratio.map(|ratio| ratio.high),
            rival_value: own.filter(|_| at > 0).map(|own| own.median),
            spread: spread.map(Spread::width),
            rounds: outcomes().count(),
            paced: own.map(|_| paced),
            absent: curve.absence.as_ref().map(|absence| absence.why().to_owned()),
            failed: matches!(curve.absence, Some(super::figures::Absence::Failed(_))),
            ..Row::default()
        }
    };
    all.iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paced::Outcome;
    use crate::side_by_side::figures::Absence;
    use crate::side_by_side::proc::CpuTime;
    use crate::side_by_side::workload::WORKLOADS;

    fn figures(server: &'static str, costs: &[f64]) -> Figures {
        let sample = |cost: &f64| {
            let cpu = CpuTime { user: cost / 2e6, system: cost / 2e6 };
            Some(Sample { requests: 10, seconds: 2.0, cpu, ..Sample::default() })
        };
        Figures { samples: costs.iter().map(sample).collect(), ..Figures::new(server) }
    }

    #[track_caller]
    fn near(found: Option<f64>, expected: f64) {
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-6), "{found:?}");
    }

    #[test]
    fn ratios_to_ours_and_to_the_floor_are_medians_of_rounds_with_their_ends() {
        let all = [
            figures("catzilla", &[4.0, 8.0, 16.0]),
            figures("nginx", &[8.0, 8.0, 64.0]),
            figures("floor", &[2.0, 2.0, 8.0]),
        ];
        let rows = rows(&WORKLOADS[0], &all);
        near(rows[0].value, 8.0);
        near(rows[1].value, 8.0);
        near(rows[1].rival_value, 8.0);
        near(rows[1].ratio, 0.5);
        near(rows[1].ratio_low, 1.0 / 3.0);
        near(rows[1].ratio_high, 2.0 / 3.0);
        let multiple = rows[1].multiple().unwrap();
        near(Some(multiple.low), 1.5);
        near(Some(multiple.median), 2.0);
        near(Some(multiple.high), 3.0);
        let to_floor = rows[0].multiple_of_floor().unwrap();
        assert_eq!((to_floor.low, to_floor.median, to_floor.high), (2.0, 2.0, 3.0));
        near(rows[2].to_floor, 1.0);
        near(rows[1].requests_per_second, 5.0);
        assert!(rows[0].is_wide() && rows[0].multiple().is_none());
    }

    #[test]
    fn every_row_comes_back_from_its_line_and_has_the_keys_of_suites() {
        let mut absent = Figures::new("h2o");
        absent.absence = Some(Absence::Failed("it \"ended\"".to_owned()));
        for row in rows(&WORKLOADS[0], &[figures("catzilla", &[7.9]), absent]) {
            let line = serde_json::to_string(&row).unwrap();
            assert_eq!(serde_json::from_str::<Row>(&line).unwrap(), row);
            let value: serde_json::Value = serde_json::from_str(&line).unwrap();
            for key in ["suite", "case", "value", "unit", "allocations", "rival", "ratio"] {
                assert!(value.get(key).is_some(), "{key}: {line}");
            }
            assert_eq!(value["failed"], row.rival.is_some());
        }
    }

    #[test]
    fn ours_may_be_the_one_that_is_missing() {
        let mut ours = Figures::new("catzilla");
        ours.absence = Some(Absence::Failed("broken".to_owned()));
        let rows = rows(&WORKLOADS[0], &[ours, figures("nginx", &[8.0])]);
        assert_eq!((rows[0].value, rows[0].failed), (None, true));
        assert_eq!((rows[1].ratio, rows[1].value), (None, None));
        near(rows[1].rival_value, 8.0);
    }

    fn curve(server: &'static str, p99: &[f64], in_time: u64) -> Curve {
        let outcome = |seconds: &f64| {
            let mut latency = [1e-5; PERCENTILES.len()];
            latency[P99] = *seconds;
            Some(Outcome { due: 100, in_time, latency: Some(latency), ..Outcome::default() })
        };
        Curve { server, rate: 5e4, rounds: p99.iter().map(outcome).collect(), absence: None }
    }

    #[test]
    fn the_value_is_the_99th() {
        assert!((PERCENTILES[P99] - 99.0).abs() < 1e-9);
    }

    #[test]
    fn curves_have_the_medians_of_their_rounds() {
        let all = [
            curve("catzilla", &[2e-4, 1e-4, 4e-4], 100),
            curve("fair", &[4e-4, 4e-4, 4e-4], 100),
            curve("slow", &[4e-4, 4e-4, 4e-4], 50),
        ];
        let rows = latency_rows(&WORKLOADS[0], 0.8, &all);
        assert_eq!(rows[0].case, "hot-1k at 80 %");
        near(rows[0].value, 200.0);
        let times = |row: &Row| row.paced.clone().unwrap().percentiles_us;
        near(times(&rows[0]).first().map(|(_, time)| *time), 10.0);
        near(times(&rows[1]).get(P99).map(|(_, time)| *time), 400.0);
        near(rows[1].ratio, 0.5);
        let saturated = |row: &Row| row.paced.as_ref().unwrap().saturated;
        assert!(!saturated(&rows[0]) && !saturated(&rows[1]) && saturated(&rows[2]));
        assert_eq!(rows[2].ratio, None, "a line is compared with nothing");
    }

    #[test]
    fn who_keeps_up_in_one_round_of_two_is_saturated() {
        let mut torn = curve("torn", &[2e-4, 3e-1], 100);
        if let Some(outcome) = &mut torn.rounds[1] {
            outcome.in_time = 50;
        }
        let rows = latency_rows(&WORKLOADS[0], 0.8, &[torn, curve("nginx", &[4e-4, 4e-4], 100)]);
        assert!(rows[0].paced.as_ref().unwrap().saturated);
        assert_eq!(rows[1].ratio, None, "ours waits in line");
    }
}
