//! `catzilla serve`: from flags to a running server, and from signals to its end.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use catzilla_server::{
    BuildError, CacheConfig, Codings, Freshness, MountConfig, Policy, Server, ServerBuilder,
    TlsConfig,
};
use tracing_subscriber::EnvFilter;

use crate::args::Serve;
use crate::signals::Signals;
use crate::{access, announce};

/// Tried when no port was asked for: somebody else's development server often has the first.
const DEFAULT_PORTS: std::ops::RangeInclusive<u16> = 8080..=8099;

pub(crate) fn run(serve: &Serve) -> Result<()> {
    log(serve.quiet)?;
    raise_descriptor_limit();
    let tls = tls(serve)?;
    let server = build(serve, tls.as_ref())?;
    // The runtime is there before the server, so that no signal finds the process unprepared.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .context("no event loop")?;
    let mut signals = {
        let _guard = runtime.enter();
        Signals::new(tls.is_some() || serve.access.auth_file.is_some())?
    };
    let handle = server.start().context("the workers can't be started")?;
    if !serve.quiet {
        let scheme = if tls.is_some() { "https" } else { "http" };
        announce::listening(scheme, handle.addresses(), &handle.prefixes());
    }
    // What comes of a reload is in the log. In a thread of its own: the disk may hang, and signals must not.
    let reload = || {
        let reloader = handle.reloader();
        std::thread::spawn(move || reloader.reload());
    };
    runtime.block_on(signals.end(reload));
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
            () = signals.another_end() => None,
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

fn tls(serve: &Serve) -> Result<Option<TlsConfig>> {
    match (&serve.tls_cert, &serve.tls_key) {
        (Some(cert), Some(key)) => Ok(Some(TlsConfig::from_pem_files(cert, key)?)),
        _ => Ok(None),
    }
}

fn build(serve: &Serve, tls: Option<&TlsConfig>) -> Result<Server> {
    let Some(port) = serve.port else {
        for port in DEFAULT_PORTS {
            match builder(serve, tls, port)?.build() {
                Err(BuildError::Listen(err)) if err.is_in_use() => {}
                built => return built.map_err(with_flag),
            }
        }
        bail!(
            "ports {} to {} are all in use: choose another with --port (0 takes a free one)",
            DEFAULT_PORTS.start(),
            DEFAULT_PORTS.end()
        );
    };
    builder(serve, tls, port)?.build().map_err(with_flag)
}

/// The error, with the flag that has led to it where it doesn't say that itself.
fn with_flag(err: BuildError) -> anyhow::Error {
    match err {
        // No other file is followed.
        BuildError::Follow(err) => anyhow::Error::new(err).context("--auth-file"),
        err => err.into(),
    }
}

fn builder(serve: &Serve, tls: Option<&TlsConfig>, port: u16) -> Result<ServerBuilder> {
    let mut builder = Server::builder()
        .blocking_threads(serve.blocking_threads)
        .reuse_port(serve.reuse_port)
        .http2_prior_knowledge(serve.http2_prior_knowledge);
    if let Some(threads) = serve.threads {
        builder = builder.threads(threads);
    }
    for host in &serve.host {
        let address = SocketAddr::new(*host, port);
        builder = match tls {
            Some(tls) => builder.listen_tls(address, tls),
            None => builder.listen(address),
        };
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
    access::apply(&serve.access, builder)
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
