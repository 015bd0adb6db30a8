//! One worker: a thread with its own event loop, listener, buffers and counters.
//! Connections never leave the worker that accepted them.

mod accept;
mod connection;
mod files;
mod handshake;
mod handshakes;
mod http2;
pub(crate) mod life;
pub(crate) mod send;
mod spare;
pub(crate) mod step;
mod transmit;
pub(crate) mod transport;
pub(crate) mod watch;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, SystemTime};

use tokio::runtime::{Builder, LocalOptions, Runtime};
use tokio::sync::{Notify, watch as signal};

use crate::chains::Seats;
use crate::http1::{DateLine, Pool};
use crate::http2::CodedDate;
use crate::keep;
use crate::listen::Listener;
use crate::shared::Shared;
use crate::stats::Counters;
use crate::tls;
use handshakes::Handshakes;
use http2::Heads;
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
    pub(crate) listeners: Vec<Listener>,
    pub(crate) orders: signal::Receiver<Order>,
    /// As long as there is one of them, the end of the server is waited for.
    pub(crate) alive: Sender<Infallible>,
    /// How often the worker looks at its clock.
    pub(crate) tick: Duration,
    /// Whether this worker looks after the mounts.
    pub(crate) keeper: bool,
}

/// The state of a worker, shared by its connections.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) counters: Arc<Counters>,
    /// One of each connection.
    watches: Watches,
    /// One of each HTTP/2 stream that isn't answered at once.
    pub(crate) streams: Watches,
    /// For heads that HTTP/2 has received.
    heads: Heads,
    spare: Spare,
    pub(crate) pool: RefCell<Pool>,
    /// For requests that go through chains.
    pub(crate) seats: RefCell<Seats>,
    handshakes: Handshakes,
    /// Where bytes are read into on their way to TLS.
    encrypted: tls::Buffer,
    date: RefCell<DateLine>,
    /// The same for HTTP/2.
    coded_date: RefCell<CodedDate>,
    /// The time that `date` shows.
    real: Cell<SystemTime>,
    /// The time that limits are measured in, as of the last tick.
    now: Cell<Duration>,
    pub(crate) draining: Cell<bool>,
    idle: Notify,
    /// For connections that leave the worker.
    alive: Sender<Infallible>,
}

/// The life of a worker thread, which says whether it got an event loop: its failure is an error of the start. Returns
/// how many connections it had to cut.
pub(crate) fn run(blocking_threads: usize, setup: Setup, ready: &Sender<io::Result<()>>) -> usize {
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
    let keeping = if setup.keeper { keep::pool().map(Some) } else { Ok(None) };
    let keeping = match keeping {
        Ok(keeping) => keeping,
        Err(err) => {
            let _ = ready.send(Err(err));
            return 0;
        }
    };
    // The start waits for it.
    let _ = ready.send(Ok(()));
    let cut = runtime.block_on(serve(setup, keeping.as_ref()));
    // A job that hangs on a dead disk must not hold up the end.
    runtime.shutdown_background();
    if let Some(keeping) = keeping {
        keeping.shutdown_background();
    }
    cut
}

/// `keeping`: the threads for looking after the mounts, if this worker does.
async fn serve(setup: Setup, keeping: Option<&Runtime>) -> usize {
    let Setup { shared, counters, listeners, mut orders, alive, tick, .. } = setup;
    let real = shared.clock.real();
    let now = shared.clock.monotonic();
    let handshakes = Handshakes::new(shared.limits.max_handshakes);
    let worker = Rc::new(Worker {
        shared,
        counters,
        watches: Watches::default(),
        streams: Watches::default(),
        heads: Heads::default(),
        spare: Spare::default(),
        pool: RefCell::new(Pool::new()),
        seats: RefCell::new(Seats::new()),
        handshakes,
        encrypted: tls::Buffer::default(),
        date: RefCell::new(DateLine::new(real)),
        coded_date: RefCell::new(CodedDate::new(real)),
        real: Cell::new(real),
        now: Cell::new(now),
        draining: Cell::new(false),
        idle: Notify::new(),
        alive,
    });
    let ticker = tokio::task::spawn_local(ticks(Rc::clone(&worker), tick));
    let keeper = keeping.map(|pool| {
        let files = files::look_after(&worker.shared, pool.handle(), tick);
        (keep::start(&worker.shared.pipeline, pool, tick), files)
    });
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
    drop(keeper);
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
        *worker.coded_date.borrow_mut() = CodedDate::new(real);
        *worker.date.borrow_mut() = DateLine::new(real);
        let now = worker.shared.clock.monotonic();
        worker.now.set(now);
        worker.watches.sweep(now, &worker.shared.limits);
        worker.streams.sweep(now, &worker.shared.limits);
    }
}
