//! The load: wrk, our loader of pages, or the client that keeps its connections.

mod h2load;
mod held;
mod wrk;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

pub(super) use h2load::has_h2load;
pub(super) use held::{Held, HeldAt, Moment};
pub(super) use wrk::{Sending, has_wrk};

use crate::side_by_side::guard::Guarded;
use crate::side_by_side::process::pinned;

/// What a client saw.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Complete responses, or pages.
    pub(super) requests: u64,
    /// How long it took, in seconds.
    pub(super) seconds: f64,
    /// Bytes that came, heads included.
    pub(super) bytes: u64,
}

/// A client that is started when it should send, and ends after it.
#[derive(Debug)]
pub(super) enum Load {
    /// wrk with a script.
    Wrk { script: PathBuf, connections: usize, scheme: &'static str },
    /// h2load, for one path.
    H2load { path: String, connections: usize, streams: usize, scheme: &'static str },
    /// Our own loader of pages.
    Pages { program: PathBuf, paths: PathBuf },
}

impl Load {
    /// Writes wrk's script.
    pub(super) fn wrk(
        script: PathBuf,
        sending: &Sending<'_>,
        connections: usize,
        scheme: &'static str,
    ) -> Result<Self> {
        fs::write(&script, wrk::lua(sending)?)?;
        Ok(Self::Wrk { script, connections, scheme })
    }

    /// Sends for so long, from this core.
    pub(super) fn run(&self, core: Option<usize>, address: &str, time: Duration) -> Result<Seen> {
        let seconds = time.as_secs_f64();
        let command = match self {
            Self::Wrk { script, connections, scheme } => {
                let mut command = Command::new("wrk");
                command.args(["-t1", &format!("-c{connections}"), "--timeout", "10s"]);
                // wrk knows whole seconds only.
                command.arg(format!("-d{}s", seconds.ceil())).arg("-s").arg(script);
                command.arg(format!("{scheme}://{address}/"));
                command
            }
            Self::H2load { path, connections, streams, scheme } => {
                let url = format!("{scheme}://{address}{path}");
                h2load::command(&url, *connections, *streams, time)
            }
            Self::Pages { program, paths } => {
                let mut command = Command::new(program);
                command.arg(address).arg(paths).arg(seconds.to_string());
                command
            }
        };
        let (said, complaint) = output(&mut pinned(core, &command))?;
        let seen = match self {
            Self::H2load { .. } => h2load::seen(&said),
            Self::Wrk { .. } | Self::Pages { .. } => seen(&said),
        };
        let seen = seen.with_context(|| format!("the load said: {said}{complaint}"))?;
        if let Self::Wrk { connections, .. } = self {
            // wrk waits longer for an answer than a round takes, so a server that hangs is no error to it.
            ensure!(
                seen.requests > *connections as u64,
                "{} answers on {connections} connections: it hangs",
                seen.requests
            );
        }
        Ok(seen)
    }
}

/// What a program says on both ways, if it succeeds.
fn output(command: &mut Command) -> Result<(String, String)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut guarded = Guarded::spawn(command).context("the load can't start")?;
    let read = |from: Option<&mut dyn std::io::Read>| {
        let mut bytes = Vec::new();
        from.map(|from| from.read_to_end(&mut bytes)).transpose()?;
        anyhow::Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    // Neither says so much on standard error that it would have to be read meanwhile.
    let said = read(guarded.child.stdout.as_mut().map(|out| out as _))?;
    let complaint = read(guarded.child.stderr.as_mut().map(|out| out as _))?;
    let status = guarded.child.wait()?;
    ensure!(status.success(), "the load failed: {said}{complaint}");
    Ok((said, complaint))
}

fn seen(said: &str) -> Result<Seen> {
    let line = said.lines().find_map(|line| line.strip_prefix("RESULT "));
    let value: Value = serde_json::from_str(line.context("no result")?)?;
    let number = |key: &str| value[key].as_f64().with_context(|| format!("no {key}"));
    let requests = value["requests"].as_u64().context("no number of requests")?;
    let (broken, statuses) = (number("broken")?, number("statuses")?);
    if requests == 0 || statuses > 0.0 || broken > requests as f64 / 1000.0 {
        bail!("{requests} answers, {statuses} with a bad status, {broken} broken connections");
    }
    let bytes = value["bytes"].as_u64().context("no number of bytes")?;
    Ok(Seen { requests, seconds: number("seconds")?, bytes })
}

/// A file with one path per line, for the loader of pages.
pub(super) fn write_paths(file: &Path, paths: &[String]) -> Result<()> {
    Ok(fs::write(file, paths.join("\n"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_understood_and_failures_are_told() {
        let line = |broken, statuses| {
            format!(
                "Running\nRESULT {{\"requests\": 5000, \"seconds\": 2.5, \"bytes\": 75, \"broken\": {broken}, \
                 \"statuses\": {statuses}}}\n"
            )
        };
        let got = seen(&line(0, 0)).unwrap();
        assert_eq!((got.requests, got.seconds, got.bytes), (5000, 2.5, 75));
        let err = seen(&line(0, 3)).unwrap_err().to_string();
        assert!(err.contains("3 with a bad status"), "{err}");
        assert!(seen(&line(100, 0)).is_err());
        assert!(seen("nothing").is_err());
    }

    #[test]
    fn a_load_that_fails_says_why() {
        let err = output(Command::new("sh").args(["-c", "echo wrong >&2; exit 3"])).unwrap_err();
        assert!(err.to_string().contains("wrong"), "{err}");
        let (said, _) = output(Command::new("echo").arg("right")).unwrap();
        assert_eq!(said, "right\n");
    }
}
