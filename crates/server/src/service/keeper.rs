//! The thread that looks after a service, for it has no worker that would.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::oneshot::{Receiver, Sender, channel};

use crate::keep;
use crate::pipeline::Pipeline;

/// Ends its thread when it is dropped, without waiting: that may hang on a dead disk.
#[derive(Debug)]
pub(super) struct Keeping {
    /// Nothing is ever sent.
    _end: Sender<Infallible>,
}

impl Keeping {
    /// Looks after everything, so often.
    pub(super) fn start(pipeline: &Arc<Pipeline>, tick: Duration) -> Self {
        let (end, ended) = channel();
        let pipeline = Arc::clone(pipeline);
        let thread = std::thread::Builder::new().name("catzilla-keeper".to_owned());
        let started = thread.spawn(move || {
            if let Err(err) = run(&pipeline, tick, ended) {
                tell(&err);
            }
        });
        if let Err(err) = started {
            tell(&err);
        }
        Self { _end: end }
    }
}

fn run(pipeline: &Arc<Pipeline>, tick: Duration, ended: Receiver<Infallible>) -> io::Result<()> {
    let pool = keep::pool()?;
    let runtime =
        Builder::new_current_thread().enable_time().build_local(LocalOptions::default())?;
    runtime.block_on(async {
        let _keeper = keep::start(pipeline, &pool, tick);
        let _ = ended.await;
    });
    pool.shutdown_background();
    Ok(())
}

fn tell(err: &io::Error) {
    tracing::warn!(%err, "nobody opens replaced folders again or looks after the cache");
}
