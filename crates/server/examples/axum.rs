//! An axum application with static files before it: `cargo run --example axum -p catzilla-server [DIR]`.
//!
//! GET and HEAD of what lies in the folder never reach axum; everything else does.

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use catzilla_server::{MountConfig, Server, ServerBuilder};

/// The application.
fn router() -> Router {
    Router::new().route("/hello/{name}", get(hello)).route("/echo", post(echo)).fallback(nothing)
}

async fn hello(Path(name): Path<String>) -> String {
    format!("hello, {name}")
}

async fn echo(body: String) -> String {
    body
}

async fn nothing() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "axum has nothing here")
}

/// The folder at the root, axum behind it.
pub(crate) fn server(dir: impl Into<std::path::PathBuf>) -> ServerBuilder {
    Server::builder().mount(MountConfig::new("/", dir)).fallback(router())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args_os().nth(1).unwrap_or_else(|| "examples/site".into());
    let handle = server(dir).listen("127.0.0.1:8080".parse()?).build()?.start()?;
    let mut line = String::new();
    #[expect(clippy::print_stdout, reason = "an example tells where to look")]
    {
        println!("http://{}/hello/cat, until you press Enter", handle.addresses()[0]);
    }
    std::io::stdin().read_line(&mut line)?;
    handle.shutdown(Duration::from_secs(10));
    Ok(())
}
