//! Tables.

use std::fmt::Write as _;

use anyhow::Result;

use crate::side_by_side::figures::{Spread, WIDE};
use crate::side_by_side::process::free_port;
use crate::side_by_side::report::svg::short;
use crate::side_by_side::report::{Missing, Record, latencies, suites};
use crate::side_by_side::rival::{self, Setting};
use crate::side_by_side::row::Row;
use crate::side_by_side::workload::{Work, Workload};

/// A table of all workloads: what each costs us, and as what multiple of that the others.
pub(in crate::side_by_side) fn summary(record: &Record) -> String {
    let servers = &record.header.servers;
    let mut out = String::from("| workload |");
    for server in servers {
        let _ = write!(out, " {} |", server.name);
    }
    let _ = writeln!(out, "\n|---|{}", "---|".repeat(servers.len()));
    for workload in record.workloads() {
        let _ = write!(out, "| {} |", workload.name);
        for server in servers {
            let row = record.row(workload.name, &server.name);
            let _ = write!(
                out,
                " {} |",
                row.map_or_else(|| "–".to_owned(), |row| cell(row, &workload))
            );
        }
        out.push('\n');
    }
    out
}

fn cell(row: &Row, workload: &Workload) -> String {
    let failed = if row.failed { " failed" } else { "" };
    let text = match (row.cost(), row.multiple()) {
        (Some(_), Some(multiple)) => format!("{:.2}{}", multiple.median, mark(row)),
        (Some(cost), None) => format!("**{} {}**", short(cost), unit(workload)),
        _ => if row.failed { "" } else { "–" }.to_owned(),
    };
    (text + failed).trim().to_owned()
}

/// The whole record.
pub(super) fn record(record: &Record, plots: &[(&str, &str)]) -> String {
    let header = &record.header;
    let machine = &header.machine;
    let mut out = format!("# Side by side, {}\n\n", machine.date);
    if header.quick {
        out.push_str("A short run: a first look, not a record.\n\n");
    }
    let governor = machine.governor.as_deref().unwrap_or("none to be seen");
    let pairs = |pairs: &[(String, String)]| {
        let pair = |(name, value): &(String, String)| format!("{name} = {value}");
        pairs.iter().map(pair).collect::<Vec<_>>().join(", ")
    };
    let tools: Vec<&str> = machine.tools.iter().map(|(_, said)| said.as_str()).collect();
    let _ = writeln!(
        out,
        "- **Machine**: {} cores of {}, {} GiB, Linux {}, {}; governor of the clock: {governor}.\n\
         - **Kernel**: {}.\n\
         - **Commit**: {}.\n\
         - **Load**: {}; `paced-load` and `page-load` of this repository.\n\
         - **Method**: `cargo xtask bench`. {} \
         Absolute figures drift with the machine's neighbours; ratios are taken round by round and their median is shown.",
        machine.cores,
        machine.cpu,
        machine.memory,
        machine.kernel,
        machine.rustc,
        pairs(&machine.sysctls),
        machine.commit,
        tools.join("; "),
        header.method,
    );
    let _ = writeln!(
        out,
        "- **Ratios**: the server's cost as a multiple of ours. More than 1: it costs more. \
         Behind them are their quartiles; of fewer than four rounds, the ends. \
         A `~` marks one whose rounds lie more than {:.0} % apart (the middle half of them).\n",
        WIDE * 100.0
    );
    out.push_str("## Servers\n\n| server | version | set up |\n|---|---|---|\n");
    for server in &header.servers {
        let version = server.version.as_deref().unwrap_or("");
        let _ = writeln!(out, "| {} | {version} | {} |", server.name, server.about);
    }
    out.push_str("\nHow each was started and with what configuration: [configurations.md](configurations.md).\n");
    if !header.missing.is_empty() {
        out.push_str("\nLeft out:\n\n");
        for Missing { name, why } in &header.missing {
            let _ = writeln!(out, "- {name}: {why}");
        }
    }
    let _ = writeln!(out, "\n## All workloads\n\n{}", summary(record));
    for (file, title) in plots {
        let _ = writeln!(out, "![{title}]({file})\n");
    }
    for workload in record.workloads() {
        let _ = writeln!(out, "## {}\n\n{}.\n", workload.name, capital(workload.about));
        out.push_str(&table(record, &workload));
    }
    out.push_str(&latencies::tables(record));
    out.push_str(&suites::tables(&record.suites));
    out
}

fn table(record: &Record, workload: &Workload) -> String {
    let is_idle = workload.work == Work::Idle;
    let mut out = String::from(if is_idle {
        "| server | bytes per connection | resident | ratio |\n|---|---|---|---|\n"
    } else {
        "| server | per second | CPU | user + system | on the wire | resident | ratio | to the floor | rounds |\n\
         |---|---|---|---|---|---|---|---|---|\n"
    });
    for row in record.of(workload.name) {
        let (Some(cost), name) = (row.cost(), row.server()) else { continue };
        let of = Option::unwrap_or_default;
        let resident = format!("{:.1} MiB", of(row.resident_bytes) / 1024.0 / 1024.0);
        if is_idle {
            let ratio = row.multiple().map_or(1.0, |multiple| multiple.median);
            let _ = writeln!(out, "| {name} | {cost:.0} | {resident} | {ratio:.2} |");
            continue;
        }
        let ratio = match row.multiple() {
            Some(multiple) => format!("{}{}", spread(Some(multiple)), mark(row)),
            // Of ours: how far its costs lie apart.
            None => format!("1 (± {:.0} %){}", of(row.spread) * 50.0, mark(row)),
        };
        let _ = writeln!(
            out,
            "| {name} | {:.0} | {} µs | {} + {} | {} | {resident} | {ratio} | {} | {} |",
            of(row.requests_per_second),
            short(cost),
            short(of(row.user_us)),
            short(of(row.system_us)),
            row.wire_bytes.map_or_else(|| "–".to_owned(), |bytes| format!("{bytes:.0} B")),
            spread(row.multiple_of_floor()),
            row.rounds,
        );
    }
    out + &absences(record.of(workload.name))
}

/// Who isn't there and why.
pub(super) fn absences<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    let mut out = String::new();
    for row in rows {
        let Some(why) = &row.absent else { continue };
        let word = if row.failed { "has **failed**" } else { "is left out" };
        let _ = write!(out, "\n- {} {word}: {}", row.server(), why.replace('\n', " "));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out + "\n"
}

/// A median with its quartiles.
pub(super) fn spread(of: Option<Spread>) -> String {
    let Some(Spread { median, low, high }) = of else { return "–".to_owned() };
    format!("{median:.2} ({low:.2}–{high:.2})")
}

pub(super) fn mark(row: &Row) -> &'static str {
    if row.is_wide() { "~" } else { "" }
}

/// How each server is started, with what it was given to read.
pub(super) fn configurations(record: &Record) -> Result<String> {
    let mut out = String::from(
        "# Configurations\n\nAs generated; ports and folders differ from run to run.\n",
    );
    for server in &record.header.servers {
        let Some(rival) = rival::find(&server.name) else { continue };
        let folder = tempfile::tempdir()?;
        let setting = Setting {
            program: rival.program.as_ref(),
            root: "/srv/site".as_ref(),
            address: free_port()?,
            folder: folder.path(),
            size: 1024,
            closes: false,
            tls: None,
            compresses: true,
            is_http2: false,
        };
        let command = (rival.command)(&setting)?;
        let words: Vec<_> =
            std::iter::once(command.get_program()).chain(command.get_args()).collect();
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        let port = setting.address.port().to_string();
        let plain = |text: &str| {
            text.replace(&folder.path().display().to_string(), ".").replace(&port, "8080")
        };
        let _ = writeln!(out, "\n## {}\n\n```sh\n{}\n```", rival.name, plain(&words.join(" ")));
        for (name, text) in setting.written()? {
            let _ = writeln!(out, "\n`{name}`:\n\n```\n{}\n```", plain(&text).trim_end());
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

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::side_by_side::report::{Header, Server};

    fn server(name: &str) -> Server {
        Server { name: name.to_owned(), about: "about".to_owned(), version: None }
    }

    fn row(rival: Option<&str>) -> Row {
        Row {
            suite: "server".to_owned(),
            case: "hot-1k".to_owned(),
            value: Some(5.0),
            rival: rival.map(str::to_owned),
            rival_value: rival.map(|_| 10.0),
            ratio: rival.map(|_| 0.5),
            ratio_low: rival.map(|_| 0.4),
            ratio_high: rival.map(|_| 0.5),
            spread: Some(0.2),
            rounds: 5,
            ..Row::default()
        }
    }

    #[test]
    fn tables_show_ratios_with_their_spread_and_what_failed() {
        let broken = Row {
            rival: Some("h2o".to_owned()),
            absent: Some("it has\nended".to_owned()),
            failed: true,
            ratio: None,
            rival_value: None,
            ..row(Some("h2o"))
        };
        let servers = vec![server("catzilla"), server("nginx"), server("h2o"), server("caddy")];
        let header = Header { servers, ..Header::default() };
        let rows = vec![row(None), row(Some("nginx")), broken];
        let found = Record { header, rows, suites: String::new() };
        let line = "| hot-1k | **5.00 µs** | 2.00~ | failed | – |";
        assert!(summary(&found).contains(line), "{}", summary(&found));
        let text = record(&found, &[("cost.svg", "Cost")]);
        for part in ["2.00 (2.00–2.50)~", "- h2o has **failed**: it has ended", "![Cost](cost.svg)"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
