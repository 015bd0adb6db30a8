//! A server that runs and has proven that it can do the work.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::paced::{Order, Orders, Outcome};
use crate::side_by_side::figures::{Absence, Sample};
use crate::side_by_side::idle;
use crate::side_by_side::load::{Held, HeldAt, Load, Moment, Seen, Sending, write_paths};
use crate::side_by_side::plan::Plan;
use crate::side_by_side::proc::CpuTime;
use crate::side_by_side::process::{Running, free_port, pinned};
use crate::side_by_side::rival::Setting;
use crate::side_by_side::rounds::{Entrant, Lab};
use crate::side_by_side::verify::{self, Asked, Asker, Lacks};
use crate::side_by_side::workload::{Request, Work, Workload};

/// How long answers are compared under load.
const COMPARING: Duration = Duration::from_millis(200);

/// It is stopped whenever it isn't asked.
pub(super) struct Contestant {
    server: Running,
    client: Client,
    /// What it is asked at a fixed rate.
    pub(super) orders: PathBuf,
}

/// Who asks it.
enum Client {
    Load(Load),
    Held(Held),
    /// Connections that only wait.
    Idle(Request),
}

impl Contestant {
    /// Starts a server, compares its answers, and warms it up.
    pub(super) fn enter(
        lab: &Lab<'_>,
        workload: &Workload,
        entrant: &Entrant,
        plan: Plan,
    ) -> Result<Self, Absence> {
        let failed = |error: anyhow::Error| Absence::Failed(format!("{error:#}"));
        let rival = &entrant.rival;
        if let Some(why) = rival.cannot(workload) {
            return Err(Absence::LeftOut(why.to_owned()));
        }
        if let Some(most) = rival.most_connections.filter(|&most| most < workload.connections) {
            return Err(Absence::LeftOut(format!("it is set up for {most} connections at most")));
        }
        let (server, folder, root) = start(lab, workload, entrant).map_err(failed)?;
        let verified = if rival.name == "floor" {
            verify::floor(workload, server.address, lab.site)
        } else {
            let tls = workload.work.is_tls().then(|| Arc::clone(&lab.certificate.client));
            let asker = Asker::new(server.address, tls).over_http2(workload.is_http2());
            verify::requests(workload, asker, rival.prefix, &root, lab.site)
        };
        // Of ours it is a fault, too, not to do a kind of work.
        let asked = verified.map_err(|error| {
            let is_lack = error.is::<Lacks>() && !rival.is_ours;
            if is_lack { Absence::LeftOut(format!("{error:#}")) } else { failed(error) }
        })?;
        let entered = || -> Result<Self> {
            let orders = folder.join("orders.json");
            write_orders(&orders, workload, &asked, lab)?;
            let requests: Vec<Request> = asked.into_iter().map(|asked| asked.request).collect();
            let client = client(lab, workload, &requests, &folder, &orders, plan.warm_up)?;
            let mut contestant = Self { server, client, orders };
            contestant.warm_up(lab, plan)?;
            Ok(contestant)
        };
        entered().map_err(failed)
    }

    /// Lets it go on for as long as this takes.
    pub(super) fn awake<T>(&mut self, work: impl FnOnce(&Running) -> Result<T>) -> Result<T> {
        self.server.go_on();
        let done = work(&self.server);
        self.server.stop()?;
        done
    }

    fn warm_up(&mut self, lab: &Lab<'_>, plan: Plan) -> Result<()> {
        if let Client::Load(load) = &self.client {
            load.run(lab.cores.load, &self.server.address.to_string(), plan.warm_up)?;
        }
        self.server.stop()
    }

    /// Asks the same once more under load, by a client that compares what comes: wrk looks at statuses alone.
    ///
    /// # Errors
    ///
    /// When an answer is another than it was without load.
    pub(super) fn compare(&mut self, lab: &Lab<'_>, workload: &Workload) -> Result<()> {
        // What compares knows no TLS; those answers are compared before, and by their number of bytes.
        let is_wrk = matches!(self.client, Client::Load(Load::Wrk { .. }));
        if !is_wrk || workload.work.is_tls() {
            return Ok(());
        }
        let held = Held {
            program: lab.programs.join("paced-load"),
            orders: self.orders.clone(),
            connections: workload.connections,
            rate: None,
            warm_up: Duration::ZERO,
        };
        let outcome = self.awake(|server| {
            let at = HeldAt { cores: lab.cores, address: server.address, time: COMPARING };
            held.run(&at, &mut |_| Ok(()))
        })?;
        ensure!(outcome.requests + outcome.wrong > 0, "no answers");
        right(&outcome)
    }

    /// One round.
    pub(super) fn sample(
        &mut self,
        lab: &Lab<'_>,
        workload: &Workload,
        plan: Plan,
    ) -> Result<Sample> {
        self.server.go_on();
        let sample = sample(&self.server, &self.client, lab, workload, plan);
        self.server.stop()?;
        sample
    }
}

fn start(
    lab: &Lab<'_>,
    workload: &Workload,
    entrant: &Entrant,
) -> Result<(Running, PathBuf, PathBuf)> {
    let rival = &entrant.rival;
    let folder = lab.folder.join(workload.name).join(rival.name);
    std::fs::create_dir_all(&folder)?;
    let root = match workload.work {
        Work::Site | Work::Pages => {
            lab.site.real.clone().context("rustup component add rust-docs")?
        }
        _ => lab.site.sizes.clone(),
    };
    let address = free_port()?;
    let setting = Setting {
        program: &entrant.program,
        root: &root,
        address,
        folder: &folder,
        size: workload.floor_size(lab.site),
        closes: workload.work.is_closing(),
        tls: workload.work.is_tls().then_some(lab.certificate),
        compresses: workload.work == Work::Compressed,
        is_http2: workload.is_http2(),
    };
    let mut command = pinned(lab.cores.server, &(rival.command)(&setting)?);
    let server = Running::start(rival.name, &mut command, address)?;
    Ok((server, folder, root))
}

fn write_orders(file: &Path, workload: &Workload, asked: &[Asked], lab: &Lab<'_>) -> Result<()> {
    let order =
        |asked: &Asked| Order { text: asked.request.text(), expected: asked.expected.clone() };
    let turn = if workload.work == Work::Site { lab.site.order.clone() } else { Vec::new() };
    Orders { requests: asked.iter().map(order).collect(), turn }.write(file)
}

/// The client for this work.
fn client(
    lab: &Lab<'_>,
    workload: &Workload,
    requests: &[Request],
    folder: &Path,
    orders: &Path,
    warm_up: Duration,
) -> Result<Client> {
    let scheme = if workload.work.is_tls() { "https" } else { "http" };
    let sending = match workload.work {
        Work::Idle => return Ok(Client::Idle(requests[0].clone())),
        Work::Held(_) => {
            return Ok(Client::Held(Held {
                program: lab.programs.join("paced-load"),
                orders: orders.to_owned(),
                connections: workload.connections,
                rate: None,
                warm_up,
            }));
        }
        Work::Pages => {
            let paths: Vec<String> = requests.iter().map(|request| request.path.clone()).collect();
            let file = folder.join("pages.txt");
            write_paths(&file, &paths)?;
            let program = lab.programs.join("page-load");
            return Ok(Client::Load(Load::Pages { program, paths: file }));
        }
        Work::Http2(_, streams) | Work::TlsHttp2(_, streams) => {
            let (path, connections) = (requests[0].path.clone(), workload.connections);
            return Ok(Client::Load(Load::H2load { path, connections, streams, scheme }));
        }
        Work::Pipelined(_, times) => Sending::AtOnce(&requests[0], times),
        Work::Site => Sending::InTurn(requests, &lab.site.order),
        _ => Sending::One(&requests[0]),
    };
    Load::wrk(folder.join("wrk.lua"), &sending, workload.connections, scheme).map(Client::Load)
}

fn sample(
    server: &Running,
    client: &Client,
    lab: &Lab<'_>,
    workload: &Workload,
    plan: Plan,
) -> Result<Sample> {
    match client {
        Client::Idle(request) => {
            let idle = idle::bytes_per_connection(server, request, workload.connections)?;
            let resident = server.memory()?.resident;
            Ok(Sample { idle: Some(idle), resident, ..Sample::default() })
        }
        Client::Load(load) => {
            let before = server.cpu_time()?;
            let address = server.address.to_string();
            let seen = load.run(lab.cores.load, &address, plan.round)?;
            let after = server.cpu_time()?;
            let resident = server.memory()?.resident;
            let Seen { requests, seconds, bytes } = seen;
            let cpu = per_request(after.since(&before)?, requests);
            Ok(Sample { requests, seconds, cpu, bytes, resident, idle: None })
        }
        Client::Held(held) => {
            let mut seen = Vec::new();
            let mut look = |moment| {
                // In this order the CPU time of the round has nothing of the looking in it.
                let early = if moment == Moment::After { Some(server.cpu_time()?) } else { None };
                let (there, wanted) = (server.established()?, workload.connections);
                ensure!(there >= wanted, "{there} connections are open {moment:?}, not {wanted}");
                let resident = server.memory()?.resident;
                seen.push((early.map_or_else(|| server.cpu_time(), Ok)?, resident));
                Ok(())
            };
            let at = HeldAt { cores: lab.cores, address: server.address, time: plan.round };
            let outcome = held.run(&at, &mut look)?;
            right(&outcome)?;
            ensure!(outcome.requests > 0, "no answers");
            let [(before, _), (after, resident)] = &seen[..] else {
                anyhow::bail!("the load didn't let us look twice");
            };
            let Outcome { requests, seconds, bytes, .. } = outcome;
            let cpu = per_request(after.since(before)?, requests);
            Ok(Sample { requests, seconds, cpu, bytes, resident: *resident, idle: None })
        }
    }
}

/// # Errors
///
/// When an answer was wrong.
pub(super) fn right(outcome: &Outcome) -> Result<()> {
    let complaint = outcome.complaint.as_deref().unwrap_or_default();
    ensure!(outcome.wrong == 0, "{} wrong answers, such as {complaint}", outcome.wrong);
    Ok(())
}

fn per_request(used: CpuTime, requests: u64) -> CpuTime {
    CpuTime { user: used.user / requests as f64, system: used.system / requests as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_answers_under_load_are_told() {
        let fine = Outcome { requests: 7, ..Outcome::default() };
        right(&fine).unwrap();
        let complaint = Some("GET /a: other bytes".to_owned());
        let wrong = Outcome { wrong: 1, complaint, ..fine };
        let err = right(&wrong).unwrap_err().to_string();
        assert_eq!(err, "1 wrong answers, such as GET /a: other bytes");
    }
}
