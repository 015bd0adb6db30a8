//! Looks whether the files that a server follows have changed, those of its certificates among them, once per tick.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::keep::ticking;
use crate::shared::Shared;

/// Begins to look, at each file and each certificate by itself, as one of them may lie on a disk that hangs. The tasks end when
/// this is dropped.
pub(super) fn look_after(shared: &Arc<Shared>, pool: &Handle, tick: Duration) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for config in shared.tls.iter().filter(|config| config.reloads_on_change()) {
        let (config, shared) = (config.clone(), Arc::clone(shared));
        let look = move || config.certificates().look(shared.clock.real());
        tasks.spawn_local(each_tick(pool.clone(), tick, look));
    }
    for index in 0..shared.followed.len() {
        let shared = Arc::clone(shared);
        tasks.spawn_local(each_tick(pool.clone(), tick, move || shared.followed[index].look()));
    }
    tasks
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
