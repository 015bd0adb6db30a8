//! `cargo xtask bench`: the parts by themselves (criterion), then the server beside its rivals. See
//! `docs/benchmarking.md`.

use std::collections::HashSet;
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
        if wish.asks_nothing_else() {
            return Ok(());
        }
    }
    // A typo is told before minutes are spent on builds and measurements.
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

/// Starts the driver, the floor and the loads against our server once, as the tests have built them: whether they
/// still work together is known before somebody wants to measure.
pub(crate) fn smoke() -> Result<()> {
    if !cfg!(target_os = "linux") {
        // CPU time is read from /proc; elsewhere the driver says so itself.
        return Ok(());
    }
    sh::run(&mut sh::cargo("build --quiet -p catzilla -p catzilla-benches --bins"))?;
    let programs = sh::target_dir().join("debug");
    let mut driver = Command::new(programs.join("side-by-side"));
    driver.arg("--smoke").arg("--programs").arg(&programs);
    sh::run(driver.arg("--record").arg(sh::target_dir().join("bench/smoke")))
}

/// What the command line asks for.
#[derive(Debug)]
struct Wish {
    quick: bool,
    json: bool,
    install: bool,
    /// `None` means all.
    only: Option<Vec<String>>,
    /// `None` means all.
    against: Option<Vec<String>>,
}

/// What can be asked for.
#[derive(Debug)]
struct Names {
    suites: Vec<String>,
    workloads: Vec<String>,
    rivals: Vec<String>,
}

impl Wish {
    fn take(flags: &mut Flags) -> Result<Self> {
        let mut list = |name| -> Result<Option<Vec<String>>> {
            let value: Option<String> = flags.value(name)?;
            let words =
                |value: String| value.split(',').map(|word| word.trim().to_owned()).collect();
            Ok(value.map(words))
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
        if self.only.is_none() && self.against.is_none() {
            return Ok((suites, Some(Vec::new())));
        }
        self.choose_from(&Names {
            suites,
            workloads: names("workloads")?,
            rivals: names("rivals")?,
        })
    }

    fn choose_from(&self, names: &Names) -> Result<(Vec<String>, Option<Vec<String>>)> {
        for name in self.against.iter().flatten() {
            if !names.rivals.contains(name) {
                bail!(
                    "--against {name:?}: there is no such rival\n  rivals: {}",
                    names.rivals.join(", ")
                );
            }
        }
        let Some(only) = &self.only else {
            // Somebody who names rivals asks for servers.
            return Ok((Vec::new(), Some(Vec::new())));
        };
        let (mut suites, mut workloads) = (Vec::new(), Vec::new());
        for name in only {
            if names.suites.contains(name) {
                suites.push(name.clone());
            } else if name == "server" {
                workloads.extend(names.workloads.iter().cloned());
            } else if names.workloads.contains(name) {
                workloads.push(name.clone());
            } else {
                bail!(
                    "--only {name:?}: there is no such suite or workload\n  suites: {}\n  workloads: {} (all: server)",
                    names.suites.join(", "),
                    names.workloads.join(", ")
                );
            }
        }
        let (suites, workloads) = (once(suites), once(workloads));
        if workloads.is_empty() && self.against.is_some() {
            bail!("--against says beside whom servers are measured, and --only names no workload");
        }
        Ok((suites, Some(workloads).filter(|workloads| !workloads.is_empty())))
    }

    /// Whether somebody only wants things to be installed.
    fn asks_nothing_else(&self) -> bool {
        !self.quick && !self.json && self.only.is_none() && self.against.is_none()
    }

    /// Whether this is the run that the repository keeps.
    fn is_complete(&self) -> bool {
        !self.quick && self.only.is_none() && self.against.is_none()
    }
}

/// Each name once, at its first place: nothing is measured twice.
fn once(mut names: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
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

/// The names that the driver knows, of its workloads or of its rivals.
fn names(of: &str) -> Result<Vec<String>> {
    let list = sh::read(Command::new(driver()?).args(["--list", of]))?;
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

/// Builds what is measured, as it is shipped, and puts it beside what measures.
fn gather(programs: &Path) -> Result<()> {
    sh::run(&mut sh::cargo("build --quiet --profile dist -p catzilla"))?;
    // One by one, or they would share features; the floor and hyper get the same optimisations as ours.
    sh::run(&mut sh::cargo(
        "build --quiet --profile dist -p catzilla-benches --bin floor --bin hyper-files",
    ))?;
    fs::create_dir_all(programs)?;
    for program in [
        "dist/catzilla",
        "dist/floor",
        "dist/hyper-files",
        "release/page-load",
        "release/paced-load",
    ] {
        let built = sh::target_dir().join(program);
        let name = built.file_name().context("a program has a name")?;
        fs::copy(&built, programs.join(name)).with_context(|| built.display().to_string())?;
    }
    Ok(())
}

fn side_by_side(wish: &Wish, workloads: &[String], folder: &Path, lines: &Path) -> Result<()> {
    let driver = driver()?;
    let programs = folder.join("programs");
    gather(&programs)?;
    let mut command = Command::new(driver);
    command.arg("--programs").arg(&programs).arg("--rivals").arg(install::rivals_folder());
    command.arg("--record").arg(folder).arg("--suites").arg(lines);
    if wish.is_complete() {
        command.arg("--publish").arg(sh::root().join("docs/benchmarks"));
    }
    for (flag, list) in
        [("--only", workloads), ("--against", wish.against.as_deref().unwrap_or_default())]
    {
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
        assert_eq!(one.only, Some(vec!["hot-1k".into(), "site".into()]));
        assert_eq!(one.against, Some(vec!["nginx".into()]));
        assert!(one.quick && one.json && !one.install);
        assert!(wish("").is_complete() && wish("--json --install-rivals").is_complete());
        for part in ["--quick", "--only site", "--against h2o"] {
            assert!(!wish(part).is_complete(), "{part}");
        }
    }

    #[test]
    fn installing_alone_measures_nothing() {
        assert!(wish("--install-rivals").asks_nothing_else());
        for more in ["--quick", "--json", "--only site", "--against h2o", "--only="] {
            assert!(!wish(&format!("--install-rivals {more}")).asks_nothing_else(), "{more}");
        }
    }

    fn choose(line: &str) -> Result<(Vec<String>, Option<Vec<String>>)> {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        wish(line).choose_from(&Names {
            suites: list(&["path_security"]),
            workloads: list(&["hot-1k", "site"]),
            rivals: list(&["nginx", "h2o"]),
        })
    }

    #[track_caller]
    fn chosen(line: &str, suites: &[&str], workloads: Option<&[&str]>) {
        let (some_suites, some_workloads) = choose(line).unwrap();
        assert_eq!(some_suites, suites, "{line}");
        assert_eq!(
            some_workloads.as_deref(),
            workloads
                .map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
                .as_deref(),
            "{line}"
        );
    }

    #[track_caller]
    fn refused(line: &str, says: &str) {
        let err = choose(line).unwrap_err().to_string();
        assert!(err.contains(says), "{line}: {err}");
    }

    #[test]
    fn names_choose_and_unknown_ones_are_refused_with_those_there_are() {
        chosen("--only site", &[], Some(&["site"]));
        chosen("--only path_security", &["path_security"], None);
        chosen("--only server", &[], Some(&["hot-1k", "site"]));
        chosen("--only path_security,hot-1k --against h2o", &["path_security"], Some(&["hot-1k"]));
        chosen("--against nginx", &[], Some(&[]));
        chosen("--only server,site", &[], Some(&["hot-1k", "site"]));
        chosen("--only site,server,site", &[], Some(&["site", "hot-1k"]));
        chosen("--only path_security,path_security", &["path_security"], None);
        refused("--only=", "workloads: hot-1k, site");
        refused("--only site,", "suites: path_security");
        refused("--only sight", "\"sight\"");
        refused("--against=", "rivals: nginx, h2o");
        refused("--only site --against ngins", "rivals: nginx, h2o");
        refused("--only path_security --against nginx", "names no workload");
    }

    #[test]
    fn there_are_suites() {
        assert!(suites().unwrap().contains(&"path_security".to_owned()));
    }
}
