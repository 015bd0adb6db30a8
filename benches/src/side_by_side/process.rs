//! Servers that are measured.

use std::ffi::OsStr;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use crate::side_by_side::guard::{Guarded, interrupted};
use crate::side_by_side::proc::{self, Memory, Used};

/// How long a server may take until it accepts connections. Python takes a while.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a server may take to close what its clients have closed.
const SETTLING: Duration = Duration::from_secs(5);

/// Between two looks.
#[allow(clippy::disallowed_methods, reason = "nothing tells what another program has done")]
fn pause() {
    sleep(Duration::from_millis(20));
}

/// A command that runs on this core only, as all its children do; or anywhere.
pub(super) fn pinned(core: Option<usize>, command: &Command) -> Command {
    let program = command.get_program();
    let mut pinned = match core {
        Some(core) => {
            let mut taskset = Command::new("taskset");
            taskset.arg("-c").arg(core.to_string()).arg(program);
            taskset
        }
        None => Command::new(program),
    };
    pinned.args(command.get_args());
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
    guarded: Guarded,
    pub(super) address: SocketAddr,
}

impl Running {
    /// Starts a server and waits until it accepts connections.
    pub(super) fn start(name: &str, command: &mut Command, address: SocketAddr) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let guarded = Guarded::spawn(command).with_context(|| format!("{name} can't start"))?;
        let mut running = Self { guarded, address };
        let begin = Instant::now();
        while TcpStream::connect(address).is_err() {
            interrupted()?;
            if let Some(status) = running.guarded.child.try_wait()? {
                bail!("{name} ended at once: {status}");
            }
            if begin.elapsed() > PATIENCE {
                bail!("{name} doesn't accept connections at {address}");
            }
            pause();
        }
        Ok(running)
    }

    /// What it has used so far.
    pub(super) fn cpu_time(&self) -> Result<Used> {
        proc::cpu_time(&self.pids())
    }

    /// What it holds now.
    pub(super) fn memory(&self) -> Result<Memory> {
        proc::memory(&self.pids())
    }

    /// How many connections it has that are open on both ends.
    pub(super) fn established(&self) -> Result<usize> {
        Ok(proc::connections(self.address.port())?.established)
    }

    /// Lets it go on after [`stop`](Self::stop).
    pub(super) fn go_on(&self) {
        self.guarded.signal(Signal::CONT);
    }

    /// Waits until it has closed the connections that its clients have closed, so that this isn't charged to the
    /// next round, and stops it: who isn't measured takes no time from who is, and touches no cache of the core.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub(super) fn stop(&mut self) -> Result<()> {
        let begin = Instant::now();
        while proc::connections(self.address.port())?.alive > 0 && begin.elapsed() < SETTLING {
            interrupted()?;
            pause();
        }
        if let Some(status) = self.guarded.child.try_wait()? {
            bail!("it has ended: {status}");
        }
        self.guarded.signal(Signal::STOP);
        Ok(())
    }

    fn pids(&self) -> Vec<u32> {
        proc::family(self.guarded.child.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Those who have left the group as well. The master goes first, or it would start others in the place of its
        // workers; who they are is known by then.
        for pid in self.pids() {
            if let Some(pid) = rustix::process::Pid::from_raw(pid as i32) {
                let _ = rustix::process::kill_process(pid, Signal::KILL);
            }
        }
    }
}

/// Whether a program can be started.
pub(super) fn starts(program: impl AsRef<OsStr>, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok()
}

/// A port of the loopback that is free now.
pub(super) fn free_port() -> io::Result<SocketAddr> {
    std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The letter of a process's state, unless it is gone.
    fn state(pid: u32) -> Option<char> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.chars().next().filter(|&state| state != 'Z')
    }

    #[track_caller]
    fn wait_for(what: impl Fn() -> bool) {
        let begin = Instant::now();
        while !what() {
            assert!(begin.elapsed() < PATIENCE);
            std::thread::yield_now();
        }
    }

    #[test]
    fn children_are_counted_stopped_and_ended() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 100 & wait"]);
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let mut running = Running::start("sh", &mut pinned(None, &command), address).unwrap();
        // Its own connection to see whether it is there, which nobody has closed.
        drop(listener.accept());
        wait_for(|| running.pids().len() == 2);
        let pids = running.pids();
        assert!(running.memory().unwrap().resident > 0);
        let before = running.cpu_time().unwrap();
        running.cpu_time().unwrap().since(&before).unwrap();
        running.stop().unwrap();
        wait_for(|| pids.iter().all(|&pid| state(pid) == Some('T')));
        running.go_on();
        wait_for(|| pids.iter().all(|&pid| state(pid) == Some('S')));
        running.stop().unwrap();
        drop(running);
        wait_for(|| pids.iter().all(|&pid| state(pid).is_none()));
    }

    #[test]
    fn a_server_that_ends_is_noticed() {
        let address = free_port().unwrap();
        let mut command = pinned(None, &Command::new("false"));
        let err = Running::start("false", &mut command, address).unwrap_err().to_string();
        assert!(err.starts_with("false ended at once"), "{err}");
    }
}
