//! Rounds in turn: A B C, A B C, and again where they don't agree.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::side_by_side::figures::{Figures, Sample};
use crate::side_by_side::idle;
use crate::side_by_side::load::{Load, Sending, write_paths};
use crate::side_by_side::process::{CpuTime, Running, free_port, pinned};
use crate::side_by_side::rival::{Rival, Setting};
use crate::side_by_side::site::Site;
use crate::side_by_side::verify;
use crate::side_by_side::workload::{Request, Work, Workload};

/// Where servers run, and where the load does.
const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

/// How long, and how often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) warm_up: Duration,
    pub(super) round: Duration,
    /// Rounds of each server.
    pub(super) rounds: usize,
    /// So many more where the figures lie too far apart.
    pub(super) more: usize,
}

/// A server that takes part: installed here, and its program found.
#[derive(Debug)]
pub(super) struct Entrant {
    pub(super) rival: Rival,
    pub(super) program: PathBuf,
    pub(super) version: Option<String>,
}

/// A server that runs and has proven that it can do the work.
struct Contestant {
    server: Running,
    requests: Vec<Request>,
    load: Option<Load>,
}

/// Measures all entrants, the first of which is ours, under one kind of work.
pub(super) fn measure(
    workload: &Workload,
    entrants: &[Entrant],
    site: &Site,
    folder: &Path,
    programs: &Path,
    plan: Plan,
) -> Result<Vec<Figures>> {
    let mut all = Vec::new();
    let mut contestants = Vec::new();
    for entrant in entrants {
        let mut figures = Figures::new(entrant.rival.name);
        let contestant = enter(workload, entrant, site, folder, programs).and_then(|contestant| {
            contestant.warm_up(plan)?;
            Ok(contestant)
        });
        match contestant {
            Ok(contestant) => contestants.push(Some(contestant)),
            Err(error) => {
                figures.absent = Some(format!("{error:#}"));
                contestants.push(None);
            }
        }
        all.push(figures);
    }
    if let (Some(None), Some(ours)) = (contestants.first(), all.first()) {
        anyhow::bail!("{}: ours can't do it: {:?}", workload.name, ours.absent);
    }
    let mut random = fastrand::Rng::with_seed(1);
    let mut rounds = plan.rounds;
    let mut round = 0;
    while round < rounds {
        // Nobody always comes after the same neighbour, or always first.
        let mut samples: Vec<Option<Sample>> = vec![None; all.len()];
        let mut order: Vec<usize> = (0..all.len()).collect();
        random.shuffle(&mut order);
        for at in order {
            let Some(contestant) = &contestants[at] else { continue };
            match contestant.sample(workload, plan) {
                Ok(sample) => samples[at] = Some(sample),
                Err(error) => {
                    all[at].absent = Some(format!("in round {}: {error:#}", round + 1));
                    contestants[at] = None;
                }
            }
        }
        let ours = samples[0].context("ours failed")?.cost();
        for (figures, sample) in all.iter_mut().zip(samples) {
            let Some(sample) = sample else { continue };
            figures.samples.push(sample);
            if figures.server != entrants[0].rival.name {
                figures.ratios.push(sample.cost() / ours);
            }
        }
        round += 1;
        if round == plan.rounds && all.iter().any(Figures::is_wide) {
            rounds += plan.more;
        }
    }
    Ok(all)
}

fn enter(
    workload: &Workload,
    entrant: &Entrant,
    site: &Site,
    folder: &Path,
    programs: &Path,
) -> Result<Contestant> {
    let folder = folder.join(workload.name).join(entrant.rival.name);
    std::fs::create_dir_all(&folder)?;
    let is_floor = entrant.rival.name == "floor";
    if is_floor && !workload.has_floor() {
        anyhow::bail!("what it sends would be no page");
    }
    let root = match workload.work {
        Work::Site | Work::Pages => {
            site.real.as_deref().context("rustup component add rust-docs")?
        }
        _ => &site.sizes,
    };
    let address = free_port()?;
    let setting = Setting {
        program: &entrant.program,
        root,
        address,
        folder: &folder,
        size: workload.floor_size(site),
        closes: matches!(workload.work, Work::Connect(_)),
    };
    let mut command = pinned(SERVER_CORE, &(entrant.rival.command)(&setting)?);
    let server = Running::start(&mut command, address)?;
    let requests = if is_floor {
        verify::floor(workload, address, site)?
    } else {
        verify::requests(workload, address, entrant.rival.prefix, root, site)?
    };
    let load = load(workload, &requests, site, &folder, programs)?;
    Ok(Contestant { server, requests, load })
}

/// The client for this work; none for connections that only wait.
fn load(
    workload: &Workload,
    requests: &[Request],
    site: &Site,
    folder: &Path,
    programs: &Path,
) -> Result<Option<Load>> {
    let sending = match workload.work {
        Work::Idle => return Ok(None),
        Work::Pages => {
            let paths: Vec<String> = requests.iter().map(|request| request.path.clone()).collect();
            let file = folder.join("pages.txt");
            write_paths(&file, &paths)?;
            return Ok(Some(Load::Pages { program: programs.join("page-load"), paths: file }));
        }
        Work::Pipelined(_, times) => Sending::AtOnce(&requests[0], times),
        Work::Site => Sending::InTurn(requests, &site.order),
        _ => Sending::One(&requests[0]),
    };
    Load::wrk(folder.join("wrk.lua"), &sending, workload.connections).map(Some)
}

impl Contestant {
    fn warm_up(&self, plan: Plan) -> Result<()> {
        let Some(load) = &self.load else { return Ok(()) };
        load.run(LOAD_CORE, &self.server.address.to_string(), plan.warm_up).map(drop)
    }

    fn sample(&self, workload: &Workload, plan: Plan) -> Result<Sample> {
        let Some(load) = &self.load else {
            let count = workload.connections;
            let idle = idle::bytes_per_connection(&self.server, &self.requests[0], count)?;
            let resident = self.server.memory()?.resident;
            return Ok(Sample { idle: Some(idle), resident, ..Sample::default() });
        };
        let before = self.server.cpu_time()?;
        let seen = load.run(LOAD_CORE, &self.server.address.to_string(), plan.round)?;
        let after = self.server.cpu_time()?;
        let requests = seen.requests as f64;
        Ok(Sample {
            requests: seen.requests,
            seconds: seen.seconds,
            cpu: CpuTime {
                user: (after.user - before.user) / requests,
                system: (after.system - before.system) / requests,
            },
            // wrk times what is sent at once as if it were sent one by one, and corrects what it finds.
            latency: (!matches!(workload.work, Work::Pipelined(..))).then_some(seen.latency),
            resident: self.server.memory()?.resident,
            idle: None,
        })
    }
}
