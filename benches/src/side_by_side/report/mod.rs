//! What a run says: tables, plots, and lines for scripts.

mod bars;
mod json;
mod lines;
mod markdown;
mod suites;
mod svg;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::side_by_side::figures::{Figures, Sample};
use crate::side_by_side::load::PERCENTILES;
use crate::side_by_side::machine::Machine;
use crate::side_by_side::rounds::{Entrant, Plan};
use crate::side_by_side::workload::{Work, Workload};

pub(super) use json::lines as json_lines;
pub(super) use markdown::summary;

/// Everything that a run has found.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) machine: Machine,
    pub(super) plan: Plan,
    pub(super) entrants: Vec<Entrant>,
    /// What is left out.
    pub(super) missing: Vec<Missing>,
    pub(super) results: Vec<(Workload, Vec<Figures>)>,
    /// What the suites have found, one object per line.
    pub(super) suites: String,
    pub(super) quick: bool,
}

/// Writes tables, plots and lines into a folder.
pub(super) fn write(record: &Record, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut plots = Vec::new();
    for (name, title, plot) in [
        ("cost.svg", "Cost per request, by workload", bars::plot(record)),
        ("size.svg", "Cost by size of the file", lines::plot(&by_size(record))),
        ("connections.svg", "Cost by number of connections", lines::plot(&by_connections(record))),
        (
            "latency.svg",
            "Time to a response, 1 KiB over 64 connections",
            lines::plot(&latency(record)),
        ),
    ] {
        let file = folder.join(name);
        if let Some(plot) = plot {
            fs::write(&file, plot)?;
            plots.push((name, title));
        } else if file.exists() {
            // A plot of an earlier run would be taken for one of this.
            fs::remove_file(&file)?;
        }
    }
    fs::write(folder.join("README.md"), markdown::record(record, &plots))?;
    fs::write(folder.join("results.jsonl"), record.suites.clone() + &json::lines(record))?;
    let configurations = folder.join("configurations.md");
    Ok(fs::write(configurations, markdown::configurations(record)?)?)
}

/// A server or a workload that is left out.
#[derive(Debug)]
pub(super) struct Missing {
    pub(super) name: &'static str,
    pub(super) why: &'static str,
}

impl Record {
    fn figures<'a>(&'a self, workload: &str, server: &str) -> Option<&'a Figures> {
        let (_, all) = self.results.iter().find(|(found, _)| found.name == workload)?;
        all.iter().find(|figures| figures.server == server)
    }

    fn cost(&self, workload: &str, server: &str) -> Option<f64> {
        self.figures(workload, server)?.median_of(Sample::cost)
    }

    /// One line per server through these workloads.
    fn lines(&self, workloads: &[(&Workload, f64)]) -> Vec<lines::Line> {
        let line = |entrant: &Entrant| {
            let name = entrant.rival.name;
            let point =
                |(workload, x): &(&Workload, f64)| Some((*x, self.cost(workload.name, name)?));
            lines::Line { name, points: workloads.iter().filter_map(point).collect() }
        };
        self.entrants.iter().map(line).filter(|line| line.points.len() > 1).collect()
    }
}

fn by_size(record: &Record) -> lines::Chart {
    let size = |(workload, _): &'_ (Workload, Vec<Figures>)| match workload.work {
        Work::Hot(size) if workload.connections == 64 => Some(size as f64 / 1024.0),
        _ => None,
    };
    let workloads: Vec<_> =
        record.results.iter().filter_map(|result| Some((&result.0, size(result)?))).collect();
    lines::Chart {
        title: "CPU per request by size of the file",
        x: "KiB",
        y: "µs",
        lines: record.lines(&workloads),
    }
}

fn by_connections(record: &Record) -> lines::Chart {
    let is_it = |workload: &Workload| workload.work == Work::Hot(1024);
    let workloads: Vec<_> = record
        .results
        .iter()
        .filter(|(workload, _)| is_it(workload))
        .map(|(workload, _)| (workload, workload.connections as f64))
        .collect();
    lines::Chart {
        title: "CPU per request by number of connections, 1 KiB",
        x: "connections",
        y: "µs",
        lines: record.lines(&workloads),
    }
}

fn latency(record: &Record) -> lines::Chart {
    let line = |entrant: &Entrant| {
        let figures = record.figures("hot-1k", entrant.rival.name);
        let point = |(at, percent): (usize, &f64)| {
            let seconds = figures?.latency(at)?;
            // One request in so many takes longer.
            Some((100.0 / (100.0 - percent), seconds * 1e6))
        };
        let points = PERCENTILES.iter().enumerate().filter_map(point).collect();
        lines::Line { name: entrant.rival.name, points }
    };
    lines::Chart {
        title: "Time to a response, 1 KiB over 64 connections, as fast as the two go",
        x: "one request in so many takes longer",
        y: "µs",
        lines: record.entrants.iter().map(line).filter(|line| line.points.len() > 1).collect(),
    }
}
