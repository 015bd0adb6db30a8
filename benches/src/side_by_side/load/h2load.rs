//! h2load, for HTTP/2: so many streams at once on each connection.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::Seen;
use crate::side_by_side::process::starts;

/// What starts it.
pub(super) fn command(url: &str, connections: usize, streams: usize, time: Duration) -> Command {
    let mut command = Command::new("h2load");
    command.args(["-t1", &format!("-c{connections}"), &format!("-m{streams}")]);
    // It knows whole seconds only.
    command.arg(format!("-D{}", time.as_secs_f64().ceil())).arg(url);
    command
}

/// What it saw.
pub(super) fn seen(said: &str) -> Result<Seen> {
    let line = |begin: &str| {
        said.lines()
            .find_map(|line| line.strip_prefix(begin))
            .with_context(|| format!("no {begin}"))
    };
    let number_before = |text: &str, word: &str| -> Result<u64> {
        let found = text.split(',').find(|item| item.trim_end().ends_with(word));
        let number = found.and_then(|item| item.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).with_context(|| format!("no number {word}"))
    };
    let (requests, statuses) = (line("requests:")?, line("status codes:")?);
    let done = number_before(requests, "succeeded")?;
    let other: u64 = ["failed", "errored", "timeout"]
        .into_iter()
        .map(|word| number_before(requests, word))
        .sum::<Result<u64>>()?;
    let bad: u64 = ["3xx", "4xx", "5xx"]
        .into_iter()
        .map(|word| number_before(statuses, word))
        .sum::<Result<u64>>()?;
    ensure!(done > 0 && bad == 0, "{done} answers, {bad} with a bad status");
    // What is under way at the end isn't waited for.
    ensure!(other <= done / 100, "{done} answers, {other} broken");
    let seconds = line("finished in ")?.split(',').next().and_then(seconds).context("no time")?;
    let traffic = line("traffic:")?;
    let bytes = traffic.split(['(', ')']).nth(1).and_then(|bytes| bytes.parse().ok());
    Ok(Seen { requests: done, seconds, bytes: bytes.context("no bytes")? })
}

fn seconds(text: &str) -> Option<f64> {
    let unit = |unit: &str, scale: f64| {
        text.strip_suffix(unit).and_then(|number| number.parse::<f64>().ok()).map(|it| it * scale)
    };
    unit("us", 1e-6).or_else(|| unit("ms", 1e-3)).or_else(|| unit("s", 1.0))
}

/// Whether it is installed.
pub(in crate::side_by_side) fn has_h2load() -> bool {
    starts("h2load", "--version")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "starting benchmark...\n\n\
        finished in 1.50s, 919.13 req/s, 973.00KB/s\n\
        requests: 20000 total, 20400 started, 20000 done, 20000 succeeded, 0 failed, 0 errored, 0 timeout\n\
        status codes: 20000 2xx, 0 3xx, 0 4xx, 0 5xx\n\
        traffic: 20.68MB (21680257) total, 820.00KB (839681) headers, 19.53MB (20480000) data\n";

    #[test]
    fn what_it_says_is_understood() {
        let got = seen(SAID).unwrap();
        assert_eq!((got.requests, got.seconds, got.bytes), (20_000, 1.5, 21_680_257));
        assert!(seen(&SAID.replace("0 4xx", "3 4xx")).is_err());
        assert!(seen(&SAID.replace("0 errored", "300 errored")).is_err());
        assert!(seen("nothing").is_err());
        let quick = seen(&SAID.replace("1.50s", "250.00ms")).unwrap();
        assert!((quick.seconds - 0.25).abs() < 1e-9);
    }

    #[test]
    fn it_is_told_how_many_at_once() {
        let command = command("http://a/", 16, 32, Duration::from_millis(200));
        assert_eq!(
            command.get_args().collect::<Vec<_>>(),
            ["-t1", "-c16", "-m32", "-D1", "http://a/"]
        );
    }
}
