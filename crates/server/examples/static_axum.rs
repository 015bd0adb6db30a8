//! Files in an axum application, beside its routes: `cargo run -p catzilla-server --example static_axum -- ./public`,
//! then `curl -i http://127.0.0.1:3000/` and `curl -i http://127.0.0.1:3000/api/hello`.

use std::env;
use std::error::Error;

use axum::Router;
use axum::routing::get;
use catzilla_server::{CacheConfig, MountConfig, StaticService};
use tokio::net::TcpListener;

/// Routes first; what none of them answers is a file, or 404.
fn app(files: StaticService) -> Router {
    Router::new().route("/api/hello", get(async || "hello")).fallback_service(files)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let files = StaticService::builder()
        .mount(MountConfig::new("/", folder).header("X-Frame-Options", "DENY")?)
        .cache(CacheConfig::new().size(256 << 20))
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app(files)).await?;
    Ok(())
}
