//! Signals, and what a person means by them.

#[cfg(unix)]
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// One order may arrive as two signals: `timeout`, a shell and a container's init pass a signal on to the process and
/// to its group, or send SIGTERM behind a Ctrl-C. Nobody presses a key twice in so short a time.
const ECHO: Duration = Duration::from_millis(100);

/// SIGTERM and SIGINT, and SIGHUP where there is something to reload; Ctrl-C elsewhere.
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    had_terminal: bool,
}

impl Signals {
    /// Listens. Where there is nothing to reload, SIGHUP ends the process as it ever did.
    #[cfg(unix)]
    pub(crate) fn new(reloads: bool) -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let listen = |kind| signal(kind).context("signals can't be handled");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: reloads.then(|| listen(SignalKind::hangup())).transpose()?,
            had_terminal: has_terminal(),
        })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it may fail on unix")]
    pub(crate) fn new(_reloads: bool) -> Result<Self> {
        Ok(Self {})
    }

    /// Waits for the order to end. SIGHUP reloads, unless a terminal was closed: then nobody is left who could press
    /// Ctrl-C.
    pub(crate) async fn end(&mut self, mut reload: impl FnMut()) {
        #[cfg(unix)]
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                () = hung_up(&mut self.hang_up) => {
                    if self.had_terminal && !has_terminal() {
                        return;
                    }
                    reload();
                }
            }
        }
        #[cfg(not(unix))]
        {
            let _ = &mut reload;
            self.end_once().await;
        }
    }

    /// Waits for the order to end that is not an echo of the one before.
    pub(crate) async fn another_end(&mut self) {
        let begin = Instant::now();
        loop {
            self.end_once().await;
            if begin.elapsed() >= ECHO {
                return;
            }
        }
    }

    async fn end_once(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Waits for SIGHUP, for ever where nobody listens.
#[cfg(unix)]
async fn hung_up(hang_up: &mut Option<tokio::signal::unix::Signal>) {
    match hang_up {
        Some(hang_up) => drop(hang_up.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether somebody sees what is printed. A terminal that was closed is none.
#[cfg(unix)]
fn has_terminal() -> bool {
    std::io::stdout().is_terminal() || std::io::stderr().is_terminal()
}
