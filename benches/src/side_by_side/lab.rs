//! One run: who is here, what is measured, where it is written.

use std::fs;
use std::io::Write;
use std::path::{self, PathBuf};

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::side_by_side::certificate::Certificate;
use crate::side_by_side::cores::Cores;
use crate::side_by_side::guard;
use crate::side_by_side::latency::{self, SHARES};
use crate::side_by_side::load::{has_h2load, has_wrk};
use crate::side_by_side::machine::Machine;
use crate::side_by_side::options::{Names, Options};
use crate::side_by_side::plan::{FULL, Plan, QUICK, SMOKE};
use crate::side_by_side::report::{self, Header, Journal, Missing, Record, Server};
use crate::side_by_side::rival::{self, CATZILLA, RIVALS, Rival};
use crate::side_by_side::rounds::{self, Entrant, Lab};
use crate::side_by_side::row::{Row, latency_rows, rows};
use crate::side_by_side::site::Site;
use crate::side_by_side::workload::{self, WORKLOADS, Workload};

/// Whom a minute's run is beside.
const QUICK_RIVALS: [&str; 3] = ["nginx", "nginx-uncached", "floor"];

/// Measures what the options ask for and writes the report.
///
/// # Errors
///
/// When a name is unknown, or nothing can be measured here. When a server has failed where it should not have, or the
/// run was interrupted, there is an error too, after the report of what was found.
pub fn run(options: &Options) -> Result<()> {
    if let Some(names) = options.list {
        return list(names);
    }
    if let Some(folder) = &options.report {
        report::write(&Record::read(folder)?, folder)?;
        return Ok(());
    }
    let (workloads, plan) = chosen(options)?;
    let (entrants, mut missing) = entrants(options)?;
    guard::watch()?;
    raise_limit_of_files()?;
    let folder = tempfile::tempdir()?;
    let site = Site::new(folder.path())?;
    let workloads = possible(workloads, &site, &mut missing);
    let programs = path::absolute(options.programs.as_deref().context("--programs is missing")?)?;
    let cores = Cores::here()?;
    say(&format!("{}.", cores.text()));
    let time = plan.estimate(&workloads, entrants.len());
    let (many, servers) = (workloads.len(), entrants.len());
    say(&format!(
        "{many} workloads, {servers} servers: about {} min.",
        time.as_secs().div_ceil(60)
    ));
    let suites = match &options.suites {
        Some(file) => fs::read_to_string(file).with_context(|| file.display().to_string())?,
        None => String::new(),
    };
    let header = Header {
        machine: Machine::here(),
        method: method(plan, cores),
        servers: entrants.iter().map(Server::of).collect(),
        missing,
        quick: options.quick || options.smoke,
    };
    let record = options.record.as_deref().context("--record is missing")?;
    let mut journal = Journal::begin(&record.join(header.machine.slug()), header, suites)?;
    let folder = folder.path();
    let certificate = Certificate::new(folder)?;
    let (site, programs) = (&site, &programs);
    let lab = Lab { entrants: &entrants, site, certificate: &certificate, folder, programs, cores };
    let ended = measure_all(&lab, &workloads, plan, &mut journal);
    finish(journal, options, ended)
}

/// Each result is written as soon as it is there.
fn measure_all(
    lab: &Lab<'_>,
    workloads: &[Workload],
    plan: Plan,
    journal: &mut Journal,
) -> Result<()> {
    for workload in workloads {
        say(&format!("{}: {}", workload.name, workload.about));
        let plan = plan.of(workload);
        let (mut all, mut contestants) = rounds::enter(lab, workload, plan)?;
        let ended = rounds::measure(lab, workload, &mut all, &mut contestants, plan)
            .and_then(|()| rounds::compare(lab, workload, &mut all, &mut contestants));
        let found = rows(workload, &all);
        tell(&found);
        journal.add(found)?;
        ended?;
        let Some(base) = latency::base_rate(&all).filter(|_| workload.is_paced) else { continue };
        if lab.cores.load.is_none() {
            say("  no latencies: the load would wait for the server's core");
            continue;
        }
        for share in SHARES {
            let rate = (base * share).round().max(1.0);
            say(&format!("{} at {rate:.0} requests/s, 99th percentile", workload.name));
            let connections = workload.connections;
            let curves = latency::measure(lab, &mut contestants, connections, rate, plan)?;
            let found = latency_rows(workload, share, &curves);
            tell(&found);
            journal.add(found)?;
        }
    }
    Ok(())
}

fn finish(journal: Journal, options: &Options, ended: Result<()>) -> Result<()> {
    let (record, mut folder) = journal.end();
    report::write(&record, &folder)?;
    if let Some(publish) = options.publish.as_deref().filter(|_| ended.is_ok()) {
        folder = report::publish(&record, &folder, publish)?;
    }
    let mut out = std::io::stdout().lock();
    if options.json {
        write!(out, "{}", report::lines(&record.rows)?)?;
    } else {
        writeln!(out, "\n{}", report::summary(&record))?;
        writeln!(out, "the whole record: {}", folder.display())?;
    }
    ended?;
    let failed: Vec<&Row> = record.rows.iter().filter(|row| row.failed).collect();
    if !failed.is_empty() {
        let line = |row: &&Row| {
            let why = row.absent.as_deref().unwrap_or_default();
            format!("\n  {} under {}: {why}", row.server(), row.case)
        };
        bail!("failed:{}", failed.iter().map(line).collect::<String>());
    }
    Ok(())
}

fn list(names: Names) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match names {
        Names::Workloads => {
            for workload in WORKLOADS {
                writeln!(out, "{:<20} {}", workload.name, workload.about)?;
            }
        }
        Names::Rivals => {
            for rival in RIVALS {
                writeln!(out, "{:<20} {}", rival.name, rival.about)?;
            }
        }
    }
    Ok(())
}

fn method(plan: Plan, cores: Cores) -> String {
    format!(
        "{}, over loopback; who isn't asked is stopped. Before a server is measured, its answers are compared with the \
         files. {} rounds of {} s each, in turn after a warm-up, {} more of those whose ratios lay apart; CPU is user + \
         system time of the server with its children, from `/proc`, over its requests. Times to an answer are taken at \
         fixed rates, {} rounds of {} s, from when each request was due.",
        cores.text(),
        plan.rounds,
        plan.round.as_secs_f64(),
        plan.more,
        plan.latency_rounds,
        plan.latency.as_secs_f64(),
    )
}

fn chosen(options: &Options) -> Result<(Vec<Workload>, Plan)> {
    if options.smoke {
        return Ok((workload::SMOKE.to_vec(), SMOKE));
    }
    let plan = if options.quick { QUICK } else { FULL };
    if options.only.is_empty() {
        let wanted = |workload: &Workload| !options.quick || workload.quick;
        return Ok((WORKLOADS.into_iter().filter(wanted).collect(), plan));
    }
    let find = |name: &String| {
        WORKLOADS.into_iter().find(|workload| workload.name == name).with_context(|| {
            let names: Vec<&str> = WORKLOADS.iter().map(|workload| workload.name).collect();
            format!("there is no workload {name:?}; there is: {}", names.join(", "))
        })
    };
    let mut chosen: Vec<Workload> = Vec::new();
    for workload in options.only.iter().map(find) {
        let workload = workload?;
        if !chosen.iter().any(|other| other.name == workload.name) {
            chosen.push(workload);
        }
    }
    Ok((chosen, plan))
}

/// Who takes part, ours first; and who is missing, with the reason.
fn entrants(options: &Options) -> Result<(Vec<Entrant>, Vec<Missing>)> {
    for name in &options.against {
        if !RIVALS.iter().any(|rival| rival.name == name) {
            bail!("there is no rival {name:?}; there is: {}", rival::names());
        }
    }
    // Servers run in folders of their own, so that a name alone would lead nowhere.
    let folders = [&options.programs, &options.rivals];
    let folders = folders.into_iter().flatten().map(path::absolute);
    let folders = folders.collect::<std::io::Result<Vec<PathBuf>>>()?;
    let ours = enter(CATZILLA, &folders).context("our own server isn't built")?;
    let (mut entrants, mut missing) = (vec![ours], Vec::new());
    for rival in RIVALS {
        let wanted = if options.smoke {
            rival.name == "floor"
        } else if options.against.is_empty() {
            !options.quick || QUICK_RIVALS.contains(&rival.name)
        } else {
            options.against.iter().any(|name| name == rival.name)
        };
        if !wanted {
            continue;
        }
        let name = rival.name;
        if let Some(entrant) = enter(rival, &folders) {
            entrants.push(entrant);
        } else {
            say(&format!("{name}: left out: not installed here"));
            missing.push(Missing::new(name, "not installed here"));
        }
    }
    Ok((entrants, missing))
}

fn enter(rival: Rival, folders: &[PathBuf]) -> Option<Entrant> {
    let program = rival.find(folders)?;
    let version = rival.version(&program);
    // A Python without the package is no rival.
    let works = rival.version.is_empty() || version.is_some();
    works.then_some(Entrant { rival, program, version })
}

/// Leaves out what can't be measured here.
fn possible(workloads: Vec<Workload>, site: &Site, missing: &mut Vec<Missing>) -> Vec<Workload> {
    let (has_wrk, has_h2load) = (has_wrk(), has_h2load());
    let why = |workload: &Workload| {
        if workload.needs_real_site() && site.real.is_none() {
            return Some("the real site is missing: rustup component add rust-docs");
        }
        let wrk = "wrk is missing: apt-get install wrk, or cargo xtask bench --install-rivals";
        if workload.needs_wrk() && !has_wrk {
            return Some(wrk);
        }
        let h2load = "h2load is missing: apt-get install nghttp2-client, or cargo xtask bench --install-rivals";
        (workload.is_http2() && !has_h2load).then_some(h2load)
    };
    let mut left = Vec::new();
    for workload in workloads {
        match why(&workload) {
            Some(why) => {
                say(&format!("{}: left out: {why}", workload.name));
                missing.push(Missing::new(workload.name, why));
            }
            None => left.push(workload),
        }
    }
    left
}

/// Ten thousand connections want as many descriptors, on either side; children inherit the limit.
fn raise_limit_of_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?)
}

fn tell(rows: &[Row]) {
    for row in rows {
        let name = row.server();
        let Some(cost) = row.cost() else {
            let why = row.absent.as_deref().unwrap_or("no figures");
            let word = if row.failed { "FAILED" } else { "left out" };
            say(&format!("  {name:<18} {word}: {why}"));
            continue;
        };
        let ratio = row.multiple().map_or(1.0, |multiple| multiple.median);
        let wide = if row.is_wide() { " (wide)" } else { "" };
        let failed = row.absent.as_deref().map_or(String::new(), |why| format!(" FAILED {why}"));
        let saturated = row.paced.as_ref().is_some_and(|paced| paced.saturated);
        let saturated = if saturated { " (saturated)" } else { "" };
        say(&format!("  {name:<18} {cost:>10.2}  x{ratio:.2}{wide}{saturated}{failed}"));
    }
}

#[allow(clippy::print_stderr, reason = "a command that takes half an hour says where it is")]
fn say(line: &str) {
    eprintln!("{line}");
}
