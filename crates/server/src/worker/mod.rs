//! One worker: a thread with its own event loop, listener, buffers and counters.
//! Connections never leave the worker that accepted them.

mod accept;
mod connection;
mod pending;
mod spare;
mod transmit;
mod watch;

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{Notify, watch as signal};

use crate::http1::{DateLine, Pool};
use crate::shared::Shared;
use crate::stats::Counters;
use spare::Spare;
use watch::Watches;

/// What the server asks of its workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    /// Serve.
    Serve,
    /// Accept nobody, finish what is under way.
    Drain,
    /// End now.
    Stop,
}

/// What a worker thread is started with.
pub(crate) struct Setup {
    pub(crate) shared: Arc<Shared>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) listeners: Vec<std::net::TcpListener>,
    pub(crate) orders: signal::Receiver<Order>,
    /// How often the worker looks at its clock.
    pub(crate) tick: Duration,
    /// Whether this worker looks after the mounts.
    pub(crate) keeper: bool,
}

/// The state of a worker, shared by its connections.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) counters: Arc<Counters>,
    watches: Watches,
    spare: Spare,
    pool: RefCell<Pool>,
    date: RefCell<DateLine>,
    /// The time that `date` shows.
    real: Cell<SystemTime>,
    /// The time that limits are measured in, as of the last tick.
    now: Cell<Duration>,
    draining: Cell<bool>,
    idle: Notify,
}

/// The life of a worker thread, which says whether it got an event loop: its failure is an error of the start. Returns
/// how many connections it had to cut.
pub(crate) fn run(
    blocking_threads: usize,
    setup: Setup,
    ready: &std::sync::mpsc::Sender<io::Result<()>>,
) -> usize {
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(blocking_threads)
        .thread_name("catzilla-pool")
        .build_local(LocalOptions::default());
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(err) => {
            let _ = ready.send(Err(err));
            return 0;
        }
    };
    // The start waits for it.
    let _ = ready.send(Ok(()));
    let cut = runtime.block_on(serve(setup));
    // A job that hangs on a dead disk must not hold up the end.
    runtime.shutdown_background();
    cut
}

async fn serve(setup: Setup) -> usize {
    let Setup { shared, counters, listeners, mut orders, tick, keeper, .. } = setup;
    let real = shared.clock.real();
    let now = shared.clock.monotonic();
    let worker = Rc::new(Worker {
        shared,
        counters,
        watches: Watches::default(),
        spare: Spare::default(),
        pool: RefCell::new(Pool::new()),
        date: RefCell::new(DateLine::new(real)),
        real: Cell::new(real),
        now: Cell::new(now),
        draining: Cell::new(false),
        idle: Notify::new(),
    });
    let ticker = tokio::task::spawn_local(ticks(Rc::clone(&worker), tick));
    let keeper = keeper.then(|| tokio::task::spawn_local(keep(Rc::clone(&worker), tick)));
    let accepting: Vec<_> = listeners
        .into_iter()
        .map(|listener| accept::accept(listener, Rc::clone(&worker), orders.clone()))
        .map(tokio::task::spawn_local)
        .collect();

    // A server whose handle is gone stops, as an order would have it.
    let _ = orders.wait_for(|order| *order >= Order::Drain).await;
    for task in accepting {
        // Its listener is closed when this returns.
        let _ = task.await;
    }
    worker.draining.set(true);
    worker.watches.wake_all();
    let drained = async {
        while worker.watches.len() > 0 {
            worker.idle.notified().await;
        }
    };
    let stopped = async {
        let _ = orders.wait_for(|order| *order == Order::Stop).await;
    };
    unless(stopped, drained).await;
    ticker.abort();
    if let Some(keeper) = keeper {
        keeper.abort();
    }
    worker.watches.len()
}

/// Waits for the second of two, unless the first ends before it or along with it.
async fn unless<T>(first: impl Future<Output = ()>, second: impl Future<Output = T>) -> Option<T> {
    let (mut first, mut second) = (std::pin::pin!(first), std::pin::pin!(second));
    std::future::poll_fn(|cx| {
        if first.as_mut().poll(cx).is_ready() {
            std::task::Poll::Ready(None)
        } else {
            second.as_mut().poll(cx).map(Some)
        }
    })
    .await
}

/// Brings the clock, the date line and the time limits forward.
async fn ticks(worker: Rc<Worker>, tick: Duration) {
    let mut interval = tokio::time::interval(tick);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let real = worker.shared.clock.real();
        worker.real.set(real);
        *worker.date.borrow_mut() = DateLine::new(real);
        let now = worker.shared.clock.monotonic();
        worker.now.set(now);
        worker.watches.sweep(now, &worker.shared.limits);
    }
}

/// How often what is too old is taken out of the cache, though nobody asks for it.
const SWEEP: Duration = Duration::from_mins(1);

/// Opens the folders of mounts again when others have taken their place, sweeps the cache, and looks after the memory.
async fn keep(worker: Rc<Worker>, tick: Duration) {
    let mut interval = tokio::time::interval(tick);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut swept = worker.shared.clock.monotonic();
    loop {
        interval.tick().await;
        let site = worker.shared.site.load_full();
        let store = worker.shared.store.clone();
        let now = worker.shared.clock.monotonic();
        let sweeps = now.saturating_sub(swept) >= SWEEP;
        if sweeps {
            swept = now;
        }
        let memory = Arc::clone(&worker.shared.memory);
        let look = tokio::task::spawn_blocking(move || {
            if let Some(store) = &store
                && let Some(reading) = memory.read()
            {
                store.adapt(reading);
            }
            if let Some(store) = store.as_ref().filter(|_| sweeps) {
                let expired = store.sweep();
                tracing::debug!(expired, "swept the cache");
            }
            for mount in site.mounts() {
                match mount.reopen_if_replaced() {
                    Ok(true) => {
                        if let Some(store) = &store {
                            store.forget_mount(mount);
                        }
                        tracing::info!(
                            mount = mount.prefix(),
                            "the folder was replaced and is opened again"
                        );
                    }
                    Ok(false) => {}
                    Err(err) => {
                        tracing::warn!(mount = mount.prefix(), %err, "the folder was replaced but can't be opened");
                    }
                }
            }
        });
        let _ = look.await;
    }
}
