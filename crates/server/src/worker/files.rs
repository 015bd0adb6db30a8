//! Looks whether the files that a server follows have changed, those of its certificates among them, once per tick.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{JoinHandle, spawn_local};

use crate::followed::Followed;
use crate::keep::ticking;
use crate::shared::Shared;
use crate::tls::TlsConfig;

/// Looks until its tasks are aborted. Certificates and other files are looked at apart, as one of them may lie on a disk that
/// hangs.
pub(super) fn look_after(
    shared: &Arc<Shared>,
    pool: &Handle,
    tick: Duration,
) -> Vec<JoinHandle<()>> {
    let mut looking = Vec::new();
    if shared.tls.iter().any(TlsConfig::reloads_on_change) {
        let shared = Arc::clone(shared);
        let look = move || {
            let now = shared.clock.real();
            for config in shared.tls.iter().filter(|config| config.reloads_on_change()) {
                config.certificates().look(now);
            }
        };
        looking.push(spawn_local(each_tick(pool.clone(), tick, look)));
    }
    if !shared.followed.is_empty() {
        let shared = Arc::clone(shared);
        let look = move || shared.followed.iter().for_each(Followed::look);
        looking.push(spawn_local(each_tick(pool.clone(), tick, look)));
    }
    looking
}

/// In a thread of the pool, one look at a time.
async fn each_tick(pool: Handle, tick: Duration, look: impl Fn() + Send + Sync + 'static) {
    let look = Arc::new(look);
    let mut ticks = ticking(tick);
    loop {
        ticks.tick().await;
        let look = Arc::clone(&look);
        // A look that panics has told it, and the next one is due.
        let _ = pool.spawn_blocking(move || look()).await;
    }
}
