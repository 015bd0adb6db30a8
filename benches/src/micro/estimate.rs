//! What criterion has found out about a case.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde_json::Value;

/// The file that criterion writes about its latest run of a case.
#[derive(Debug)]
pub(super) struct Estimate(PathBuf);

impl Estimate {
    /// `folder` is criterion's, where every case has its own: the suite is a folder's name, and the case makes one.
    pub(super) fn new(folder: &Path, suite: &str, case: &str) -> Self {
        Self(folder.join(suite).join(folder_name(case)).join("new/estimates.json"))
    }

    /// What an earlier run has left must not be taken for what this one finds.
    pub(super) fn forget(&self) -> io::Result<()> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Nanoseconds of a call; `None` when the case wasn't run.
    pub(super) fn read(&self) -> Option<f64> {
        median(&fs::read(&self.0).ok()?)
    }
}

/// The median, not the slope: a neighbour's burst moves the slope.
fn median(json: &[u8]) -> Option<f64> {
    serde_json::from_slice::<Value>(json).ok()?["median"]["point_estimate"].as_f64()
}

/// Whether a name makes a folder's in a way that we know; others criterion would change, too.
pub(super) fn makes_folder_name(name: &str) -> bool {
    let fits = (1..=64).contains(&name.len());
    fits && !name.contains(['?', '"', '\\', '*', '<', '>', ':', '|', '^'])
}

/// The folder of a case, as criterion makes it of its name.
pub(super) fn folder_name(name: &str) -> String {
    name.replace('/', "_")
}

/// Criterion's folder: `CRITERION_HOME`, or `criterion` in the folder that cargo builds in.
pub(super) fn folder() -> io::Result<PathBuf> {
    if let Some(home) = env::var_os("CRITERION_HOME") {
        return Ok(home.into());
    }
    // The program lies in `target/release/deps`.
    let program = env::current_exe()?;
    Ok(program.ancestors().nth(3).unwrap_or(Path::new("target")).join("criterion"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_found() {
        let estimate = r#"{"confidence_interval":{"lower_bound":1.0},"point_estimate":33.1}"#;
        let json =
            format!(r#"{{"mean":{{"point_estimate":40.0}},"median":{estimate},"slope":null}}"#);
        assert_eq!(median(json.as_bytes()), Some(33.1));
        assert_eq!(median(b"{}"), None);
        assert_eq!(median(b""), None);
    }

    #[test]
    fn an_earlier_estimate_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let estimate = Estimate::new(folder.path(), "suite", "a case");
        estimate.forget().expect("nothing to forget is fine");
        let new = folder.path().join("suite/a case/new");
        fs::create_dir_all(&new).unwrap();
        fs::write(new.join("estimates.json"), r#"{"median":{"point_estimate":2.5}}"#).unwrap();
        assert_eq!(estimate.read(), Some(2.5));
        estimate.forget().unwrap();
        assert_eq!(estimate.read(), None);
    }

    #[test]
    fn names_that_criterion_would_change_are_none() {
        assert!(makes_folder_name("parse, plain (40 bytes) + more"));
        assert!(makes_folder_name("a/b") && folder_name("a/b") == "a_b");
        for name in ["", "a: b", "why?", &"x".repeat(65)] {
            assert!(!makes_folder_name(name), "{name}");
        }
    }
}
