//! Nothing that was started outlives the driver, however that ends.
//!
//! Each program gets a process group of its own, which ends when its handle is dropped (a panic unwinds through that).
//! SIGINT and SIGTERM end all groups at once, so that whoever waits for one of them goes on, finds
//! [`interrupted`] and stops.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGINT, SIGTERM};
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

/// Ends all programs when the driver is told to end.
pub(super) fn watch() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
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
