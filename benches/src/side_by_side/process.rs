//! Processes that are measured: their cores, their CPU time, their memory.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a server may take until it accepts connections. Python takes a while.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks whether a server is there yet.
#[allow(clippy::disallowed_methods, reason = "nothing tells when another program listens")]
fn pause() {
    sleep(Duration::from_millis(20));
}

/// A command that runs on this core only, as all its children do.
pub(super) fn pinned(core: usize, command: &Command) -> Command {
    let mut pinned = Command::new("taskset");
    pinned.arg("-c").arg(core.to_string()).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => pinned.env(name, value),
            None => pinned.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        pinned.current_dir(folder);
    }
    pinned
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    pub(super) address: SocketAddr,
}

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

impl Running {
    /// Starts a server and waits until it accepts connections.
    pub(super) fn start(command: &mut Command, address: SocketAddr) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let name = command.get_args().nth(2).unwrap_or_default().to_owned();
        let child = command.spawn().with_context(|| format!("{} can't start", name.display()))?;
        let mut running = Self { child, address };
        let begin = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = running.child.try_wait()? {
                bail!("{} ended at once: {status}", name.display());
            }
            if begin.elapsed() > PATIENCE {
                bail!("{} doesn't accept connections at {address}", name.display());
            }
            pause();
        }
        Ok(running)
    }

    /// What it has used so far.
    pub(super) fn cpu_time(&self) -> Result<CpuTime> {
        let mut sum = CpuTime::default();
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        for pid in self.pids() {
            let (user, system) = cpu_ticks(&fs::read_to_string(format!("/proc/{pid}/stat"))?)
                .context("/proc/PID/stat has another shape")?;
            sum.user += user as f64 / ticks;
            sum.system += system as f64 / ticks;
        }
        Ok(sum)
    }

    /// What it holds now.
    pub(super) fn memory(&self) -> Result<Memory> {
        let mut sum = Memory::default();
        for pid in self.pids() {
            let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
            sum.resident += kilobytes(&rollup, "Pss:").context("no Pss")? * 1024;
            sum.anonymous += kilobytes(&rollup, "Pss_Anon:").context("no Pss_Anon")? * 1024;
        }
        Ok(sum)
    }

    /// The process and all its descendants.
    fn pids(&self) -> Vec<u32> {
        let mut pids = vec![self.child.id()];
        let mut at = 0;
        while let Some(pid) = pids.get(at) {
            pids.extend(children(*pid).unwrap_or_default());
            at += 1;
        }
        pids
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The master goes first, or it would start others in the place of its workers; who they are is known by then.
        for pid in self.pids() {
            if let Some(pid) = rustix::process::Pid::from_raw(pid as i32) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
        let _ = self.child.wait();
    }
}

fn children(pid: u32) -> io::Result<Vec<u32>> {
    let mut children = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("children"))?;
        children.extend(text.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Ok(children)
}

/// User and system ticks; the name before them may contain anything.
fn cpu_ticks(stat: &str) -> Option<(u64, u64)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn kilobytes(rollup: &str, name: &str) -> Option<u64> {
    rollup.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// A port of the loopback that is free now.
pub(super) fn free_port() -> io::Result<SocketAddr> {
    std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()
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
    fn children_are_counted_and_ended() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 100 & wait"]);
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let running = Running::start(&mut pinned(0, &command), address).unwrap();
        let begin = Instant::now();
        while running.pids().len() < 2 && begin.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
        let pids = running.pids();
        assert_eq!(pids.len(), 2);
        assert!(running.memory().unwrap().resident > 0);
        running.cpu_time().unwrap();
        drop(running);
        let runs = |pid: &u32| {
            fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
        };
        while pids.iter().any(runs) && begin.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
        assert!(!pids.iter().any(runs));
    }
}
