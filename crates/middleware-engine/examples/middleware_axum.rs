//! A chain around an axum application: `cargo run -p catzilla-middleware-engine --example middleware_axum`, then
//! `curl -i http://127.0.0.1:3000/` and `curl -i -H 'Authorization: Bearer let-me-in' http://127.0.0.1:3000/me`.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::map_request;
use axum::routing::get;
use axum::{Extension, Router};
use catzilla_middleware_engine::{
    BuildError, Chain, Done, Flow, Middleware, MiddlewareLayer, Peer, Response, after, before,
};
use tokio::net::TcpListener;

/// Who asks, for handlers.
#[derive(Debug)]
struct User(String);

/// Lets nobody pass who brings no token, and tells handlers who asks.
fn who_asks() -> impl Middleware {
    before("who-asks", |cx| {
        let token = cx.request.single("authorization")?.and_then(|it| it.strip_prefix(b"Bearer "));
        if token != Some(b"let-me-in") {
            cx.response.append("www-authenticate", "Bearer")?;
            return Ok(Flow::Stop(Response::new(401)));
        }
        cx.arena.provide(Arc::new(User("a friend".to_owned())))?;
        Ok(Flow::Next)
    })
}

/// Says where the request has come from.
fn from_where() -> impl Middleware {
    after("from-where", |cx| {
        if let Some(peer) = cx.request.peer() {
            cx.response.append("x-from", peer.ip().to_string())?;
        }
        Ok(Done::Next)
    })
}

/// axum's word for the peer, in ours.
async fn peer(mut request: Request) -> Request {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>().copied();
    if let Some(ConnectInfo(address)) = info {
        request.extensions_mut().insert(Peer(address));
    }
    request
}

async fn me(Extension(user): Extension<Arc<User>>) -> String {
    format!("you are {}\n", user.0)
}

/// The layer that is added last is the outermost: the peer is known before the chain begins.
pub(crate) fn app() -> Result<Router, BuildError> {
    let guarded = Chain::builder().with(who_asks()).build()?;
    let all = Chain::builder().with(from_where()).build()?;
    Ok(Router::new()
        .route("/me", get(me).layer(MiddlewareLayer::new(guarded)))
        .route("/", get(async || "hello\n"))
        .layer(MiddlewareLayer::new(all))
        .layer(map_request(peer)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = app()?.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(TcpListener::bind("127.0.0.1:3000").await?, app).await?;
    Ok(())
}
