//! What a run says: tables, plots, and lines for scripts. All of it is made from the lines, so that a run that was
//! interrupted has a report as well.

mod bars;
mod journal;
mod latencies;
mod lines;
mod markdown;
mod suites;
mod svg;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::side_by_side::latency::SHARES;
use crate::side_by_side::row::Row;
use crate::side_by_side::workload::{Work, Workload};

pub(super) use journal::{Header, Journal, Missing, Record, Server, lines};
pub(super) use markdown::summary;

/// Writes tables and plots into the folder of the record.
pub(super) fn write(record: &Record, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut plots = Vec::new();
    for (name, title, plot) in [
        ("cost.svg", "Cost per request, by workload", bars::plot(record)),
        ("size.svg", "Cost by size of the file", lines::plot(&by_size(record))),
        ("connections.svg", "Cost by number of connections", lines::plot(&by_connections(record))),
        ("latency.svg", "Time to a response, 1 KiB", latency(record, "hot-1k")),
        ("latency-site.svg", "Time to a response, the real site", latency(record, "site")),
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
    let configurations = folder.join("configurations.md");
    Ok(fs::write(configurations, markdown::configurations(record)?)?)
}

/// Gives a complete record its place in this folder, beside those of other days; where it is then. An earlier one of the
/// day was as good until now.
pub(super) fn publish(record: &Record, folder: &Path, to: &Path) -> Result<PathBuf> {
    let place = to.join(folder.file_name().context("a record has a name")?);
    fs::create_dir_all(&place).with_context(|| place.display().to_string())?;
    for name in journal::FILES {
        fs::copy(folder.join(name), place.join(name)).with_context(|| name.to_owned())?;
    }
    write(record, &place)?;
    fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    Ok(place)
}

/// One line per server through these workloads.
fn through(record: &Record, workloads: &[(Workload, f64)]) -> Vec<lines::Line> {
    let line = |server: &Server| {
        let point = |(workload, x): &(Workload, f64)| {
            let row = record.row(workload.name, &server.name)?;
            Some((*x, row.cost()?))
        };
        lines::Line {
            name: server.name.clone(),
            points: workloads.iter().filter_map(point).collect(),
        }
    };
    record.header.servers.iter().map(line).filter(|line| line.points.len() > 1).collect()
}

fn by_size(record: &Record) -> lines::Chart {
    let size = |workload: Workload| match workload.work {
        Work::Hot(size) => Some((workload, size as f64 / 1024.0)),
        _ => None,
    };
    let workloads: Vec<_> = record.workloads().into_iter().filter_map(size).collect();
    lines::Chart {
        title: "CPU per request by size of the file".to_owned(),
        x: "KiB",
        y: "µs",
        lines: through(record, &workloads),
    }
}

fn by_connections(record: &Record) -> lines::Chart {
    let count = |workload: Workload| match workload.work {
        Work::Hot(1024) | Work::Held(1024) => Some((workload, workload.connections as f64)),
        _ => None,
    };
    let workloads: Vec<_> = record.workloads().into_iter().filter_map(count).collect();
    lines::Chart {
        title: "CPU per request by number of connections, 1 KiB".to_owned(),
        x: "connections",
        y: "µs",
        lines: through(record, &workloads),
    }
}

/// At the highest rate; who can't keep up is left out, as its times say how long the test was.
fn latency(record: &Record, workload: &str) -> Option<String> {
    let share = SHARES.into_iter().fold(0.0, f64::max);
    let is_it = |row: &&Row| {
        row.paced.as_ref().is_some_and(|paced| {
            paced.workload == workload && (paced.share - share).abs() < 1e-9 && !paced.saturated
        })
    };
    let line = |row: &Row| {
        let paced = row.paced.as_ref()?;
        // One request in so many takes longer.
        let point = |&(percent, time): &(f64, f64)| (100.0 / (100.0 - percent), time);
        let points = paced.percentiles_us.iter().map(point).collect();
        Some(lines::Line { name: row.server().to_owned(), points })
    };
    let rows: Vec<&Row> = record.rows.iter().filter(is_it).collect();
    let rate = rows.first()?.paced.as_ref()?.rate;
    lines::plot(&lines::Chart {
        title: format!(
            "Time to a response, {workload}, {rate:.0} requests/s due at equal distances"
        ),
        x: "one request in so many takes longer",
        y: "µs",
        lines: rows.into_iter().filter_map(line).collect(),
    })
}
