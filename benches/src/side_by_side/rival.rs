//! The servers that are measured: where each is found, how it is set up, how it is started.

mod lighttpd;
mod nginx;
mod python;

use std::env;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

/// Everybody that can be measured beside us.
pub(super) const RIVALS: [Rival; 12] = [
    CATZILLA_UNCACHED,
    nginx::TUNED,
    nginx::UNCACHED,
    nginx::SHIPPED,
    H2O,
    lighttpd::LIGHTTPD,
    CADDY,
    STATIC_WEB_SERVER,
    python::GRANIAN,
    python::STARLETTE,
    python::CATZILLA_02,
    FLOOR,
];

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
}

/// This project's server, as it comes.
pub(super) const CATZILLA: Rival = Rival {
    name: "catzilla",
    about: "as it comes, one thread",
    program: "catzilla",
    version: &["--version"],
    prefix: "",
    command: |setting| {
        Ok(setting
            .run(["serve", &setting.root_text(), "-q", "--threads", "1", "--port"])
            .arg_port(setting))
    },
};

/// The same without its cache.
const CATZILLA_UNCACHED: Rival = Rival {
    name: "catzilla-no-cache",
    about: "--no-cache, one thread",
    command: |setting| {
        Ok(setting
            .run(["serve", &setting.root_text(), "-q", "--threads", "1", "--no-cache", "--port"])
            .arg_port(setting))
    },
    ..CATZILLA
};

/// The loop that only receives and sends.
pub(super) const FLOOR: Rival = Rival {
    name: "floor",
    about: "receives, sends a constant",
    program: "floor",
    version: &[],
    prefix: "",
    command: |setting| {
        let mut command = setting.run([""; 0]).arg_port(setting);
        command.arg(setting.size.to_string());
        if setting.closes {
            command.arg("close");
        }
        Ok(command)
    },
};

const H2O: Rival = Rival {
    name: "h2o",
    about: "one thread, gzip, no log",
    program: "h2o",
    version: &["--version"],
    prefix: "",
    command: |setting| {
        let (port, root) = (setting.address.port(), setting.root_text());
        let text = format!(
            "listen:\n  host: 127.0.0.1\n  port: {port}\nnum-threads: 1\nmax-connections: 20000\ncompress: [ gzip ]\n\
             {}hosts:\n  default:\n    paths:\n      /:\n        file.dir: \"{root}\"\n",
            if rustix::process::getuid().is_root() { "user: root\n" } else { "" },
        );
        let file = setting.write("h2o.conf", &text)?;
        Ok(setting.run(["-c".as_ref(), file.as_os_str()]))
    },
};

const CADDY: Rival = Rival {
    name: "caddy",
    about: "file-server, GOMAXPROCS=1",
    program: "caddy",
    version: &["version"],
    prefix: "",
    command: |setting| {
        let (address, root) = (setting.address.to_string(), setting.root_text());
        let mut command = setting.run(["file-server", "--listen", &address, "--root", &root]);
        command.env("GOMAXPROCS", "1").env("HOME", setting.folder);
        Ok(command)
    },
};

const STATIC_WEB_SERVER: Rival = Rival {
    name: "static-web-server",
    about: "as it comes, one thread, log at error",
    program: "static-web-server",
    version: &["--version"],
    prefix: "",
    command: |setting| {
        let root = setting.root_text();
        Ok(setting
            .run(["--host=127.0.0.1", "--threads-multiplier=1", "--log-level=error", "--root"])
            .also([&root, "--port"])
            .arg_port(setting))
    },
};

impl Rival {
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

/// The names of everybody, for messages.
pub(super) fn names() -> String {
    let mut names = String::new();
    for rival in &RIVALS {
        let comma = if names.is_empty() { "" } else { ", " };
        let _ = write!(names, "{comma}{}", rival.name);
    }
    names
}
