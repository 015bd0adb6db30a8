//! What the figures were taken on, and by what.

use std::fs;
use std::process::Command;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A machine and a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Machine {
    /// `YYYY-MM-DD`.
    pub(super) date: String,
    pub(super) cpu: String,
    pub(super) cores: usize,
    /// GiB of memory.
    pub(super) memory: u64,
    pub(super) kernel: String,
    pub(super) rustc: String,
    /// How the clock of the cores is governed, where that can be seen.
    pub(super) governor: Option<String>,
    /// The commit that was built, and whether files differ from it.
    pub(super) commit: String,
    /// Programs that load, with what they say of themselves.
    pub(super) tools: Vec<(String, String)>,
    /// Settings of the kernel that matter to connections.
    pub(super) sysctls: Vec<(String, String)>,
}

const SYSCTLS: [&str; 6] = [
    "net/core/somaxconn",
    "net/ipv4/tcp_max_syn_backlog",
    "net/ipv4/tcp_rmem",
    "net/ipv4/tcp_wmem",
    "net/ipv4/tcp_congestion_control",
    "net/ipv4/ip_local_port_range",
];

impl Machine {
    pub(super) fn here() -> Self {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let cpuinfo = read("/proc/cpuinfo");
        let value = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split(':').nth(1)).unwrap_or("unknown").trim().to_owned()
        };
        let kilobytes = value(&read("/proc/meminfo"), "MemTotal");
        let kilobytes: u64 =
            kilobytes.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let governor = words(&read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
        let tools = [("wrk", "-v"), ("h2load", "--version")];
        let sysctl = |name: &&str| {
            let value = words(&read(&format!("/proc/sys/{name}")));
            (!value.is_empty()).then(|| (name.replace('/', "."), value))
        };
        Self {
            date: iso_date(SystemTime::now()),
            cpu: value(&cpuinfo, "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: kilobytes.div_ceil(1024 * 1024),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: first_line("rustc", &["--version"]).unwrap_or_default(),
            governor: Some(governor).filter(|governor| !governor.is_empty()),
            commit: commit().unwrap_or_else(|| "unknown".to_owned()),
            tools: tools
                .into_iter()
                .filter_map(|(tool, flag)| Some((tool.to_owned(), first_line(tool, &[flag])?)))
                .collect(),
            sysctls: SYSCTLS.iter().filter_map(sysctl).collect(),
        }
    }

    /// The name of its record's folder, such as `2026-11-24-2-cores-intel-xeon`.
    pub(super) fn slug(&self) -> String {
        let words = self.cpu.split('@').next().unwrap_or_default().to_ascii_lowercase();
        let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { ' ' };
        let words: String =
            words.replace("(r)", " ").replace("(tm)", " ").chars().map(plain).collect();
        let dull = ["cpu", "processor", "ghz", "core", "with", "unknown"];
        let words: Vec<&str> =
            words.split_whitespace().filter(|word| !dull.contains(word)).take(3).collect();
        let cpu = if words.is_empty() { "unknown".to_owned() } else { words.join("-") };
        format!("{}-{}-cores-{cpu}", self.date, self.cores)
    }
}

/// The first line that a program says, on either way; wrk says its version and fails.
fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    said.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

fn commit() -> Option<String> {
    let git = |args: &[&str]| {
        let folder = concat!("--git-dir=", env!("CARGO_MANIFEST_DIR"), "/../.git");
        let tree = concat!("--work-tree=", env!("CARGO_MANIFEST_DIR"), "/..");
        let output = Command::new("git").args([folder, tree]).args(args).output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(said)
    };
    let commit = git(&["rev-parse", "HEAD"])?;
    let status = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let changed = if status.is_empty() { "" } else { ", with changes" };
    Some(format!("{commit}{changed}"))
}

fn iso_date(time: SystemTime) -> String {
    let date = httpdate::fmt_http_date(time);
    // `Tue, 24 Nov 2026 13:45:37 GMT`
    let words: Vec<&str> = date.split(' ').collect();
    let months =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|month| *month == words[2]).map_or(0, |at| at + 1);
    format!("{}-{month:02}-{}", words[3], words[1])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn folders_of_records_have_plain_names() {
        let machine = Machine {
            date: iso_date(SystemTime::UNIX_EPOCH + Duration::from_hours(498_750)),
            cpu: "Intel(R) Xeon(R) Processor @ 2.90GHz".to_owned(),
            cores: 2,
            ..Machine::default()
        };
        assert_eq!(machine.slug(), "2026-11-24-2-cores-intel-xeon");
    }
}
