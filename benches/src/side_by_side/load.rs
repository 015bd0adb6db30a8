//! The load: wrk, told by a script what to send and to print its figures as JSON.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::side_by_side::process::pinned;
use crate::side_by_side::workload::Request;

/// What a client saw.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Complete responses, or pages.
    pub(super) requests: u64,
    /// How long it took, in seconds.
    pub(super) seconds: f64,
    /// Percentiles of the time to a response, in seconds: 50, 90, 99, 99.9.
    pub(super) latency: [f64; 4],
}

/// The percentiles that are taken.
pub(super) const PERCENTILES: [f64; 4] = [50.0, 90.0, 99.0, 99.9];

/// A client that knows what to send.
#[derive(Debug)]
pub(super) enum Load {
    /// wrk with a script.
    Wrk { script: PathBuf, connections: usize },
    /// Our own loader of pages.
    Pages { program: PathBuf, paths: PathBuf },
}

/// What wrk sends.
#[derive(Debug)]
pub(super) enum Sending<'a> {
    /// One request, again and again.
    One(&'a Request),
    /// The same, so many at once.
    AtOnce(&'a Request, usize),
    /// Of these requests, those at these places, in turn.
    InTurn(&'a [Request], &'a [usize]),
}

/// Printed by wrk when it ends, on a line of its own.
const DONE: &str = r#"
done = function(summary, latency, requests)
  local e = summary.errors
  local p = function(q) return latency:percentile(q) / 1e6 end
  print(string.format('RESULT {"requests": %d, "seconds": %.6f, "broken": %d, "statuses": %d, "latency": [%.6f, %.6f, %.6f, %.6f]}',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.timeout, e.status, p(50), p(90), p(99), p(99.9)))
end
"#;

impl Load {
    /// Writes wrk's script.
    pub(super) fn wrk(script: PathBuf, sending: &Sending<'_>, connections: usize) -> Result<Self> {
        fs::write(&script, lua(sending)?)?;
        Ok(Self::Wrk { script, connections })
    }

    /// Sends for so long, from this core.
    pub(super) fn run(&self, core: usize, address: &str, time: Duration) -> Result<Seen> {
        let seconds = time.as_secs_f64();
        let command = match self {
            Self::Wrk { script, connections } => {
                let mut command = Command::new("wrk");
                command.args(["-t1", &format!("-c{connections}"), "--timeout", "10s"]);
                // wrk knows whole seconds only.
                command.arg(format!("-d{}s", seconds.ceil())).arg("-s").arg(script);
                command.arg(format!("http://{address}/"));
                command
            }
            Self::Pages { program, paths } => {
                let mut command = Command::new(program);
                command.arg(address).arg(paths).arg(seconds.to_string());
                command
            }
        };
        let output = pinned(core, &command).output().context("the load can't start")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "the load failed: {said}{complaint}");
        seen(&said).with_context(|| format!("the load said: {said}{complaint}"))
    }
}

fn seen(said: &str) -> Result<Seen> {
    let line = said.lines().find_map(|line| line.strip_prefix("RESULT "));
    let value: Value = serde_json::from_str(line.context("no result")?)?;
    let number = |value: &Value| value.as_f64().context("a number is missing");
    let mut latency = [0.0; 4];
    for (at, slot) in latency.iter_mut().enumerate() {
        *slot = number(&value["latency"][at])?;
    }
    let requests = value["requests"].as_u64().context("no number of requests")?;
    let (broken, statuses) = (number(&value["broken"])?, number(&value["statuses"])?);
    if requests == 0 || statuses > 0.0 || broken > requests as f64 / 1000.0 {
        bail!("{requests} answers, {statuses} with a bad status, {broken} broken connections");
    }
    Ok(Seen { requests, seconds: number(&value["seconds"])?, latency })
}

fn lua(sending: &Sending<'_>) -> Result<String> {
    let mut lua = String::new();
    match sending {
        Sending::One(request) => {
            // wrk writes such a request once; a function would be called for each.
            writeln!(lua, "wrk.path = {:?}", request.path)?;
            for (name, value) in &request.fields {
                writeln!(lua, "wrk.headers[{name:?}] = {value:?}")?;
            }
        }
        Sending::AtOnce(request, times) => {
            let text = request.text().repeat(*times);
            writeln!(lua, "local r = {}", quoted(&text))?;
            writeln!(lua, "request = function() return r end")?;
        }
        Sending::InTurn(requests, order) => {
            let texts: Vec<String> =
                requests.iter().map(|request| quoted(&request.text())).collect();
            let places: Vec<String> = order.iter().map(|at| (at + 1).to_string()).collect();
            writeln!(lua, "local r = {{{}}}", texts.join(",\n"))?;
            writeln!(lua, "local o = {{{}}}", places.join(","))?;
            writeln!(lua, "local i = 0")?;
            writeln!(lua, "request = function() i = i % #o + 1 return r[o[i]] end")?;
        }
    }
    Ok(lua + DONE)
}

fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('\r', "\\r").replace('\n', "\\n")
    )
}

/// Whether wrk is installed.
pub(super) fn has_wrk() -> bool {
    Command::new("wrk").arg("-v").output().is_ok()
}

/// A file with one path per line, for the loader of pages.
pub(super) fn write_paths(file: &Path, paths: &[String]) -> Result<()> {
    Ok(fs::write(file, paths.join("\n"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_say_what_to_send() {
        let request = Request::new("/a").with("If-None-Match", "\"x\"");
        let one = lua(&Sending::One(&request)).unwrap();
        assert!(
            one.starts_with("wrk.path = \"/a\"\nwrk.headers[\"If-None-Match\"] = \"\\\"x\\\"\"\n")
        );
        let twice = lua(&Sending::AtOnce(&Request::new("/a"), 2)).unwrap();
        assert_eq!(twice.matches("GET /a HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n").count(), 2);
        let requests = [Request::new("/a"), Request::new("/b")];
        let turn = lua(&Sending::InTurn(&requests, &[1, 0, 1])).unwrap();
        assert!(turn.contains("local o = {2,1,2}"), "{turn}");
    }

    #[test]
    fn results_are_understood_and_failures_are_told() {
        let line = |broken, statuses| {
            format!(
                "Running\nRESULT {{\"requests\": 5000, \"seconds\": 2.5, \"broken\": {broken}, \
                 \"statuses\": {statuses}, \"latency\": [0.1, 0.2, 0.3, 0.4]}}\n"
            )
        };
        let got = seen(&line(0, 0)).unwrap();
        assert_eq!((got.requests, got.seconds, got.latency[3]), (5000, 2.5, 0.4));
        let err = seen(&line(0, 3)).unwrap_err().to_string();
        assert!(err.contains("3 with a bad status"), "{err}");
        assert!(seen(&line(100, 0)).is_err());
        assert!(seen("nothing").is_err());
    }
}
