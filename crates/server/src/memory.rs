//! How much memory there is left for the process, and when that is too little.
//! What is given back then is decided in `store.rs`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What is left of the memory that the process may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryReading {
    /// Bytes that can be had without anybody being killed, or throttled, for it.
    pub free: u64,
    /// Bytes there are in all.
    pub total: u64,
}

impl MemoryReading {
    /// Memory runs short: less than one byte in sixteen is left.
    pub(crate) fn is_short(self) -> bool {
        self.free < self.total / 16
    }

    /// It doesn't any more. Between the two everything stays as it is, or it would go to and fro.
    pub(crate) fn is_ample(self) -> bool {
        self.free >= self.total / 8
    }
}

/// Where the server reads how much memory there is left; tests bring their own. Asked in a thread that may wait, once per tick.
pub trait Memory: fmt::Debug + Send + Sync + 'static {
    /// What is left now; `None` if nobody knows.
    fn read(&self) -> Option<MemoryReading>;
}

/// The memory of the machine, or that of the control group (version 2) of the process and those above it, whichever is
/// shorter. Only Linux tells.
#[derive(Debug)]
pub struct HostMemory {
    /// From the group of the process upwards.
    groups: Vec<PathBuf>,
    of_machine: PathBuf,
}

impl HostMemory {
    /// Finds out in which control group the process is.
    pub fn new() -> Self {
        Self::beneath(Path::new("/"))
    }

    fn beneath(root: &Path) -> Self {
        let top = root.join("sys/fs/cgroup");
        let own = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
        let own = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
        let groups = top.join(own);
        let groups = groups.ancestors().take_while(|group| group.starts_with(&top));
        // The top one has no limits; without this controller none has.
        let groups = groups.filter(|group| group.join("memory.current").exists());
        Self { groups: groups.map(Path::to_owned).collect(), of_machine: root.join("proc/meminfo") }
    }
}

impl Default for HostMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory for HostMemory {
    fn read(&self) -> Option<MemoryReading> {
        let of_groups = self.groups.iter().filter_map(|group| of_group(group));
        let readings = of_groups.chain(of_machine(&self.of_machine));
        // By how much of it is left, in thousandths.
        readings.min_by_key(|reading| u128::from(reading.free) * 1000 / u128::from(reading.total))
    }
}

/// `memory.current` counts the page cache too, which the kernel takes back when it is needed.
fn of_group(group: &Path) -> Option<MemoryReading> {
    let number = |name: &str| fs::read_to_string(group.join(name)).ok()?.trim().parse().ok();
    // "max" is no limit.
    let total = ["memory.high", "memory.max"].into_iter().filter_map(number).min()?;
    let used: u64 = number("memory.current")?;
    let stat = fs::read_to_string(group.join("memory.stat")).ok()?;
    let of_files = ["active_file", "inactive_file"].into_iter().filter_map(|name| {
        let field = |line: &str| line.strip_prefix(name)?.trim().parse::<u64>().ok();
        stat.lines().find_map(field)
    });
    let used = used.saturating_sub(of_files.sum());
    (total > 0).then_some(MemoryReading { free: total.saturating_sub(used), total })
}

fn of_machine(path: &Path) -> Option<MemoryReading> {
    let text = fs::read_to_string(path).ok()?;
    let field = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib.saturating_mul(1024))
    };
    let (free, total) = (field("MemAvailable:")?, field("MemTotal:")?);
    (total > 0).then_some(MemoryReading { free, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: (&str, &str) =
        ("proc/meminfo", "MemTotal:  1000 kB\nMemFree:  1 kB\nMemAvailable:   500 kB\n");

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: Option<(u64, u64)>) {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let reading = HostMemory::beneath(root.path()).read();
        assert_eq!(reading, expected.map(|(free, total)| MemoryReading { free, total }));
    }

    #[test]
    fn the_shortest_of_machine_and_groups_counts() {
        let own = ("proc/self/cgroup", "4:memory:/v1\n0::/web/one\n");
        let stat = "anon 1\nactive_file 30\ninactive_file 20\nfile 50\n";
        let group = |current, high, max| {
            [
                own,
                MACHINE,
                ("sys/fs/cgroup/web/one/memory.current", current),
                ("sys/fs/cgroup/web/one/memory.high", high),
                ("sys/fs/cgroup/web/one/memory.max", max),
                ("sys/fs/cgroup/web/one/memory.stat", stat),
            ]
        };
        check(&[], None);
        check(&[MACHINE], Some((512_000, 1_024_000)));
        check(&[("proc/meminfo", "MemTotal: 1 kB\n")], None);
        check(&group("100\n", "max\n", "200\n"), Some((512_000, 1_024_000)));
        check(&group("220\n", "max\n", "200\n"), Some((30, 200)));
        check(&group("220\n", "190\n", "200\n"), Some((20, 190)));
        check(&group("900\n", "max\n", "200\n"), Some((0, 200)));
        check(&group("220\n", "max\n", "max\n"), Some((512_000, 1_024_000)));
        let above = [
            ("sys/fs/cgroup/web/memory.current", "95"),
            ("sys/fs/cgroup/web/memory.max", "100"),
            ("sys/fs/cgroup/web/memory.stat", ""),
        ];
        let files: Vec<_> = group("100\n", "max\n", "200\n").into_iter().chain(above).collect();
        check(&files, Some((5, 100)));
    }

    #[test]
    fn between_short_and_ample_lies_something() {
        for (free, short, ample) in
            [(0, true, false), (99, true, false), (100, false, false), (199, false, false)]
        {
            let reading = MemoryReading { free, total: 1600 };
            assert_eq!((reading.is_short(), reading.is_ample()), (short, ample), "{free}");
        }
        assert!(MemoryReading { free: 200, total: 1600 }.is_ample());
    }
}
