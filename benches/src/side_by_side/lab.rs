//! One run: who is here, what is measured, where it is written.

use std::fs;
use std::io::Write;
use std::path::{self, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::side_by_side::figures::{Figures, Sample};
use crate::side_by_side::load;
use crate::side_by_side::machine::Machine;
use crate::side_by_side::options::Options;
use crate::side_by_side::report::{self, Missing, Record};
use crate::side_by_side::rival::{self, CATZILLA, RIVALS, Rival};
use crate::side_by_side::rounds::{Entrant, Plan, measure};
use crate::side_by_side::site::Site;
use crate::side_by_side::workload::{WORKLOADS, Work, Workload};

const FULL: Plan =
    Plan { warm_up: Duration::from_secs(1), round: Duration::from_secs(1), rounds: 5, more: 4 };

const QUICK: Plan =
    Plan { warm_up: Duration::from_secs(1), round: Duration::from_secs(1), rounds: 3, more: 0 };

/// Whom a minute's run is beside.
const QUICK_RIVALS: [&str; 3] = ["nginx", "nginx-uncached", "floor"];

/// Rounds of connections that only wait: a server that has had them once has memory to spare for the next.
const IDLE_ROUNDS: usize = 1;

/// Measures what the options ask for and writes the report.
///
/// # Errors
///
/// When a name is unknown, when nothing can be measured here, or when our own server fails. A rival that fails is
/// left out, with the reason in the report.
pub fn run(options: &Options) -> Result<()> {
    if options.list {
        let mut out = std::io::stdout().lock();
        for workload in WORKLOADS {
            writeln!(out, "{:<20} {}", workload.name, workload.about)?;
        }
        return Ok(());
    }
    let workloads = workloads(options)?;
    let (entrants, missing) = entrants(options)?;
    if std::thread::available_parallelism()?.get() < 2 {
        bail!("one core is too few: the load would be measured with the server");
    }
    raise_limit_of_files()?;
    let folder = tempfile::tempdir()?;
    let site = Site::new(folder.path())?;
    let plan = if options.quick { QUICK } else { FULL };
    let mut record = Record {
        machine: Machine::here(),
        plan,
        entrants,
        missing,
        results: Vec::new(),
        suites: match &options.suites {
            Some(file) => fs::read_to_string(file).with_context(|| file.display().to_string())?,
            None => String::new(),
        },
        quick: options.quick,
    };
    for workload in workloads {
        if let Some(why) = impossible(&workload, &site) {
            say(&format!("{}: left out: {why}", workload.name));
            record.missing.push(Missing { name: workload.name, why });
            continue;
        }
        say(&format!("{}: {}", workload.name, workload.about));
        let plan = match workload.work {
            Work::Idle => Plan { rounds: IDLE_ROUNDS, more: 0, ..plan },
            _ => plan,
        };
        let work = folder.path();
        let programs = path::absolute(&options.programs)?;
        let figures = measure(&workload, &record.entrants, &site, work, &programs, plan)?;
        tell(&figures);
        record.results.push((workload, figures));
    }
    let folder = options.record.join(record.machine.slug());
    report::write(&record, &folder)?;
    let mut out = std::io::stdout().lock();
    if options.json {
        write!(out, "{}", report::json_lines(&record))?;
    } else {
        writeln!(out, "\n{}", report::summary(&record))?;
        writeln!(out, "the whole record: {}", folder.display())?;
    }
    Ok(())
}

fn workloads(options: &Options) -> Result<Vec<Workload>> {
    if options.only.is_empty() {
        let wanted = |workload: &Workload| !options.quick || workload.quick;
        return Ok(WORKLOADS.into_iter().filter(wanted).collect());
    }
    let find = |name: &String| {
        Workload::find(name).with_context(|| {
            let names: Vec<&str> = WORKLOADS.iter().map(|workload| workload.name).collect();
            format!("there is no workload {name:?}; there is: {}", names.join(", "))
        })
    };
    options.only.iter().map(find).collect()
}

/// Who takes part, ours first; and who is missing, with the reason.
fn entrants(options: &Options) -> Result<(Vec<Entrant>, Vec<Missing>)> {
    for name in &options.against {
        if !RIVALS.iter().any(|rival| rival.name == name) {
            bail!("there is no rival {name:?}; there is: {}", rival::names());
        }
    }
    // Servers run in folders of their own.
    let folders = [path::absolute(&options.programs)?, path::absolute(&options.rivals)?];
    let ours = enter(CATZILLA, &folders).context("our own server isn't built")?;
    let (mut entrants, mut missing) = (vec![ours], Vec::new());
    for rival in RIVALS {
        let wanted = if options.against.is_empty() {
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
            missing.push(Missing { name, why: "not installed here" });
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

/// Why this can't be measured here.
fn impossible(workload: &Workload, site: &Site) -> Option<&'static str> {
    if workload.needs_real_site() && site.real.is_none() {
        return Some("the real site is missing: rustup component add rust-docs");
    }
    let needs_wrk = !matches!(workload.work, Work::Pages | Work::Idle);
    if needs_wrk && !load::has_wrk() {
        return Some("wrk is missing: apt-get install wrk, or cargo xtask bench --install-rivals");
    }
    None
}

/// Ten thousand connections want as many descriptors, on either side; children inherit the limit.
fn raise_limit_of_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?)
}

fn tell(figures: &[Figures]) {
    for figures in figures {
        let cost = figures.median_of(Sample::cost);
        match (cost, &figures.absent) {
            (Some(cost), _) => {
                let ratio = figures.ratio().unwrap_or(1.0);
                let wide = if figures.is_wide() { " (wide)" } else { "" };
                say(&format!("  {:<18} {cost:>10.2}  x{ratio:.2}{wide}", figures.server));
            }
            (None, why) => {
                let why = why.as_deref().unwrap_or("no figures");
                say(&format!("  {:<18} left out: {why}", figures.server));
            }
        }
    }
}

#[allow(clippy::print_stderr, reason = "a command that takes half an hour says where it is")]
fn say(line: &str) {
    eprintln!("{line}");
}
