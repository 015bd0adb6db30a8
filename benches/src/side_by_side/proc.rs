//! What the kernel tells of processes and connections.

use std::fs;
use std::io;

use anyhow::{Context, Result};

/// CPU time of a process and its children.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct CpuTime {
    /// Seconds in user mode.
    pub(super) user: f64,
    /// Seconds in the kernel.
    pub(super) system: f64,
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

/// What these have used so far.
pub(super) fn cpu_time(pids: &[u32]) -> Result<CpuTime> {
    let mut sum = CpuTime::default();
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    for pid in pids {
        let (user, system) = cpu_ticks(&fs::read_to_string(format!("/proc/{pid}/stat"))?)
            .context("/proc/PID/stat has another shape")?;
        sum.user += user as f64 / ticks;
        sum.system += system as f64 / ticks;
    }
    Ok(sum)
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
