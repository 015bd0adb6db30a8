//! `catzilla serve`: from flags to a running server, and from signals to its end.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use catzilla_server::{
    BuildError, CacheConfig, Codings, Freshness, MountConfig, Policy, Server, ServerBuilder,
};
use tracing_subscriber::EnvFilter;

use crate::announce;
use crate::args::Serve;

/// Tried when no port was asked for: somebody else's development server often has the first.
const DEFAULT_PORTS: std::ops::RangeInclusive<u16> = 8080..=8099;

/// One order may arrive as two signals: `timeout`, a shell and a container's init pass a signal on to the process and
/// to its group, or send SIGTERM behind a Ctrl-C. Nobody presses a key twice in so short a time.
const ECHO: Duration = Duration::from_millis(100);

pub(crate) fn run(serve: &Serve) -> Result<()> {
    log(serve.quiet)?;
    raise_descriptor_limit();
    let server = build(serve)?;
    // The runtime is there before the server, so that no signal finds the process unprepared.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .context("no event loop")?;
    let mut signals = {
        let _guard = runtime.enter();
        Signals::new()?
    };
    let handle = server.start().context("the workers can't be started")?;
    if !serve.quiet {
        announce::listening(handle.addresses(), &handle.prefixes());
    }
    runtime.block_on(signals.next());
    if !serve.quiet {
        announce::draining(serve.grace_period);
    }
    let (done, ended) = tokio::sync::oneshot::channel();
    let grace = serve.grace_period;
    std::thread::spawn(move || done.send(handle.shutdown(grace)));
    // A second signal means now.
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = ended => Some(ended),
            () = signals.next_after(ECHO) => None,
        }
    });
    match ended {
        Some(Ok(0)) => Ok(()),
        Some(Ok(cut)) => {
            bail!("the grace period of {grace:?} was over: {cut} connections were cut")
        }
        Some(Err(_)) => bail!("the server panicked while it was shutting down"),
        None => bail!("stopped at once by a second signal"),
    }
}

fn build(serve: &Serve) -> Result<Server> {
    let Some(port) = serve.port else {
        for port in DEFAULT_PORTS {
            match builder(serve, port)?.build() {
                Err(BuildError::Listen(err)) if err.is_in_use() => {}
                built => return Ok(built?),
            }
        }
        bail!(
            "ports {} to {} are all in use: choose another with --port (0 takes a free one)",
            DEFAULT_PORTS.start(),
            DEFAULT_PORTS.end()
        );
    };
    Ok(builder(serve, port)?.build()?)
}

fn builder(serve: &Serve, port: u16) -> Result<ServerBuilder> {
    let mut builder = Server::builder()
        .blocking_threads(serve.blocking_threads)
        .reuse_port(serve.reuse_port)
        .http2_prior_knowledge(serve.http2_prior_knowledge);
    if let Some(threads) = serve.threads {
        builder = builder.threads(threads);
    }
    for host in &serve.host {
        builder = builder.listen(SocketAddr::new(*host, port));
    }
    let mut mounts = serve.mount.clone();
    match &serve.dir {
        Some(dir) => mounts.push(("/".to_owned(), dir.clone())),
        None if mounts.is_empty() => mounts.push(("/".to_owned(), PathBuf::from("."))),
        None => {}
    }
    builder = if serve.no_cache { builder.no_cache() } else { builder.cache(cache(serve)) };
    for (prefix, dir) in mounts {
        builder = builder.mount(mount(serve, prefix, dir)?);
    }
    Ok(builder)
}

fn cache(serve: &Serve) -> CacheConfig {
    let config = CacheConfig::new()
        .size(serve.cache_size)
        .time_to_live(Some(serve.cache_ttl))
        .max_file(serve.cache_max_file);
    serve.preload.iter().fold(config, CacheConfig::preload)
}

fn mount(serve: &Serve, prefix: String, dir: PathBuf) -> Result<MountConfig> {
    let mut policy = Policy::default()
        .hidden(serve.hidden)
        .windows_names(serve.windows_names)
        .symlinks(serve.symlinks.into())
        .max_file_size(serve.max_file_size)
        .block_extensions(&serve.block_ext)
        .context("--block-ext")?;
    if !serve.allow_ext.is_empty() {
        policy = policy.allow_extensions(&serve.allow_ext).context("--allow-ext")?;
    }
    for pattern in &serve.block_pattern {
        policy = policy
            .block_pattern(pattern)
            .with_context(|| format!("--block-pattern {pattern:?}"))?;
    }
    let mut mount = MountConfig::new(prefix, dir)
        .policy(policy)
        .index(serve.index.iter().filter(|name| !name.is_empty()))
        .etag(!serve.no_etag)
        .last_modified(!serve.no_last_modified)
        .ranges(!serve.no_ranges)
        .sendfile(!serve.no_sendfile)
        .freshness(Freshness::new(serve.invalidation))
        .cache_status(serve.cache_status)
        .precompressed(serve.precompressed)
        .validate_content(serve.validate_content)
        .compress_level(serve.compress_level)
        .compress_min_size(serve.compress_min_size)
        .compress(if serve.no_compress {
            Codings::NONE
        } else {
            serve.compress.iter().copied().collect()
        });
    for (name, value) in &serve.header {
        mount = mount.header(name, value).with_context(|| format!("--header {name:?}"))?;
    }
    Ok(mount)
}

/// What the server reports goes to standard error; `CATZILLA_LOG` chooses how much of it.
fn log(quiet: bool) -> Result<()> {
    let filter = match std::env::var("CATZILLA_LOG") {
        Ok(text) => EnvFilter::try_new(&text).with_context(|| {
            format!("CATZILLA_LOG={text:?}: write it as `debug` or `catzilla_server=debug`")
        })?,
        Err(_) => EnvFilter::new(if quiet { "error" } else { "warn" }),
    };
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .try_init();
    Ok(())
}

/// The soft limit is often 1,024 for the sake of programs that use `select`; this one may have what the
/// administrator allows.
fn raise_descriptor_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};

        let mut limit = getrlimit(Resource::Nofile);
        if limit.current != limit.maximum {
            limit.current = limit.maximum;
            // The old limit does as well, with fewer connections.
            let _ = setrlimit(Resource::Nofile, limit);
        }
    }
}

/// SIGTERM and SIGINT; Ctrl-C elsewhere.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let listen = |kind| signal(kind).context("signals can't be handled");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it may fail on unix")]
    fn new() -> Result<Self> {
        Ok(Self {})
    }

    /// Waits for a signal that comes later than so long from now.
    async fn next_after(&mut self, echo: Duration) {
        let begin = Instant::now();
        loop {
            self.next().await;
            if begin.elapsed() >= echo {
                return;
            }
        }
    }

    /// Waits for the next signal.
    async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
