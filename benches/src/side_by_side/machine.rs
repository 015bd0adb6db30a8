//! What the figures were taken on.

use std::fs;
use std::process::Command;
use std::time::SystemTime;

/// A machine and a day.
#[derive(Debug)]
pub(super) struct Machine {
    /// `YYYY-MM-DD`.
    pub(super) date: String,
    pub(super) cpu: String,
    pub(super) cores: usize,
    /// GiB of memory.
    pub(super) memory: u64,
    pub(super) kernel: String,
    pub(super) rustc: String,
}

impl Machine {
    pub(super) fn here() -> Self {
        let read = |file| fs::read_to_string(file).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let value = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split(':').nth(1)).unwrap_or("unknown").trim().to_owned()
        };
        let kilobytes = value(&read("/proc/meminfo"), "MemTotal");
        let kilobytes: u64 =
            kilobytes.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let rustc = Command::new("rustc").arg("--version").output();
        Self {
            date: iso_date(SystemTime::now()),
            cpu: value(&cpuinfo, "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: kilobytes.div_ceil(1024 * 1024),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: rustc
                .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
                .unwrap_or_default(),
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
            memory: 8,
            kernel: String::new(),
            rustc: String::new(),
        };
        assert_eq!(machine.slug(), "2026-11-24-2-cores-intel-xeon");
    }
}
