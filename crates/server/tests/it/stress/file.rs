//! The files that change: what each version of each of them consists of, so that any mix of two shows.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use catzilla_server::{Coding, Level};

use super::history::{History, State};

/// Each line is as long as this, and says of which file and version it is.
pub(super) const LINE: usize = 64;

/// When a version says it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    /// All at the same time, and of the same length: only the file's number and its change time tell them apart.
    Same,
    /// Long ago, a second later each, and of different lengths.
    Dated,
    /// When it was: the server must hold none of them for two seconds.
    Fresh,
}

/// A name that is served.
#[derive(Debug)]
pub(super) struct File {
    /// Beneath the site.
    pub(super) name: String,
    /// As clients ask for it.
    pub(super) url: String,
    pub(super) times: Times,
    min_len: usize,
    /// In which codings it has company.
    pub(super) sidecars: &'static [(Coding, &'static str)],
    number: usize,
}

/// Files that change together, by one writer.
#[derive(Debug)]
pub(super) struct Group {
    /// The folder that is replaced as a whole, if it is.
    pub(super) folder: Option<&'static str>,
    pub(super) files: Vec<File>,
    pub(super) history: History,
    pub(super) next: AtomicU64,
    /// At the most, between two changes.
    pub(super) pause: Duration,
}

impl File {
    pub(super) fn new(number: usize, name: &str, times: Times, min_len: usize) -> Self {
        let url = format!("/{}", name.strip_suffix("index.html").unwrap_or(name));
        Self { name: name.to_owned(), url, times, min_len, sidecars: &[], number }
    }

    pub(super) fn with_sidecars(mut self) -> Self {
        self.sidecars = &[(Coding::Gzip, "gz"), (Coding::Brotli, "br")];
        self
    }

    /// No version is shorter.
    pub(super) fn min_len(&self) -> usize {
        self.min_len
    }

    /// The bytes of a version.
    pub(super) fn content(&self, version: u64) -> Vec<u8> {
        let len = match self.times {
            Times::Same => self.min_len,
            _ => self.min_len + (version.wrapping_mul(7919) % 701) as usize,
        };
        let mut text = String::with_capacity(len + LINE);
        for line in 0..len.div_ceil(LINE) {
            let noise = (version ^ (line as u64) << 32 ^ (self.number as u64) << 56)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            writeln!(
                text,
                "{:03} {version:012} {line:012} {noise:016x} catzilla: served",
                self.number
            )
            .unwrap();
        }
        debug_assert_eq!(text.len() % LINE, 0);
        text.truncate(len);
        text.into_bytes()
    }

    /// Which version a piece says it is of, judging by its first line.
    pub(super) fn version_of(&self, piece: &[u8]) -> Option<u64> {
        let line = std::str::from_utf8(piece.get(..16)?).ok()?;
        let (number, version) = line.split_once(' ')?;
        (number.parse() == Ok(self.number)).then_some(())?;
        version.parse().ok()
    }

    pub(super) fn modified(&self, version: u64) -> Option<SystemTime> {
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_mins(25_000_000);
        match self.times {
            Times::Same => Some(long_ago),
            Times::Dated => Some(long_ago + Duration::from_secs(version)),
            Times::Fresh => None,
        }
    }

    /// Writes a version to a path where nobody sees it.
    pub(super) fn write(&self, version: u64, to: &Path) {
        put(to, &self.content(version), self.modified(version));
    }

    /// Writes what stands beside a version, compressed.
    pub(super) fn write_sidecar(&self, version: u64, coding: Coding, to: &Path) {
        let level = Level::new(1).expect("a level");
        let coded = catzilla_content_coding::compress(coding, level, &self.content(version));
        put(to, &coded.expect("compressed"), self.modified(version));
    }
}

impl Group {
    pub(super) fn new(folder: Option<&'static str>, files: Vec<File>, pause_ms: u64) -> Self {
        Self {
            folder,
            files,
            history: History::begun_with(State::Absent),
            next: AtomicU64::new(1),
            pause: Duration::from_millis(pause_ms),
        }
    }

    pub(super) fn next_version(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

fn put(path: &Path, content: &[u8], modified: Option<SystemTime>) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, content).expect("write");
    if let Some(modified) = modified {
        let file = fs::File::options().write(true).open(path).expect("open");
        file.set_modified(modified).expect("set the time");
    }
}
