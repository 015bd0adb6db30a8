//! Our own client: all its connections are open before anything is counted, and until it was looked at the server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::paced::Outcome;
use crate::side_by_side::cores::Cores;
use crate::side_by_side::guard::Guarded;
use crate::side_by_side::process::pinned;

/// A client that keeps its connections.
#[derive(Debug)]
pub(in crate::side_by_side) struct Held {
    pub(in crate::side_by_side) program: PathBuf,
    /// What it sends and what has to come back.
    pub(in crate::side_by_side) orders: PathBuf,
    pub(in crate::side_by_side) connections: usize,
    /// Requests per second; without it, as fast as answers come.
    pub(in crate::side_by_side) rate: Option<f64>,
    pub(in crate::side_by_side) warm_up: Duration,
}

/// Where and for how long.
#[derive(Debug)]
pub(in crate::side_by_side) struct HeldAt {
    pub(in crate::side_by_side) cores: Cores,
    pub(in crate::side_by_side) address: SocketAddr,
    pub(in crate::side_by_side) time: Duration,
}

/// When all connections are there and nothing is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::side_by_side) enum Moment {
    Before,
    After,
}

impl Held {
    /// Sends; whoever looks at the server does that at the two moments.
    pub(in crate::side_by_side) fn run(
        &self,
        at: &HeldAt,
        look: &mut dyn FnMut(Moment) -> Result<()>,
    ) -> Result<Outcome> {
        let mut command = Command::new(&self.program);
        command.arg(at.address.to_string()).arg(&self.orders);
        command.args(["--connections", &self.connections.to_string()]);
        command.args(["--warm-up", &self.warm_up.as_secs_f64().to_string()]);
        command.args(["--seconds", &at.time.as_secs_f64().to_string()]);
        if let Some(rate) = self.rate {
            command.args(["--rate", &rate.to_string()]);
        }
        if at.cores.load.is_none() {
            command.arg("--sleep");
        }
        let mut command = pinned(at.cores.load, &command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut guarded = Guarded::spawn(&mut command).context("the load can't start")?;
        let child = &mut guarded.child;
        let mut input = child.stdin.take().context("no standard input")?;
        let mut output = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut complaint = child.stderr.take().context("no standard error")?;
        let mut next = |wanted: &str| {
            let mut line = String::new();
            output.read_line(&mut line)?;
            if let Some(rest) = line.trim_end().strip_prefix(wanted) {
                return Ok(rest.to_owned());
            }
            let mut why = String::new();
            complaint.read_to_string(&mut why)?;
            bail!("the load failed: {}", why.trim());
        };
        next("READY")?;
        look(Moment::Before)?;
        writeln!(input, "go")?;
        let result = next("RESULT ")?;
        look(Moment::After)?;
        drop(input);
        guarded.child.wait()?;
        serde_json::from_str(&result).with_context(|| format!("the load said: {result}"))
    }
}
