//! `hyper-files SERVICE ROOT BACKLOG PORT http1|http2`: what a program of one page makes of hyper, to be measured beside
//! ours. It serves a folder on one thread, by tower-http's `ServeDir` (`serve-dir`) or by ours (`static-service`).
#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use catzilla_server::StaticService;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpSocket;
use tower_http::services::ServeDir;
use tower_service::Service;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args == ["--version"] {
        #[allow(clippy::print_stdout, reason = "whoever asks reads it there")]
        {
            println!("hyper {} with tower-http {}", locked("hyper"), locked("tower-http"));
        }
        return Ok(());
    }
    let usage = "usage: hyper-files serve-dir|static-service ROOT BACKLOG PORT http1|http2";
    let [service, root, backlog, port, protocol] = &args[..] else { anyhow::bail!(usage) };
    let is_http2 = match protocol.as_str() {
        "http1" => false,
        "http2" => true,
        _ => anyhow::bail!(usage),
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().context("PORT")?));
    let backlog: u32 = backlog.parse().context("BACKLOG")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match service.as_str() {
        "serve-dir" => runtime.block_on(serve(address, backlog, is_http2, ServeDir::new(root))),
        "static-service" => {
            runtime.block_on(serve(address, backlog, is_http2, StaticService::new(root)?))
        }
        _ => anyhow::bail!(usage),
    }
}

async fn serve<S, B>(address: SocketAddr, backlog: u32, is_http2: bool, service: S) -> Result<()>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(backlog)?;
    let service = TowerToHyperService::new(service);
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
