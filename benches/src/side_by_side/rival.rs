//! The servers that are measured: where each is found, how it is set up, how it is started.

mod lighttpd;
mod nginx;
mod others;
mod ours;
mod python;

use std::env;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::side_by_side::certificate::Certificate;
use crate::side_by_side::workload::{HTTP2, Work, Workload};

pub(super) use ours::CATZILLA;

/// Connections that wait to be accepted: ours has so many, and whoever can be told is told the same.
const BACKLOG: usize = 1024;

/// Everybody that can be measured beside us.
pub(super) const RIVALS: [Rival; 14] = [
    ours::UNCACHED,
    nginx::TUNED,
    nginx::UNCACHED,
    nginx::SHIPPED,
    others::H2O,
    lighttpd::LIGHTTPD,
    others::CADDY,
    others::STATIC_WEB_SERVER,
    others::HYPER,
    ours::HYPER_SERVICE,
    python::GRANIAN,
    python::STARLETTE,
    python::CATZILLA_02,
    ours::FLOOR,
];

/// Who is set up for TLS as well.
const SPEAK_TLS: [&str; 5] =
    [CATZILLA.name, ours::UNCACHED.name, nginx::TUNED.name, nginx::UNCACHED.name, others::H2O.name];

/// A server.
#[derive(Debug)]
pub(super) struct Rival {
    /// What it is called in tables and in `--against`.
    pub(super) name: &'static str,
    /// How it is set up, in a few words.
    pub(super) about: &'static str,
    /// The program, looked for in `PATH`, in the folder of rivals and in that of our own programs.
    pub(super) program: &'static str,
    /// How it says its version.
    pub(super) version: &'static [&'static str],
    /// What comes before each path: some can't serve a folder as `/`.
    pub(super) prefix: &'static str,
    /// Whether it is of this repository: what it does wrong is a fault.
    pub(super) is_ours: bool,
    /// How many connections its configuration lets it have.
    pub(super) most_connections: Option<usize>,
    /// Workloads that it is known not to do, or not as everybody else does, with the reason.
    pub(super) lacks: &'static [(&'static str, &'static str)],
    /// What starts it, with its configuration written.
    pub(super) command: fn(&Setting<'_>) -> Result<Command>,
}

/// What a server is set up for.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    /// Its program.
    pub(super) program: &'a Path,
    /// What it serves.
    pub(super) root: &'a Path,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// A folder for its configuration and logs.
    pub(super) folder: &'a Path,
    /// For the floor: how much content a response has.
    pub(super) size: u64,
    /// For the floor: whether it closes after one response.
    pub(super) closes: bool,
    /// The certificate to show, if TLS is to be spoken.
    pub(super) tls: Option<&'a Certificate>,
    /// Whether it is to compress, where that costs those who don't ask for it as well.
    pub(super) compresses: bool,
    /// Whether it is to speak HTTP/2 without TLS, where it can't do that beside HTTP/1.1.
    pub(super) is_http2: bool,
}

/// Why a server has no part in HTTP/2 without TLS.
const NO_HTTP2: (&str, &str) = (HTTP2, "it speaks no HTTP/2 without TLS");

impl Rival {
    /// Why it doesn't do this kind of work, where that is known without trying.
    pub(super) fn cannot(&self, workload: &Workload) -> Option<&'static str> {
        if self.name == ours::FLOOR.name && workload.work == Work::Pages {
            return Some("what it sends would be no page");
        }
        if self.name == ours::UNCACHED.name && workload.work == Work::Compressed {
            return Some("without its cache it compresses nothing");
        }
        if workload.work.is_tls() && !SPEAK_TLS.contains(&self.name) {
            return Some("it is set up without TLS here");
        }
        self.lacks.iter().find(|(name, _)| *name == workload.name).map(|&(_, why)| why)
    }

    /// Where its program is, if it is installed.
    pub(super) fn find(&self, folders: &[PathBuf]) -> Option<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        // Debian keeps servers where a user's PATH doesn't look.
        let system = ["/usr/sbin".into(), "/usr/local/sbin".into()];
        folders
            .iter()
            .cloned()
            .chain(env::split_paths(&path))
            .chain(system)
            .map(|folder| folder.join(self.program))
            .find(|file| file.is_file())
    }

    /// What it says of itself.
    pub(super) fn version(&self, program: &Path) -> Option<String> {
        if self.version.is_empty() {
            return None;
        }
        let output = Command::new(program).args(self.version).output().ok()?;
        // nginx says it on standard error.
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        let word = said
            .split_whitespace()
            .find(|word| word.contains('.') && word.contains(|char: char| char.is_ascii_digit()))?;
        let word = word.rsplit('/').next().unwrap_or(word);
        Some(word.trim_matches(|char: char| !char.is_ascii_alphanumeric()).to_owned())
    }
}

impl Setting<'_> {
    /// What was written for the server, by name.
    pub(super) fn written(&self) -> Result<Vec<(String, String)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.folder)? {
            let entry = entry?;
            // A folder is for the server to fill.
            if entry.file_type()?.is_file() {
                let name = entry.file_name().to_string_lossy().into_owned();
                files.push((name, fs::read_to_string(entry.path())?));
            }
        }
        files.sort();
        Ok(files)
    }

    fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(self.program);
        command.args(args).current_dir(self.folder);
        command
    }

    fn root_text(&self) -> String {
        self.root.display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let file = self.folder.join(name);
        fs::write(&file, text)?;
        Ok(file)
    }
}

/// Arguments one after another.
trait Also {
    fn also(self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self;
    fn arg_port(self, setting: &Setting<'_>) -> Self;
}

impl Also for Command {
    fn also(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args(args);
        self
    }

    fn arg_port(self, setting: &Setting<'_>) -> Self {
        self.also([setting.address.port().to_string()])
    }
}

/// A server by its name, ours included.
pub(super) fn find(name: &str) -> Option<Rival> {
    RIVALS.into_iter().chain([CATZILLA]).find(|rival| rival.name == name)
}

/// The names of everybody, for messages.
pub(super) fn names() -> String {
    let mut names = String::new();
    for rival in &RIVALS {
        let comma = if names.is_empty() { "" } else { ", " };
        let _ = write!(names, "{comma}{}", rival.name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::side_by_side::workload::WORKLOADS;

    #[test]
    fn names_are_told_apart() {
        for (at, rival) in RIVALS.iter().enumerate() {
            assert!(RIVALS[..at].iter().all(|other| other.name != rival.name), "{}", rival.name);
            assert!(find(rival.name).is_some() && names().contains(rival.name));
        }
        assert!(find("catzilla").is_some_and(|rival| rival.is_ours) && find("apache").is_none());
    }

    #[test]
    fn of_ours_only_two_lack_something_and_what_others_lack_has_a_name() {
        let lacks = |rival: &Rival| {
            let plain = WORKLOADS.iter().filter(|workload| !workload.work.is_tls());
            plain.filter(|workload| rival.cannot(workload).is_some()).count()
        };
        let is_ours = |rival: &&Rival| rival.is_ours || rival.name == "floor";
        let lacking: Vec<_> = RIVALS.iter().filter(is_ours).filter(|it| lacks(it) > 0).collect();
        assert_eq!(lacking.len(), 2);
        assert_eq!(lacks(&CATZILLA), 0);
        for (name, why) in RIVALS.iter().flat_map(|rival| rival.lacks) {
            assert!(Workload::find(name).is_some() && !why.is_empty(), "{name}");
        }
    }

    #[test]
    fn who_speaks_tls_is_told_with_what() {
        let folder = tempfile::tempdir().unwrap();
        let certificate = Certificate::new(folder.path()).unwrap();
        for name in SPEAK_TLS {
            let rival = find(name).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let setting = Setting {
                program: rival.program.as_ref(),
                root: "/srv/a-site".as_ref(),
                address: "127.0.0.1:45678".parse().unwrap(),
                folder: folder.path(),
                size: 1,
                closes: false,
                tls: Some(&certificate),
                compresses: false,
                is_http2: false,
            };
            let mut text = format!("{:?}", (rival.command)(&setting).unwrap());
            text.extend(setting.written().unwrap().into_iter().map(|(_, text)| text));
            for file in [&certificate.cert, &certificate.key] {
                assert!(text.contains(&file.display().to_string()), "{text}");
            }
        }
    }

    #[test]
    fn configurations_name_what_they_serve() {
        for rival in RIVALS.iter().filter(|rival| rival.name != "floor") {
            let folder = tempfile::tempdir().unwrap();
            let setting = Setting {
                program: rival.program.as_ref(),
                root: "/srv/a-site".as_ref(),
                address: "127.0.0.1:45678".parse().unwrap(),
                folder: folder.path(),
                size: 1,
                closes: false,
                tls: None,
                compresses: true,
                is_http2: true,
            };
            let command = (rival.command)(&setting).unwrap();
            let mut text = format!("{command:?}");
            text.extend(setting.written().unwrap().into_iter().map(|(_, text)| text));
            assert!(text.contains("/srv/a-site") && text.contains("45678"), "{text}");
        }
    }
}
