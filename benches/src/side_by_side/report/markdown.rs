//! Tables.

use std::fmt::Write as _;
use std::fs;

use anyhow::Result;

use crate::side_by_side::figures::{Figures, Sample, WIDE};
use crate::side_by_side::process::free_port;
use crate::side_by_side::report::svg::short;
use crate::side_by_side::report::{Missing, Record, suites};
use crate::side_by_side::rival::Setting;
use crate::side_by_side::workload::{Work, Workload};

/// A table of all workloads: what each costs us, and as what multiple of that the others.
pub(in crate::side_by_side) fn summary(record: &Record) -> String {
    let mut out = String::from("| workload | catzilla |");
    for entrant in &record.entrants[1..] {
        let _ = write!(out, " {} |", entrant.rival.name);
    }
    let _ = writeln!(out, "\n|---|{}", "---|".repeat(record.entrants.len()));
    for (workload, figures) in &record.results {
        let _ = write!(out, "| {} |", workload.name);
        for (at, figures) in figures.iter().enumerate() {
            let cell = match (at, figures.median_of(Sample::cost), figures.ratio()) {
                (0, Some(cost), _) => format!("**{} {}**", short(cost), unit(workload)),
                (_, Some(_), Some(ratio)) => {
                    format!("{ratio:.2}{}", if figures.is_wide() { "~" } else { "" })
                }
                _ => "–".to_owned(),
            };
            let _ = write!(out, " {cell} |");
        }
        out.push('\n');
    }
    out
}

/// The whole record.
pub(super) fn record(record: &Record, plots: &[(&str, &str)]) -> String {
    let machine = &record.machine;
    let mut out = format!("# Side by side, {}\n\n", machine.date);
    if record.quick {
        out.push_str("A minute's run: a first look, not a record.\n\n");
    }
    let _ = writeln!(
        out,
        "- **Machine**: {} cores of {}, {} GiB, Linux {}, {}.",
        machine.cores, machine.cpu, machine.memory, machine.kernel, machine.rustc
    );
    let _ = writeln!(
        out,
        "- **Method**: `cargo xtask bench`. Each server has core 0 and the load core 1, over loopback. \
         Before a server is measured, its answers are compared with the files, byte by byte. \
         {} rounds of {} s each, in turn after a warm-up, {} more where figures lay apart; \
         CPU is user + system time of the server with its children, from `/proc`, over its requests. \
         Absolute figures drift with the machine's neighbours; ratios are taken round by round and their median is shown.",
        record.plan.rounds,
        record.plan.round.as_secs(),
        record.plan.more,
    );
    out.push_str(
        "- **Ratios**: the server's cost as a multiple of ours. More than 1: it costs more. ",
    );
    let _ = writeln!(
        out,
        "A `~` marks one whose rounds lie more than {:.0} % apart (the middle half of them).\n",
        WIDE * 100.0
    );
    out.push_str("## Servers\n\n| server | version | set up |\n|---|---|---|\n");
    for entrant in &record.entrants {
        let version = entrant.version.as_deref().unwrap_or("");
        let _ = writeln!(out, "| {} | {version} | {} |", entrant.rival.name, entrant.rival.about);
    }
    out.push_str("\nHow each was started and with what configuration: [configurations.md](configurations.md).\n");
    if !record.missing.is_empty() {
        out.push_str("\nLeft out:\n\n");
        for Missing { name, why } in &record.missing {
            let _ = writeln!(out, "- {name}: {why}");
        }
    }
    let _ = writeln!(out, "\n## All workloads\n\n{}", summary(record));
    for (file, title) in plots {
        let _ = writeln!(out, "![{title}]({file})\n");
    }
    for (workload, figures) in &record.results {
        let _ = writeln!(out, "## {}\n\n{}.\n", workload.name, capital(workload.about));
        out.push_str(&table(workload, figures));
    }
    out.push_str(&suites::tables(&record.suites));
    out
}

fn table(workload: &Workload, all: &[Figures]) -> String {
    let is_idle = workload.work == Work::Idle;
    let mut out = String::from(if is_idle {
        "| server | bytes per connection | resident | ratio |\n|---|---|---|---|\n"
    } else {
        "| server | per second | CPU | user + system | p50 | p99 | p99.9 | resident | ratio | to the floor | spread |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n"
    });
    let floor = all.iter().find(|figures| figures.server == "floor").and_then(Figures::ratio);
    let mut absent = String::new();
    for figures in all {
        let name = figures.server;
        if let Some(why) = &figures.absent {
            let _ = writeln!(absent, "- {name} is left out: {}", why.replace('\n', " "));
        }
        let Some(cost) = figures.median_of(Sample::cost) else { continue };
        let of = |what: fn(&Sample) -> f64| figures.median_of(what).unwrap_or_default();
        let resident = format!("{:.1} MiB", of(|sample| sample.resident as f64) / 1024.0 / 1024.0);
        let ratio = figures.ratio().unwrap_or(1.0);
        if is_idle {
            let _ = writeln!(out, "| {name} | {cost:.0} | {resident} | {ratio:.2} |");
            continue;
        }
        let to_floor = floor.map_or("–".to_owned(), |floor| format!("{:.2}", ratio / floor));
        let latency = [0, 2, 3].map(|at| figures.latency(at).map_or("–".to_owned(), time));
        let _ = writeln!(
            out,
            "| {name} | {:.0} | {} µs | {} + {} | {} | {resident} | {ratio:.2}{} | {to_floor} | {:.0} % |",
            of(|sample| sample.requests as f64 / sample.seconds),
            short(cost),
            short(of(|sample| sample.cpu.user) * 1e6),
            short(of(|sample| sample.cpu.system) * 1e6),
            latency.join(" | "),
            if figures.is_wide() { "~" } else { "" },
            figures.spread().unwrap_or_default() * 100.0,
        );
    }
    if !absent.is_empty() {
        let _ = write!(out, "\n{absent}");
    }
    out.push('\n');
    out
}

/// How each server is started, with what it was given to read.
pub(super) fn configurations(record: &Record) -> Result<String> {
    let mut out = String::from(
        "# Configurations\n\nAs generated; ports and folders differ from run to run.\n",
    );
    for entrant in &record.entrants {
        let folder = tempfile::tempdir()?;
        let setting = Setting {
            program: entrant.rival.program.as_ref(),
            root: "/srv/site".as_ref(),
            address: free_port()?,
            folder: folder.path(),
            size: 1024,
            closes: false,
        };
        let command = (entrant.rival.command)(&setting)?;
        let words: Vec<_> =
            std::iter::once(command.get_program()).chain(command.get_args()).collect();
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        let port = setting.address.port().to_string();
        let plain = |text: &str| {
            text.replace(&folder.path().display().to_string(), ".").replace(&port, "8080")
        };
        let _ =
            writeln!(out, "\n## {}\n\n```sh\n{}\n```", entrant.rival.name, plain(&words.join(" ")));
        for entry in fs::read_dir(folder.path())? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let text = plain(&fs::read_to_string(entry.path())?);
            let _ = writeln!(out, "\n`{name}`:\n\n```\n{}\n```", text.trim_end());
        }
    }
    Ok(out)
}

fn unit(workload: &Workload) -> &'static str {
    match workload.work {
        Work::Idle => "B",
        _ => "µs",
    }
}

fn time(seconds: f64) -> String {
    if seconds < 0.01 {
        format!("{} µs", short(seconds * 1e6))
    } else {
        format!("{} ms", short(seconds * 1e3))
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
