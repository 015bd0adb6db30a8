//! A running server, seen from outside: where it listens, what it has counted, and how it ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::watch as signal;

use crate::shared::Shared;
use crate::stats::{Counters, Stats};
use crate::worker::Order;

/// A running server. Dropping it stops the server at once; [`Handle::shutdown`] lets requests finish.
#[derive(Debug)]
pub struct Handle {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    orders: signal::Sender<Order>,
    workers: Vec<JoinHandle<usize>>,
    counters: Vec<Arc<Counters>>,
}

impl Handle {
    pub(crate) fn new(addresses: Vec<SocketAddr>, shared: Arc<Shared>, orders: signal::Sender<Order>) -> Self {
        Self { addresses, shared, orders, workers: Vec::new(), counters: Vec::new() }
    }

    pub(crate) fn add(&mut self, worker: JoinHandle<usize>, counters: Arc<Counters>) {
        self.workers.push(worker);
        self.counters.push(counters);
    }

    /// The addresses that are listened on.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What all workers have counted since the start.
    pub fn stats(&self) -> Stats {
        Stats::sum(self.counters.iter().map(|counters| &**counters))
    }

    /// The URL prefixes that are served, longest first.
    pub fn prefixes(&self) -> Vec<String> {
        self.shared.site.load().mounts().iter().map(|mount| mount.prefix().to_owned()).collect()
    }

    /// Accepts nobody any more, lets the requests under way finish for up to `grace`, then ends. Waits for
    /// the end; returns how many connections had to be cut.
    pub fn shutdown(mut self, grace: Duration) -> usize {
        let _ = self.orders.send(Order::Drain);
        let deadline = Instant::now().checked_add(grace);
        // Threads can't be joined with a time limit; a look every few milliseconds is enough for an end.
        while self.workers.iter().any(|worker| !worker.is_finished())
            && deadline.is_none_or(|deadline| Instant::now() < deadline)
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.stop()
    }

    fn stop(&mut self) -> usize {
        let _ = self.orders.send(Order::Stop);
        self.workers.drain(..).map(|worker| worker.join().unwrap_or_default()).sum()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop();
    }
}
