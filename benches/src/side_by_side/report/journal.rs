//! A run as it is kept: `run.json` says what was measured and how, `results.jsonl` has a line per result.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::side_by_side::machine::Machine;
use crate::side_by_side::rounds::Entrant;
use crate::side_by_side::row::Row;
use crate::side_by_side::workload::Workload;

/// What was measured and how.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::side_by_side) struct Header {
    pub(in crate::side_by_side) machine: Machine,
    /// How long, how often, on which cores, in words.
    pub(in crate::side_by_side) method: String,
    /// Ours is the first.
    pub(in crate::side_by_side) servers: Vec<Server>,
    /// What is left out.
    pub(in crate::side_by_side) missing: Vec<Missing>,
    pub(in crate::side_by_side) quick: bool,
}

/// A server that takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::side_by_side) struct Server {
    pub(in crate::side_by_side) name: String,
    pub(in crate::side_by_side) about: String,
    pub(in crate::side_by_side) version: Option<String>,
}

/// A server or a workload that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::side_by_side) struct Missing {
    pub(in crate::side_by_side) name: String,
    pub(in crate::side_by_side) why: String,
}

/// Everything that a run has found.
#[derive(Debug, Default)]
pub(in crate::side_by_side) struct Record {
    pub(in crate::side_by_side) header: Header,
    /// In the order in which they were measured.
    pub(in crate::side_by_side) rows: Vec<Row>,
    /// What the suites have found, one object per line.
    pub(in crate::side_by_side) suites: String,
}

/// A record under way.
#[derive(Debug)]
pub(in crate::side_by_side) struct Journal {
    record: Record,
    folder: PathBuf,
    file: File,
}

const HEADER: &str = "run.json";
const RESULTS: &str = "results.jsonl";

/// What a record is made from.
pub(super) const FILES: [&str; 2] = [HEADER, RESULTS];

impl Server {
    pub(in crate::side_by_side) fn of(entrant: &Entrant) -> Self {
        Self {
            name: entrant.rival.name.to_owned(),
            about: entrant.rival.about.to_owned(),
            version: entrant.version.clone(),
        }
    }
}

impl Missing {
    pub(in crate::side_by_side) fn new(name: &str, why: &str) -> Self {
        Self { name: name.to_owned(), why: why.to_owned() }
    }
}

impl Journal {
    /// Begins a record in this folder, with what the suites have found.
    pub(in crate::side_by_side) fn begin(
        folder: &Path,
        header: Header,
        suites: String,
    ) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let text = serde_json::to_string_pretty(&header)? + "\n";
        fs::write(folder.join(HEADER), text)?;
        let mut file = File::create(folder.join(RESULTS))?;
        file.write_all(suites.as_bytes())?;
        let record = Record { header, rows: Vec::new(), suites };
        Ok(Self { record, folder: folder.to_owned(), file })
    }

    /// Writes these at once: a run that is ended by force keeps them.
    pub(in crate::side_by_side) fn add(&mut self, rows: Vec<Row>) -> Result<()> {
        self.file.write_all(lines(&rows)?.as_bytes())?;
        self.record.rows.extend(rows);
        Ok(())
    }

    /// The record, and where it is.
    pub(in crate::side_by_side) fn end(self) -> (Record, PathBuf) {
        (self.record, self.folder)
    }
}

/// One object per row and line.
pub(in crate::side_by_side) fn lines(rows: &[Row]) -> Result<String> {
    let mut text = String::new();
    for row in rows {
        // Readers of the first keys find them as the suites write them.
        text += &serde_json::to_string(row)?;
        text.push('\n');
    }
    Ok(text)
}

impl Record {
    /// What a run has left in this folder.
    ///
    /// # Errors
    ///
    /// When the files aren't there. A last line that is torn is left out.
    pub(in crate::side_by_side) fn read(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let file = folder.join(name);
            fs::read_to_string(&file).with_context(|| file.display().to_string())
        };
        let header = serde_json::from_str(&read(HEADER)?).context(HEADER)?;
        let mut record = Self { header, ..Self::default() };
        for line in read(RESULTS)?.lines() {
            // Lines of suites lack the keys of a server's.
            match serde_json::from_str::<Row>(line) {
                Ok(row) => record.rows.push(row),
                Err(_) => record.suites.extend([line, "\n"]),
            }
        }
        Ok(record)
    }

    /// Workloads that have results, in their order.
    pub(super) fn workloads(&self) -> Vec<Workload> {
        let mut found: Vec<Workload> = Vec::new();
        for row in self.rows.iter().filter(|row| !row.is_latency()) {
            if !found.iter().any(|workload| workload.name == row.case) {
                found.extend(Workload::find(&row.case));
            }
        }
        found
    }

    /// The rows of a workload, or of latencies at one rate.
    pub(super) fn of<'a>(&'a self, case: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.case == case)
    }

    pub(super) fn row(&self, case: &str, server: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.case == case && row.server() == server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(case: &str, rival: Option<&str>) -> Row {
        let rival = rival.map(str::to_owned);
        let suite = "server".to_owned();
        Row { suite, case: case.to_owned(), value: Some(7.5), rival, ..Row::default() }
    }

    #[test]
    fn what_an_interrupted_run_has_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let suite = "{\"suite\": \"a\", \"case\": \"x\", \"value\": 1.0, \"unit\": \"ns\"}\n";
        let server = Server { name: "catzilla".into(), about: "ours".into(), version: None };
        let header = Header { servers: vec![server], ..Header::default() };
        let mut journal = Journal::begin(folder.path(), header.clone(), suite.into()).unwrap();
        journal.add(vec![row("hot-1k", None), row("hot-1k", Some("nginx"))]).unwrap();
        journal.add(vec![row("idle", None)]).unwrap();
        // Nothing was ended: it is all there.
        let record = Record::read(folder.path()).unwrap();
        assert_eq!((&record.header, &*record.suites), (&header, suite));
        assert_eq!(record.rows, journal.record.rows);
        let names: Vec<&str> = record.workloads().iter().map(|workload| workload.name).collect();
        assert_eq!(names, ["hot-1k", "idle"]);
        assert_eq!(record.of("hot-1k").count(), 2);
        assert!(record.row("hot-1k", "nginx").is_some() && record.row("idle", "nginx").is_none());
        super::super::write(&record, folder.path()).unwrap();
        assert!(folder.path().join("README.md").is_file());
    }

    #[test]
    fn a_record_takes_the_place_of_an_earlier_one_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let (running, kept) = (folder.path().join("running/day"), folder.path().join("kept"));
        let place = kept.join("day");
        fs::create_dir_all(&place).unwrap();
        for (name, text) in
            [("results.jsonl", "earlier"), ("size.svg", "earlier"), ("profile.md", "by hand")]
        {
            fs::write(place.join(name), text).unwrap();
        }
        let text = |name: &str| fs::read_to_string(place.join(name)).unwrap();
        let mut journal = Journal::begin(&running, Header::default(), String::new()).unwrap();
        journal.add(vec![row("hot-1k", None)]).unwrap();
        assert_eq!(text("results.jsonl"), "earlier", "while it isn't complete");
        let (record, running) = journal.end();
        super::super::write(&record, &running).unwrap();
        assert_eq!(super::super::publish(&record, &running, &kept).unwrap(), place);
        assert_eq!(Record::read(&place).unwrap().rows, record.rows);
        assert!(place.join("README.md").is_file() && !running.exists());
        assert!(!place.join("size.svg").exists(), "a plot of the earlier run");
        assert_eq!(text("profile.md"), "by hand");
    }
}
