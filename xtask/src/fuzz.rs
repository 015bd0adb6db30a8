//! `cargo xtask fuzz`: runs the targets of `fuzz/` and says how much was tried. See `docs/fuzzing.md`.

use std::fs::{self, File};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::{iter, thread};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::flags::Flags;
use crate::steps::Steps;
use crate::{install, sh};

const SECONDS: u64 = 60;

/// What CI can spare for each target, in seconds.
const BRIEFLY: u64 = 10;

/// An input that takes so many seconds hangs; what takes long takes milliseconds.
const HANG: u64 = 20;

pub(crate) fn run(mut flags: Flags) -> Result<()> {
    let wish = Wish::take(&mut flags)?;
    flags.done()?;
    let mut targets = targets()?;
    if wish.list {
        sh::say(&targets.join("\n"));
        return Ok(());
    }
    if let Some(wanted) = wish.target {
        if !targets.contains(&wanted) {
            bail!("there is no fuzz target {wanted:?}; there is: {}", targets.join(", "));
        }
        targets = vec![wanted];
    }
    let seconds = wish.seconds;
    build()?;
    let runs: Vec<(String, Run)> = targets
        .into_iter()
        .map(|target| run_one(&target, seconds).map(|run| (target, run)))
        .collect::<Result<_>>()?;
    report(&runs, seconds)
}

/// What the command line asks for.
#[derive(Debug, PartialEq)]
struct Wish {
    list: bool,
    seconds: u64,
    /// `None` means all.
    target: Option<String>,
}

impl Wish {
    fn take(flags: &mut Flags) -> Result<Self> {
        let list = flags.switch("--list");
        let seconds = flags.value("--seconds")?;
        let target = flags.word();
        if list && (seconds.is_some() || target.is_some()) {
            bail!("--list only prints the names of all targets: give it alone");
        }
        if seconds == Some(0) {
            // libFuzzer takes it for no limit.
            bail!("--seconds 0: nothing would be tried; give at least 1");
        }
        Ok(Self { list, seconds: seconds.unwrap_or(SECONDS), target })
    }
}

/// Builds all targets, without running them.
pub(crate) fn build() -> Result<()> {
    needs_nightly()?;
    if targets()?.is_empty() {
        bail!("fuzz/Cargo.toml has no targets");
    }
    sh::run(&mut cargo_fuzz("build"))
}

/// Builds all targets and runs each for a short while, where nightly Rust is at hand; says so where it isn't.
pub(crate) fn briefly(steps: &mut Steps) {
    let name = "each fuzz target for 10 seconds";
    let ready = needs_nightly();
    if let Err(why) = &ready
        && may_skip(std::env::var_os("CI").is_some())
    {
        steps.skip(name, &format!("{why:#}"));
        return check(steps);
    }
    steps.run(name, || {
        ready?;
        build()?;
        report(&side_by_side(targets()?, BRIEFLY)?, BRIEFLY)
    });
}

/// What can't be installed at home is left out and told. In CI that would hide that nothing is fuzzed any more.
fn may_skip(is_ci: bool) -> bool {
    !is_ci
}

/// Checks on stable Rust that the targets compile.
pub(crate) fn check(steps: &mut Steps) {
    let name = "fuzz targets compile";
    match targets() {
        Ok(targets) if targets.is_empty() => steps.skip(name, "fuzz/Cargo.toml has no targets yet"),
        Ok(_) => steps.run(name, || {
            let mut command = sh::cargo("check --quiet --locked --manifest-path fuzz/Cargo.toml");
            // A check links nothing, so libFuzzer needn't be built, and a C++ compiler needn't be there.
            command.env("CUSTOM_LIBFUZZER_PATH", "fuzz/never-linked.a");
            command.env("CARGO_TARGET_DIR", sh::target_dir().join("fuzz-check"));
            sh::run(&mut command)
        }),
        Err(error) => steps.run(name, || Err(error)),
    }
}

fn needs_nightly() -> Result<()> {
    if !install::has_nightly() {
        bail!("fuzzing needs nightly Rust: rustup toolchain install nightly --profile minimal");
    }
    if !sh::has_cargo("fuzz") {
        sh::run(&mut sh::cargo("install cargo-fuzz --locked"))?;
    }
    Ok(())
}

/// The libraries are safe Rust but for one file, which Miri has checked (`docs/unsafe.md`), so that the address sanitizer
/// would find next to nothing and halve the speed. Plain `cargo +nightly fuzz run` has it on.
fn cargo_fuzz(verb: &str) -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", "nightly", "cargo", "fuzz", verb, "--sanitizer", "none"])
        .current_dir(sh::root());
    // Flags and folders of the other toolchain's build must not mix with this one.
    command
        .env("CARGO_TARGET_DIR", sh::target_dir().join("fuzz"))
        .env_remove("CARGO")
        .env_remove("RUSTC");
    command
}

/// The names of the targets, as `fuzz/Cargo.toml` lists them.
fn targets() -> Result<Vec<String>> {
    let manifest = sh::root().join("fuzz/Cargo.toml");
    let text = fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
    if !text.contains("[[bin]]") {
        return Ok(Vec::new());
    }
    let ask = "metadata --no-deps --format-version=1 --manifest-path=fuzz/Cargo.toml";
    let metadata = sh::read(&mut sh::cargo(ask))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata of fuzz/")?;
    let targets = metadata["packages"][0]["targets"]
        .as_array()
        .context("cargo metadata of fuzz/ has no targets")?;
    Ok(targets.iter().filter_map(|target| target["name"].as_str()).map(str::to_owned).collect())
}

/// How a run ended.
#[derive(Clone)]
struct Run {
    executions: Option<u64>,
    crash: Option<PathBuf>,
    failed: bool,
    log: PathBuf,
}

/// Runs the targets, as many at once as there are cores: a target uses one.
fn side_by_side(targets: Vec<String>, seconds: u64) -> Result<Vec<(String, Run)>> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let targets = Mutex::new(targets.into_iter());
    let next = || targets.lock().expect("no thread panics while it takes a target").next();
    let some = || -> Result<Vec<(String, Run)>> {
        iter::from_fn(next)
            .map(|target| run_one(&target, seconds).map(|run| (target, run)))
            .collect()
    };
    let mut runs = thread::scope(|scope| -> Result<Vec<_>> {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(some)).collect();
        let runs =
            threads.into_iter().map(|thread| thread.join().expect("a run returns its errors"));
        Ok(runs.collect::<Result<Vec<_>>>()?.concat())
    })?;
    runs.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(runs)
}

fn run_one(target: &str, seconds: u64) -> Result<Run> {
    let fuzz = sh::root().join("fuzz");
    let (corpus, seeds) = (fuzz.join("corpus").join(target), fuzz.join("seeds").join(target));
    let logs = sh::target_dir().join("fuzz-logs");
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&logs)?;
    let log = logs.join(format!("{target}.log"));
    // libFuzzer writes what it finds to the first folder and only reads the others.
    let mut command = cargo_fuzz("run");
    command.arg(target).arg(&corpus);
    if seeds.is_dir() {
        command.arg(&seeds);
    }
    command.args(["--", "-print_final_stats=1", &format!("-max_total_time={seconds}")]);
    command.arg(format!("-timeout={HANG}"));
    command.stderr(File::create(&log)?).stdout(File::create(logs.join(format!("{target}.out")))?);
    sh::say(&format!("{target}: {seconds} s"));
    let status = command.status().context("cargo fuzz run could not be started")?;
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    Ok(Run { executions: executions(&text), crash: crash(&text), failed: !status.success(), log })
}

/// What libFuzzer's final statistics say.
fn executions(log: &str) -> Option<u64> {
    log.lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?
        .trim()
        .parse()
        .ok()
}

/// Where libFuzzer has written the input that broke the law: the last one, as slow inputs are written before it, too.
fn crash(log: &str) -> Option<PathBuf> {
    log.lines()
        .rev()
        .find_map(|line| line.split_once("Test unit written to "))
        .map(|(_, path)| Path::new(path.trim()).into())
}

fn report(runs: &[(String, Run)], seconds: u64) -> Result<()> {
    let mut failed = Vec::new();
    sh::say("");
    for (target, run) in runs {
        let executions = run.executions.map_or_else(|| "?".to_owned(), |count| count.to_string());
        sh::say(&format!("{target:<28} {executions:>14} executions in {seconds} s"));
        if run.failed {
            failed.push(target.as_str());
            explain(target, run)?;
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn explain(target: &str, run: &Run) -> Result<()> {
    let log = String::from_utf8_lossy(&fs::read(&run.log)?).into_owned();
    sh::say(&complaint(&log));
    let Some(path) = &run.crash else {
        sh::say(&format!("{target} ended without an input to show: see {}", run.log.display()));
        return Ok(());
    };
    let input = fs::read(path).with_context(|| path.display().to_string())?;
    sh::say(&format!(
        "\nthe input, as a row for a test:\n    {},\nagain: cargo +nightly fuzz run {target} {}\n",
        row(&input),
        path.display()
    ));
    Ok(())
}

/// What the law said when it broke; without such words, the end of the log.
fn complaint(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let find = |words: &str| lines.iter().position(|line| line.contains(words));
    let begin = find("panicked at").or_else(|| find("ERROR: libFuzzer"));
    let range = match begin {
        Some(begin) => begin..lines.len().min(begin + 8),
        None => lines.len().saturating_sub(30)..lines.len(),
    };
    lines[range].join("\n")
}

/// Bytes as Rust writes them.
fn row(input: &[u8]) -> String {
    format!("b\"{}\"", input.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_libfuzzer_is_understood() {
        let log = "INFO: Seed: 1\n==7== ERROR: libFuzzer: deadly signal\n\
                   artifact_prefix='/a/'; Test unit written to /a/crash-0123\n\
                   stat::number_of_executed_units: 4096\nstat::average_exec_per_sec:     12\n";
        assert_eq!(executions(log), Some(4096));
        assert_eq!(crash(log), Some(PathBuf::from("/a/crash-0123")));
        assert_eq!((executions("INFO: Seed: 1"), crash("")), (None, None));
        let slow = "artifact_prefix='/a/'; Test unit written to /a/slow-unit-4567\n";
        assert_eq!(crash(&format!("{slow}{log}")), Some(PathBuf::from("/a/crash-0123")));
    }

    #[test]
    fn the_panic_is_shown_and_not_the_end_of_the_log() {
        let log = format!("INFO\nthread panicked at law.rs:7:\nbroken\n{}", "frame\n".repeat(50));
        let shown = complaint(&log);
        assert!(shown.starts_with("thread panicked at law.rs:7:\nbroken\n"), "{shown}");
        assert_eq!(shown.lines().count(), 8);
        assert_eq!(complaint("a\nb"), "a\nb");
        let hang = format!(
            "INFO\n==7== ERROR: libFuzzer: timeout after 20 seconds\n{}",
            "#1 frame\n".repeat(50)
        );
        assert!(complaint(&hang).starts_with("==7== ERROR: libFuzzer: timeout after 20"));
    }

    fn wish(line: &str) -> Result<Wish> {
        let words = line.split_whitespace().map(str::to_owned).collect();
        let mut flags = Flags::new("fuzz", words);
        let wish = Wish::take(&mut flags)?;
        flags.done().map(|()| wish)
    }

    #[track_caller]
    fn refused(line: &str, says: &str) {
        let err = wish(line).unwrap_err().to_string();
        assert!(err.contains(says), "{line}: {err}");
    }

    #[test]
    fn flags_that_make_no_sense_are_refused() {
        let target = Some("ranges".to_owned());
        assert_eq!(wish("ranges --seconds 5").unwrap(), Wish { list: false, seconds: 5, target });
        assert_eq!(wish("--list").unwrap(), Wish { list: true, seconds: SECONDS, target: None });
        refused("--list --seconds 5", "give it alone");
        refused("--list ranges", "give it alone");
        refused("--seconds 0", "at least 1");
        refused("--seconds -1", "-1");
        refused("ranges heads", "heads");
    }

    #[test]
    fn only_at_home_may_fuzzing_be_left_out() {
        assert!(may_skip(false) && !may_skip(true));
    }

    #[test]
    fn an_input_becomes_a_row() {
        assert_eq!(row(b"GET \"/\xff\0\r\n"), r#"b"GET \"/\xff\x00\r\n""#);
    }
}
