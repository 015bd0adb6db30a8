//! Putting a server together and starting it.

mod application;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use catzilla_middleware_engine::Chain;
use tokio::sync::watch as signal;

use crate::admission::Admission;
use crate::app::{Answerer, Application, BoxError, Route, Routes};
use crate::build_error::BuildError;
use crate::cache::CacheConfig;
use crate::clock::{Clock, SystemClock};
use crate::followed::{Followed, Following};
use crate::foundation::{Foundation, Founded};
use crate::fs::{Fs, HostFs};
use crate::handle::Handle;
use crate::limits::Limits;
use crate::listen::{Listener, listen};
use crate::memory::{HostMemory, Memory};
use crate::mount_config::MountConfig;
use crate::mounting::Mounting;
use crate::preload::Preload;
use crate::shared::Shared;
use crate::site::{Opening, SiteError};
use crate::stats::Counters;
use crate::tls::{self, TlsConfig};
use crate::worker::{self, Order, Setup};

/// Enough to keep a disk's queue filled, few enough not to matter when they are idle.
const DEFAULT_BLOCKING_THREADS: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// A server that is bound to its addresses and not started yet.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    opening: Opening,
    preload: Option<Preload>,
    /// One list of listeners per worker.
    listeners: Vec<Vec<Listener>>,
    addresses: Vec<SocketAddr>,
    blocking_threads: usize,
    tick: Duration,
}

/// What a server is made from.
#[derive(Debug)]
#[must_use]
pub struct ServerBuilder {
    mounts: Vec<MountConfig>,
    addresses: Vec<(SocketAddr, Option<TlsConfig>)>,
    threads: Option<NonZeroUsize>,
    blocking_threads: NonZeroUsize,
    reuse_port: bool,
    limits: Limits,
    cache: Option<CacheConfig>,
    clock: Arc<dyn Clock>,
    memory: Arc<dyn Memory>,
    fs: Arc<dyn Fs>,
    tick: Duration,
    prior_knowledge: bool,
    routes: Vec<Route>,
    fallback: Option<Answerer>,
    middleware: Option<Chain>,
    following: Vec<Following>,
    app_threads: Option<NonZeroUsize>,
}

impl Server {
    /// Begins a server: loopback, a port chosen by the system, one worker per core, nothing mounted.
    pub fn builder() -> ServerBuilder {
        ServerBuilder {
            mounts: Vec::new(),
            addresses: Vec::new(),
            threads: None,
            blocking_threads: DEFAULT_BLOCKING_THREADS,
            reuse_port: false,
            limits: Limits::default(),
            cache: Some(CacheConfig::new()),
            clock: Arc::new(SystemClock::new()),
            memory: Arc::new(HostMemory::new()),
            fs: Arc::new(HostFs),
            tick: Duration::from_secs(1),
            prior_knowledge: true,
            routes: Vec::new(),
            fallback: None,
            middleware: None,
            following: Vec::new(),
            app_threads: None,
        }
    }

    /// The addresses that are listened on, with the ports that were chosen.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Starts the workers.
    ///
    /// # Errors
    /// When a thread or its event loop can't be made.
    pub fn start(self) -> io::Result<Handle> {
        let (orders, receiver) = signal::channel(Order::Serve);
        // Nothing is ever sent: the channel is closed when the last worker has ended, in whatever way.
        let (alive, ended) = std::sync::mpsc::channel();
        if let Some(app) = &self.shared.app {
            app.start()?;
        }
        let pipeline = &self.shared.pipeline;
        let preloading = self.preload.map(|preload| preload.start(pipeline));
        let mounting = Mounting::begin(Arc::clone(pipeline), self.opening, preloading);
        let mut handle =
            Handle::new(self.addresses, Arc::clone(&self.shared), mounting, orders, ended);
        for (number, listeners) in self.listeners.into_iter().enumerate() {
            let counters = Arc::new(Counters::default());
            let setup = Setup {
                shared: Arc::clone(&self.shared),
                counters: Arc::clone(&counters),
                listeners,
                orders: receiver.clone(),
                alive: alive.clone(),
                tick: self.tick,
                keeper: number == 0,
            };
            let (ready, has_loop) = std::sync::mpsc::channel();
            let thread = std::thread::Builder::new()
                .name(format!("catzilla-{number}"))
                .spawn(move || worker::run(self.blocking_threads, setup, &ready))?;
            handle.add(thread, counters);
            // A worker that died without a word has no event loop either.
            has_loop.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        }
        Ok(handle)
    }
}

impl ServerBuilder {
    /// Serves a folder. The longest prefix wins.
    pub fn mount(mut self, mount: MountConfig) -> Self {
        self.mounts.push(mount);
        self
    }

    /// Who has a say in all requests that the gate lets pass, before the chain of a [mount](MountConfig::middleware) or of a
    /// [route](Self::route_through): whatever answers, over whatever version of HTTP, and whether it is a file, a redirect, an
    /// error page or the application. Default: nobody, which costs nothing.
    pub fn middleware(mut self, chain: Chain) -> Self {
        self.middleware = Some(chain);
        self
    }

    /// Reads a file when the server is built, and again whenever it has changed (looked at once per
    /// [tick](Self::tick), and left alone until it is quiet) or [`Handle::reload_files`] says so: keys and lists for
    /// middlewares, which hand them over by themselves. It is a regular file of 16 MiB at most.
    ///
    /// `read` makes something of the content. Where it can't, it says so by an error, and leaves what it made before: that
    /// error is one of the build, and later one in the log.
    ///
    /// ```no_run
    /// use std::collections::HashSet;
    /// use std::sync::{Arc, RwLock};
    /// use catzilla_server::Server;
    ///
    /// let blocked = Arc::new(RwLock::new(HashSet::new()));
    /// let list = Arc::clone(&blocked);
    /// let server = Server::builder().follow("/etc/catzilla/blocked", move |content| {
    ///     let names = std::str::from_utf8(content)?.lines().map(str::to_owned).collect();
    ///     *list.write().unwrap() = names;
    ///     Ok(())
    /// });
    /// ```
    pub fn follow<F>(mut self, file: impl Into<PathBuf>, read: F) -> Self
    where
        F: FnMut(&[u8]) -> Result<(), BoxError> + Send + 'static,
    {
        self.following.push(Following { file: file.into(), read: Box::new(read) });
        self
    }

    /// Listens on this address, too. Default: 127.0.0.1 and a port chosen by the system.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.addresses.push((address, None));
        self
    }

    /// Listens on this address, too, and speaks TLS there. A plain request is told to come with `https://`.
    pub fn listen_tls(mut self, address: SocketAddr, tls: &TlsConfig) -> Self {
        self.addresses.push((address, Some(tls.clone())));
        self
    }

    /// How many workers, each a thread with an event loop. Default: one per core.
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// How many threads each worker may have wait for disks. Default 16.
    pub fn blocking_threads(mut self, threads: NonZeroUsize) -> Self {
        self.blocking_threads = threads;
        self
    }

    /// Whether other servers may listen on the same port, as for a restart: start the new one, then let the old one
    /// [shut down](Handle::shutdown). It still answers everybody who stands in its queue or has sent a request. A
    /// connection that is being made in the very moment of closing is reset, unless the kernel hands it over
    /// (Linux from 5.14 on with `net.ipv4.tcp_migrate_req=1`). Default: no.
    pub fn reuse_port(mut self, on: bool) -> Self {
        self.reuse_port = on;
        self
    }

    /// Every limit. Default: `Limits::default()`.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What is held of the files; with a size of 0 nothing is, as with [`no_cache`](Self::no_cache). Default:
    /// `CacheConfig::new()`.
    pub fn cache(mut self, config: CacheConfig) -> Self {
        self.cache = Some(config);
        self
    }

    /// Holds nothing: each request goes to its file, entity tags come from metadata, nothing is compressed.
    pub fn no_cache(mut self) -> Self {
        self.cache = None;
        self
    }

    /// Where time comes from. Default: the machine.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where it is read how much memory there is left: when that is little, the cache gives half of its own back until
    /// there is more again. Default: the machine and its control groups, which only Linux tells.
    pub fn memory(mut self, memory: impl Memory) -> Self {
        self.memory = Arc::new(memory);
        self
    }

    /// How files are read. Default: the machine's file system.
    pub fn fs(mut self, fs: impl Fs) -> Self {
        self.fs = Arc::new(fs);
        self
    }

    /// Whether HTTP/2 is spoken without TLS to a client that begins with its preface, by prior knowledge (RFC 9113
    /// section 3.3). Default: yes.
    pub fn http2_prior_knowledge(mut self, on: bool) -> Self {
        self.prior_knowledge = on;
        self
    }

    /// How often workers look at the clock, for dates, time limits and replaced folders. Default: 1 s.
    pub fn tick(mut self, tick: Duration) -> Self {
        self.tick = tick.max(Duration::from_millis(1));
        self
    }

    /// Opens the folders, checks every rule and binds the addresses.
    ///
    /// # Errors
    /// When a mount, a route, a limit or a pattern of files to load ahead is wrong, a route could never be reached, a file
    /// that is followed can't be read, or an address can't be listened on; the message says how to mend it.
    pub fn build(self) -> Result<Server, BuildError> {
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let workers = self.threads.unwrap_or(cores).get();
        let app_threads = self.app_threads.unwrap_or(cores);
        // Half of the threads are left for disks; and more at a time than twice the workers, which stand for the cores,
        // would only be slower each.
        let quick = (workers * self.blocking_threads.get() / 2).min(2 * workers).max(1);
        let has_app = !self.routes.is_empty() || self.fallback.is_some();
        let routes = Routes::build(self.routes, self.fallback)
            .map_err(|err| BuildError::Site(SiteError::Route(err)))?;
        let foundation = Foundation {
            mounts: self.mounts,
            middleware: self.middleware,
            limits: self.limits,
            cache: self.cache,
            clock: self.clock,
            memory: self.memory,
            fs: self.fs,
        };
        let routes = has_app.then(|| Arc::new(routes));
        let Founded { pipeline, opening, preload } = foundation.build(quick as u64, routes)?;
        let addresses = if self.addresses.is_empty() {
            vec![(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), None)]
        } else {
            self.addresses
        };
        let mut listeners: Vec<Vec<_>> = (0..workers).map(|_| Vec::new()).collect();
        let mut bound = Vec::with_capacity(addresses.len());
        let certificates = tls::distinct(addresses.iter().filter_map(|(_, tls)| tls.as_ref()));
        for config in &certificates {
            if let Err(err) = config.certificates().check(pipeline.clock.real()) {
                tracing::warn!(%err, "browsers will warn of this server");
            }
        }
        for (address, tls) in addresses {
            let of_address =
                listen(address, workers, self.reuse_port).map_err(BuildError::Listen)?;
            bound.push(of_address[0].local_addr().unwrap_or(address));
            for (worker, socket) in listeners.iter_mut().zip(of_address) {
                let tls = tls.as_ref().map(|tls| Arc::clone(tls.rustls()));
                worker.push(Listener { socket, tls });
            }
        }
        let followed = self.following.into_iter().map(Followed::begin).collect::<Result<_, _>>();
        let shared = Shared {
            followed: followed.map_err(BuildError::Follow)?,
            admission: Arc::new(Admission::new(&pipeline.limits)),
            app: has_app.then(|| Application::new(app_threads, &pipeline.limits)),
            pipeline: Arc::new(pipeline),
            tls: certificates,
            prior_knowledge: self.prior_knowledge,
        };
        Ok(Server {
            shared: Arc::new(shared),
            opening,
            preload,
            listeners,
            addresses: bound,
            blocking_threads: self.blocking_threads.get(),
            tick: self.tick,
        })
    }
}
