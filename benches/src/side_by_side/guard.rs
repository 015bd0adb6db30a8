//! Nothing that was started outlives the driver, however that ends.
//!
//! Each program gets a process group of its own, which ends when its handle is dropped (a panic unwinds through that).
//! SIGINT, SIGTERM, SIGHUP and SIGQUIT end all groups at once, so that whoever waits for one of them goes on, finds
//! [`interrupted`] and stops.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// A program with all that it starts.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) child: Child,
}

impl Guarded {
    /// Starts a program in a group of its own.
    pub(super) fn spawn(command: &mut Command) -> Result<Self> {
        let mut groups = groups();
        // Asked with the lock held: a signal ends either no program or this one, too.
        interrupted()?;
        let child = command.process_group(0).spawn()?;
        groups.insert(child.id() as i32);
        Ok(Self { child })
    }

    /// Sends a signal to the program and all that it has started.
    pub(super) fn signal(&self, signal: Signal) {
        send(self.child.id() as i32, signal);
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
        // From now on the number may be another's.
        groups().remove(&(self.child.id() as i32));
    }
}

/// By what the driver is told to end: also by a terminal that is closed.
const ENDS: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];

/// Ends all programs when the driver is told to end.
pub(super) fn watch() -> Result<()> {
    let mut signals = Signals::new(ENDS)?;
    thread::spawn(move || {
        for _ in signals.forever() {
            let groups = groups();
            INTERRUPTED.store(true, Ordering::SeqCst);
            for &group in groups.iter() {
                send(group, Signal::KILL);
            }
        }
    });
    Ok(())
}

/// # Errors
///
/// When the driver was told to end.
pub(super) fn interrupted() -> Result<()> {
    if INTERRUPTED.load(Ordering::SeqCst) {
        bail!("interrupted");
    }
    Ok(())
}

fn send(group: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(group) {
        let _ = kill_process_group(pid, signal);
    }
}

/// What is in there stays right when somebody panics.
fn groups() -> MutexGuard<'static, BTreeSet<i32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;

    use rustix::process::{kill_process, test_kill_process};

    use super::*;

    /// Set for a process that plays the driver.
    const DRIVER: &str = "CATZILLA_TEST_OF_GUARD";

    /// Starts a program, says which, and waits until it has been told to end.
    #[test]
    fn driver() {
        if std::env::var_os(DRIVER).is_none() {
            return;
        }
        watch().unwrap();
        let mut guarded = Guarded::spawn(Command::new("sleep").arg("100")).unwrap();
        writeln!(std::io::stderr(), "child {}", guarded.child.id()).unwrap();
        guarded.child.wait().unwrap();
        interrupted().unwrap_err();
    }

    #[test]
    fn whatever_ends_the_driver_ends_what_it_has_started() {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
            let mut driver = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "side_by_side::guard::tests::driver", "--nocapture"])
                .env(DRIVER, "1")
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let says = BufReader::new(driver.stderr.take().unwrap());
            let child = says.lines().find_map(|line| {
                let line = line.ok()?;
                Pid::from_raw(line.strip_prefix("child ")?.parse().ok()?)
            });
            let child = child.expect("it starts a program");
            test_kill_process(child).unwrap();
            kill_process(Pid::from_child(&driver), signal).unwrap();
            // It ends by itself once its program has, and says that it was interrupted.
            assert!(driver.wait().unwrap().success(), "{signal:?}");
            test_kill_process(child).unwrap_err();
        }
    }
}
