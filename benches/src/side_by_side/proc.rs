//! What the kernel tells of processes and connections.

use std::fs;
use std::io;

use anyhow::{Context, Result, ensure};

/// CPU time of a process and its children.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct CpuTime {
    /// Seconds in user mode.
    pub(super) user: f64,
    /// Seconds in the kernel.
    pub(super) system: f64,
}

/// CPU time, and whose it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Used {
    time: CpuTime,
    /// In ascending order.
    by: Vec<u32>,
}

/// Memory of a process and its children.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Memory {
    /// Bytes resident; what several processes share counts once.
    pub(super) resident: u64,
    /// Of these, bytes that belong to no file.
    pub(super) anonymous: u64,
}

/// The process and all its descendants.
pub(super) fn family(pid: u32) -> Vec<u32> {
    let mut pids = vec![pid];
    let mut at = 0;
    while let Some(pid) = pids.get(at) {
        pids.extend(children(*pid).unwrap_or_default());
        at += 1;
    }
    pids
}

fn children(pid: u32) -> io::Result<Vec<u32>> {
    let mut children = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("children"))?;
        children.extend(text.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Ok(children)
}

impl Used {
    /// What has been used since an earlier look, by the same processes.
    ///
    /// # Errors
    ///
    /// When some have ended since, whose time nobody knows any more, or others have begun.
    pub(super) fn since(&self, before: &Self) -> Result<CpuTime> {
        let only_in = |some: &Self, other: &Self| {
            some.by.iter().filter(|pid| !other.by.contains(pid)).count()
        };
        let (ended, begun) = (only_in(before, self), only_in(self, before));
        ensure!(
            ended == 0 && begun == 0,
            "of its {} processes {ended} ended during the round, and {begun} began",
            before.by.len()
        );
        Ok(CpuTime {
            user: self.time.user - before.time.user,
            system: self.time.system - before.time.system,
        })
    }
}

/// What these have used so far.
pub(super) fn cpu_time(pids: &[u32]) -> Result<Used> {
    let mut sum = CpuTime::default();
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    for pid in pids {
        let (user, system) = cpu_ticks(&fs::read_to_string(format!("/proc/{pid}/stat"))?)
            .context("/proc/PID/stat has another shape")?;
        sum.user += user as f64 / ticks;
        sum.system += system as f64 / ticks;
    }
    let mut by = pids.to_vec();
    by.sort_unstable();
    Ok(Used { time: sum, by })
}

/// What these hold now.
pub(super) fn memory(pids: &[u32]) -> Result<Memory> {
    let mut sum = Memory::default();
    for pid in pids {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        sum.resident += kilobytes(&rollup, "Pss:").context("no Pss")? * 1024;
        sum.anonymous += kilobytes(&rollup, "Pss_Anon:").context("no Pss_Anon")? * 1024;
    }
    Ok(sum)
}

/// Connections of a server's port on 127.0.0.1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Connections {
    /// Open on both ends.
    pub(super) established: usize,
    /// All that the server has not closed yet, these included.
    pub(super) alive: usize,
}

/// The connections that a server on this port has now.
pub(super) fn connections(port: u16) -> Result<Connections> {
    Ok(count(&fs::read_to_string("/proc/net/tcp")?, port))
}

/// `sl local_address rem_address st …`, numbers in hexadecimal digits.
fn count(table: &str, port: u16) -> Connections {
    let mut found = Connections::default();
    for line in table.lines().skip(1) {
        let mut words = line.split_whitespace().skip(1);
        let (Some(local), Some(state)) = (words.next(), words.nth(1)) else { continue };
        let local = local.rsplit(':').next().and_then(|port| u16::from_str_radix(port, 16).ok());
        if local == Some(port) {
            // 01 is ESTABLISHED and 08 CLOSE_WAIT: its program hasn't closed it.
            found.established += usize::from(state == "01");
            found.alive += usize::from(state == "01" || state == "08");
        }
    }
    found
}

/// User and system ticks; the name before them may contain anything.
fn cpu_ticks(stat: &str) -> Option<(u64, u64)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn kilobytes(rollup: &str, name: &str) -> Option<u64> {
    rollup.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_proc_are_understood() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 1 0 0 0 12 34 5 6 20 0 1 0 9";
        assert_eq!(cpu_ticks(stat), Some((12, 34)));
        let rollup = "0-1 ---p [rollup]\nRss:   9 kB\nPss:   7 kB\nPss_Anon:   3 kB\n";
        assert_eq!((kilobytes(rollup, "Pss:"), kilobytes(rollup, "Pss_Anon:")), (Some(7), Some(3)));
        assert_eq!(kilobytes(rollup, "Swap:"), None);
    }

    #[test]
    fn time_of_processes_that_come_or_go_is_no_figure() {
        let used = |seconds, by: &[u32]| Used {
            time: CpuTime { user: seconds, system: 2.0 * seconds },
            by: by.to_vec(),
        };
        let before = used(1.0, &[7, 8]);
        let since = used(3.0, &[7, 8]).since(&before).unwrap();
        assert_eq!(since, CpuTime { user: 2.0, system: 4.0 });
        for (after, says) in [
            (&[7][..], "of its 2 processes 1 ended during the round, and 0 began"),
            (&[7, 8, 9], "0 ended during the round, and 1 began"),
            (&[7, 9], "1 ended during the round, and 1 began"),
        ] {
            let err = used(3.0, after).since(&before).unwrap_err().to_string();
            assert!(err.contains(says), "{err}");
        }
    }

    #[test]
    fn connections_of_a_port_are_counted_by_their_state() {
        let table = "  sl  local_address rem_address   st tx_queue\n\
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000\n\
            1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000\n\
            2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000\n\
            3: 0100007F:1F90 0100007F:C352 08 00000000:00000000 00:00000000\n\
            4: 0100007F:1F90 0100007F:C354 06 00000000:00000000 00:00000000\n";
        assert_eq!(count(table, 8080), Connections { established: 1, alive: 2 });
        assert_eq!(count(table, 80), Connections::default());
        assert_eq!(count("", 80), Connections::default());
    }

    #[test]
    fn connections_of_this_machine_are_seen() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let _client = std::net::TcpStream::connect(address).unwrap();
        let _accepted = listener.accept().unwrap();
        assert_eq!(connections(address.port()).unwrap().established, 1);
    }
}
