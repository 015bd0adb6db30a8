//! A running server, seen from outside: where it listens, what it has counted, and how it ends.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use catzilla_hot_cache::Stats as CacheStats;
use catzilla_middleware_engine::Chain;
use tokio::sync::watch as signal;

use crate::app::Application;
use crate::followed::{FollowError, Followed};
use crate::mount_config::MountConfig;
use crate::mounting::{Mounting, Retired};
use crate::shared::Shared;
use crate::site::SiteError;
use crate::stats::{Counters, Stats};
use crate::tls::TlsError;
use crate::worker::Order;

/// A running server. Dropping it stops the server at once; [`Handle::shutdown`] lets requests finish.
#[derive(Debug)]
pub struct Handle {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    /// Lives as long as the server does, and with it what tells the cache what to forget.
    mounting: Mounting,
    orders: signal::Sender<Order>,
    workers: Vec<JoinHandle<usize>>,
    counters: Vec<Arc<Counters>>,
    /// Closed when the last worker has ended.
    ended: Mutex<Receiver<Infallible>>,
}

impl Handle {
    pub(crate) fn new(
        addresses: Vec<SocketAddr>,
        shared: Arc<Shared>,
        mounting: Mounting,
        orders: signal::Sender<Order>,
        ended: Receiver<Infallible>,
    ) -> Self {
        Self {
            addresses,
            shared,
            mounting,
            orders,
            workers: Vec::new(),
            counters: Vec::new(),
            ended: Mutex::new(ended),
        }
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

    /// What the cache has counted, and what it holds; `None` without one.
    pub fn cache_stats(&self) -> Option<CacheStats> {
        self.shared.store.as_ref().map(|store| store.cache.stats())
    }

    /// Takes memory back from the cache until what it holds weighs no more than `bytes`: for when memory runs short.
    /// Returns how many bytes have left.
    pub fn release_cache_to(&self, bytes: u64) -> u64 {
        self.shared.store.as_ref().map_or(0, |store| store.release_to(bytes))
    }

    /// Reads the certificates and keys of all addresses again, and shows those from the next handshake on; connections
    /// stay as they are, and sessions can be resumed across the exchange. Waits for the disk. The log says what came of
    /// it, too.
    ///
    /// # Errors
    /// When a file can't be read, holds something else, the key is of another certificate, or the time of the
    /// certificate is over or has not come: then the certificate of those addresses stays as it was. Of several
    /// errors the first; the other addresses are reloaded all the same.
    pub fn reload_tls(&self) -> Result<(), TlsError> {
        let now = self.shared.clock.real();
        let reloaded = self.shared.tls.iter().map(|config| config.certificates().reload(now));
        reloaded.fold(Ok(()), Result::and)
    }

    /// Reads the files again that are [followed](crate::ServerBuilder::follow). Waits for the disk. The log says what came
    /// of it, too.
    ///
    /// # Errors
    /// When one can't be read, or nothing can be made of it: then what was made of it before stays. Of several errors the
    /// first; the other files are read all the same.
    pub fn reload_files(&self) -> Result<(), FollowError> {
        let reloaded = self.shared.followed.iter().map(Followed::reload);
        reloaded.fold(Ok(()), Result::and)
    }

    /// The chain that requests of this path go through, as it is sent: that of the server and of the mount. It prints who is
    /// in it, and has [figures](Chain::figures) of how long each takes.
    pub fn chain(&self, path: &str) -> Option<Chain> {
        self.shared.site.load().chain_of(path.as_bytes()).cloned()
    }

    /// The URL prefixes that are served, longest first.
    pub fn prefixes(&self) -> Vec<String> {
        self.mounting.prefixes()
    }

    /// Serves one more folder, while the server runs. The longest prefix wins.
    ///
    /// From when this returns, requests find it. Those that have begun go on with what was mounted then, whatever
    /// changes, and none is lost or turned away. The folder is opened and, if its
    /// [freshness](MountConfig::freshness) wants events, all of it watched before it is served. Changes are made one
    /// at a time: one that comes meanwhile waits.
    ///
    /// Waits for disks, so that on an event loop it belongs into `spawn_blocking`.
    ///
    /// # Errors
    /// As when the server is built: the mount is wrong by itself, or another stands at its prefix. Nothing changes then.
    pub fn mount(&self, config: MountConfig) -> Result<(), SiteError> {
        self.mounting.mount(config)
    }

    /// Serves the folder at this prefix no more: what lies beneath is found in a mount with a shorter prefix, or
    /// nowhere. The prefix may be spelt in any way that means the same.
    ///
    /// As [`mount`](Self::mount). What the cache held of it is forgotten.
    ///
    /// # Errors
    /// When nothing is mounted there.
    pub fn unmount(&self, prefix: &str) -> Result<(), SiteError> {
        self.mounting.unmount(prefix)
    }

    /// Serves a folder in the place of the one at its prefix, from one request to the next.
    ///
    /// As [`mount`](Self::mount). What the cache held of the old one is forgotten, also if it is the same folder: it was
    /// held with the fields of the old one.
    ///
    /// # Errors
    /// When nothing is mounted there, or the new mount is wrong by itself. The old one is served then.
    pub fn replace(&self, config: MountConfig) -> Result<(), SiteError> {
        self.mounting.replace(config)
    }

    /// Serves these folders and no others, from one request to the next. Mounts that are equal to one that is served stay
    /// as they are, with what the cache holds of them.
    ///
    /// As [`mount`](Self::mount).
    ///
    /// # Errors
    /// As when the server is built. Nothing changes then.
    pub fn set_mounts(
        &self,
        mounts: impl IntoIterator<Item = MountConfig>,
    ) -> Result<(), SiteError> {
        self.mounting.set(mounts.into_iter().collect())
    }

    /// What has been replaced or taken away and is in memory still, for requests that began before.
    pub fn retired(&self) -> Retired {
        self.mounting.retired()
    }

    /// Accepts nobody any more but those who stand in the queue, lets the requests under way finish for up to `grace`, then ends. A connection
    /// that has not asked for anything yet is given `linger_timeout` to do so. Waits for
    /// the end; returns how many connections had to be cut.
    pub fn shutdown(mut self, grace: Duration) -> usize {
        let _ = self.orders.send(Order::Drain);
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Closed or timed out: both mean that it is time to stop.
        let _ = ended.recv_timeout(grace);
        self.stop()
    }

    fn stop(&mut self) -> usize {
        let _ = self.orders.send(Order::Stop);
        let cut: usize =
            self.workers.drain(..).map(|worker| worker.join().unwrap_or_default()).sum();
        // Only now, so that no worker finds it gone.
        cut + self.shared.app.as_ref().map_or(0, Application::stop)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop();
    }
}
