//! Files over hyper, on tokio's runtime of several threads: `cargo run -p catzilla-server --example static_hyper --
//! ./public`, then `curl -i http://127.0.0.1:3000/`.

use std::env;
use std::error::Error;

use catzilla_server::StaticService;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let files = StaticService::new(env::args().nth(1).unwrap_or_else(|| ".".to_owned()))?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let files = files.clone();
        let serve = service_fn(move |request| files.serve(request));
        // Time limits belong to whoever has the connection.
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), serve);
        // What goes wrong on a connection is its client's to tell.
        tokio::spawn(async { connection.await.ok() });
    }
}
