//! `cargo xtask bench`: the parts by themselves (criterion), then the server beside its rivals. See
//! `docs/benchmarking.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::flags::Flags;
use crate::{install, sh};

pub(crate) fn run(mut flags: Flags) -> Result<()> {
    let wish = Wish::take(&mut flags)?;
    flags.done()?;
    if wish.install {
        install::rivals();
    }
    let (suites, workloads) = wish.choose()?;
    let folder = sh::target_dir().join("bench");
    fs::create_dir_all(&folder)?;
    let lines = folder.join("suites.jsonl");
    fs::write(&lines, "")?;
    for suite in &suites {
        measure_suite(suite, &wish, &lines)?;
    }
    if wish.json {
        print(&fs::read_to_string(&lines)?);
    }
    match workloads {
        Some(workloads) => side_by_side(&wish, &workloads, &folder, &lines),
        None => Ok(()),
    }
}

/// What the command line asks for.
#[derive(Debug)]
struct Wish {
    quick: bool,
    json: bool,
    install: bool,
    only: Vec<String>,
    against: Vec<String>,
}

impl Wish {
    fn take(flags: &mut Flags) -> Result<Self> {
        let mut list = |name| -> Result<Vec<String>> {
            let value: Option<String> = flags.value(name)?;
            let words = value.as_deref().unwrap_or_default().split(',');
            Ok(words.filter(|word| !word.is_empty()).map(str::to_owned).collect())
        };
        let (only, against) = (list("--only")?, list("--against")?);
        Ok(Self {
            quick: flags.switch("--quick"),
            json: flags.switch("--json"),
            install: flags.switch("--install-rivals"),
            only,
            against,
        })
    }

    /// The suites, and the workloads: an empty list of these means all, `None` means none.
    fn choose(&self) -> Result<(Vec<String>, Option<Vec<String>>)> {
        let suites = suites()?;
        if self.only.is_empty() {
            // Somebody who names rivals asks for servers.
            let suites = if self.against.is_empty() { suites } else { Vec::new() };
            return Ok((suites, Some(Vec::new())));
        }
        let workloads = workloads()?;
        let (mut some_suites, mut some_workloads) = (Vec::new(), Vec::new());
        for name in &self.only {
            if suites.contains(name) {
                some_suites.push(name.clone());
            } else if name == "server" {
                some_workloads.clone_from(&workloads);
            } else if workloads.contains(name) {
                some_workloads.push(name.clone());
            } else {
                bail!(
                    "--only {name}: there is no such suite or workload\n  suites: {}\n  workloads: {} (all: server)",
                    suites.join(", "),
                    workloads.join(", ")
                );
            }
        }
        Ok((some_suites, Some(some_workloads).filter(|workloads| !workloads.is_empty())))
    }

    /// Whether this is the run that the repository keeps.
    fn is_complete(&self) -> bool {
        !self.quick && self.only.is_empty() && self.against.is_empty()
    }
}

/// The names of the criterion suites.
fn suites() -> Result<Vec<String>> {
    let folder = sh::root().join("benches/benches");
    let mut suites = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            suites.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    suites.sort();
    Ok(suites)
}

fn workloads() -> Result<Vec<String>> {
    let driver = driver()?;
    let folder = sh::target_dir();
    let mut command = Command::new(driver);
    command.arg("--list").arg("--programs").arg(&folder);
    command.arg("--rivals").arg(&folder).arg("--record").arg(&folder);
    let list = sh::read(&mut command)?;
    Ok(list.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}

fn measure_suite(suite: &str, wish: &Wish, lines: &Path) -> Result<()> {
    let mut command = sh::cargo(&format!("bench --quiet -p catzilla-benches --bench {suite}"));
    command.env("CATZILLA_BENCH_JSON", std::path::absolute(lines)?);
    if wish.quick {
        command.env("CATZILLA_BENCH_QUICK", "1");
    }
    if wish.json {
        // Nothing but objects goes where scripts read.
        command.stdout(std::io::stderr());
    }
    sh::run(&mut command)
}

/// Builds what measures.
fn driver() -> Result<PathBuf> {
    sh::run(&mut sh::cargo("build --quiet --release -p catzilla-benches --bins"))?;
    Ok(sh::target_dir().join("release/side-by-side"))
}

fn side_by_side(wish: &Wish, workloads: &[String], folder: &Path, lines: &Path) -> Result<()> {
    let driver = driver()?;
    // What is measured is what is shipped.
    sh::run(&mut sh::cargo("build --quiet --profile dist -p catzilla"))?;
    let record =
        if wish.is_complete() { sh::root().join("docs/benchmarks") } else { folder.into() };
    let programs = folder.join("programs");
    fs::create_dir_all(&programs)?;
    for program in ["dist/catzilla", "release/floor", "release/page-load"] {
        let built = sh::target_dir().join(program);
        let name = built.file_name().context("a program has a name")?;
        fs::copy(&built, programs.join(name)).with_context(|| built.display().to_string())?;
    }
    let mut command = Command::new(driver);
    command.arg("--programs").arg(&programs).arg("--rivals").arg(install::rivals_folder());
    command.arg("--record").arg(record).arg("--suites").arg(lines);
    for (flag, list) in [("--only", workloads), ("--against", &wish.against[..])] {
        if !list.is_empty() {
            command.arg(flag).arg(list.join(","));
        }
    }
    for (flag, wanted) in [("--quick", wish.quick), ("--json", wish.json)] {
        if wanted {
            command.arg(flag);
        }
    }
    sh::run(&mut command)
}

#[allow(clippy::print_stdout, reason = "scripts read it from there")]
fn print(text: &str) {
    print!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(line: &str) -> Wish {
        let words = line.split_whitespace().map(str::to_owned).collect();
        let mut flags = Flags::new("bench", words);
        let wish = Wish::take(&mut flags).unwrap();
        flags.done().unwrap();
        wish
    }

    #[test]
    fn lists_are_split_and_only_a_complete_run_is_a_record() {
        let one = wish("--quick --only hot-1k,site --against=nginx --json");
        assert_eq!(
            (one.only, one.against),
            (vec!["hot-1k".into(), "site".into()], vec!["nginx".into()])
        );
        assert!(one.quick && one.json && !one.install);
        assert!(wish("").is_complete() && wish("--json --install-rivals").is_complete());
        for part in ["--quick", "--only site", "--against h2o"] {
            assert!(!wish(part).is_complete(), "{part}");
        }
    }

    #[test]
    fn there_are_suites() {
        assert!(suites().unwrap().contains(&"path_security".to_owned()));
    }
}
