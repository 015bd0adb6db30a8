//! `hyper-files ROOT BACKLOG PORT http1|http2`: what a program of one page makes of hyper, to be measured beside ours. It serves a
//! folder by tower-http's `ServeDir`, on one thread.
#![forbid(unsafe_code)]

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpSocket;
use tower_http::services::ServeDir;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args == ["--version"] {
        #[allow(clippy::print_stdout, reason = "whoever asks reads it there")]
        {
            println!("hyper {} with tower-http {}", locked("hyper"), locked("tower-http"));
        }
        return Ok(());
    }
    let usage = "usage: hyper-files ROOT BACKLOG PORT http1|http2";
    let [root, backlog, port, protocol] = &args[..] else { anyhow::bail!(usage) };
    let is_http2 = match protocol.as_str() {
        "http1" => false,
        "http2" => true,
        _ => anyhow::bail!(usage),
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().context("PORT")?));
    let backlog: u32 = backlog.parse().context("BACKLOG")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(backlog)?;
        let service = TowerToHyperService::new(ServeDir::new(root));
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let (stream, service) = (TokioIo::new(stream), service.clone());
            // What goes wrong on a connection is its client's to tell.
            if is_http2 {
                let builder = http2::Builder::new(TokioExecutor::new());
                tokio::spawn(async move { builder.serve_connection(stream, service).await.ok() });
            } else {
                let mut builder = http1::Builder::new();
                builder.pipeline_flush(true);
                tokio::spawn(async move { builder.serve_connection(stream, service).await.ok() });
            }
        }
    })
}

/// What it was built from.
const LOCK: &str = include_str!("../../../Cargo.lock");

/// The version of a crate: what is measured is hyper, not this page.
fn locked(name: &str) -> &'static str {
    let of = |package: &'static str| {
        let mut lines = package.lines();
        let is_it = lines.next()?.trim() == "" && lines.next()? == format!("name = \"{name}\"");
        is_it.then(|| lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')).flatten()
    };
    LOCK.split("[[package]]").find_map(of).unwrap_or("of unknown version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_lock_file() {
        for name in ["hyper", "tower-http"] {
            let version = locked(name);
            assert!(version.contains('.') && !version.starts_with("0.0"), "{name} {version}");
        }
        assert_eq!(locked("no-such-crate"), "of unknown version");
    }
}
