//! What is looked after though nobody asks, beside the requests: opens the folders of mounts again when others have taken their place,
//! sweeps the cache, and looks after the memory.
//!
//! Each goes its own way, and none waits in threads that requests wait in: a mount whose disk hangs holds up itself
//! alone, in one thread, however long it hangs.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use crate::mount::Mount;
use crate::pipeline::Pipeline;

/// How often what is too old is taken out of the cache, though nobody asks for it.
const SWEEP: Duration = Duration::from_mins(1);

/// Mounts and followed files that may hang at the same time, and two more; the threads end when there is nothing to do for
/// them.
const THREADS: usize = 64;

/// The threads for this. Nothing but work that waits is ever given to it.
pub(crate) fn pool() -> io::Result<Runtime> {
    Builder::new_current_thread().max_blocking_threads(THREADS).thread_name("catzilla-keep").build()
}

/// Begins to look around, once per tick. The tasks end when this is dropped.
pub(crate) fn start(pipeline: &Arc<Pipeline>, pool: &Runtime, tick: Duration) -> JoinSet<()> {
    let parts = || (Arc::clone(pipeline), pool.handle().clone(), ticking(tick));
    let [memory, sweep, mounts] = [parts(), parts(), parts()];
    let mut tasks = JoinSet::new();
    tasks.spawn_local(look_after_memory(memory.0, memory.1, memory.2));
    tasks.spawn_local(sweep_now_and_then(sweep.0, sweep.1, sweep.2));
    tasks.spawn_local(look_after_mounts(mounts.0, mounts.1, mounts.2));
    tasks
}

pub(crate) fn ticking(tick: Duration) -> Interval {
    let mut interval = tokio::time::interval(tick);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

async fn look_after_memory(pipeline: Arc<Pipeline>, pool: Handle, mut ticks: Interval) {
    let Some(store) = pipeline.store.clone() else { return };
    loop {
        ticks.tick().await;
        let (memory, store) = (Arc::clone(&pipeline.memory), Arc::clone(&store));
        let look = pool.spawn_blocking(move || {
            if let Some(reading) = memory.read() {
                store.adapt(reading);
            }
        });
        let _ = look.await;
    }
}

async fn sweep_now_and_then(pipeline: Arc<Pipeline>, pool: Handle, mut ticks: Interval) {
    let Some(store) = pipeline.store.clone() else { return };
    let mut swept = pipeline.clock.monotonic();
    loop {
        ticks.tick().await;
        let now = pipeline.clock.monotonic();
        if now.saturating_sub(swept) < SWEEP {
            continue;
        }
        swept = now;
        let store = Arc::clone(&store);
        let sweep = pool.spawn_blocking(move || {
            let expired = store.sweep();
            tracing::debug!(expired, "swept the cache");
        });
        let _ = sweep.await;
    }
}

async fn look_after_mounts(pipeline: Arc<Pipeline>, pool: Handle, mut ticks: Interval) {
    // Those that a look is under way at: one that hangs isn't looked at again until it has come back.
    let looked_at: Rc<RefCell<HashSet<u64>>> = Rc::default();
    loop {
        ticks.tick().await;
        for mount in pipeline.site.load().mounts() {
            if !looked_at.borrow_mut().insert(mount.id) {
                continue;
            }
            let (pipeline, mount) = (Arc::clone(&pipeline), Arc::clone(mount));
            let (looked_at, id) = (Rc::clone(&looked_at), mount.id);
            let look = pool.spawn_blocking(move || look_at(&pipeline, &mount));
            tokio::task::spawn_local(async move {
                let _ = look.await;
                looked_at.borrow_mut().remove(&id);
            });
        }
    }
}

/// Opens the folder of a mount again if another one stands there.
fn look_at(pipeline: &Pipeline, mount: &Mount) {
    match mount.reopen_if_another(pipeline.fs.folder(mount.dir()).ok()) {
        Ok(true) => {
            if let Some(store) = &pipeline.store {
                store.forget_mount(mount);
            }
            let mount = mount.prefix();
            tracing::info!(mount, "the folder was replaced and is opened again");
        }
        Ok(false) => {}
        Err(err) => {
            let mount = mount.prefix();
            tracing::warn!(mount, %err, "the folder was replaced but can't be opened");
        }
    }
}
