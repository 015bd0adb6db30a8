//! A WebSocket that says everything back, beside static files: `cargo run --example websocket -p catzilla-server`.
//!
//! The server hands the connection over after the answer 101; what is spoken on it is tungstenite's business.

use std::time::Duration;

use bytes::Bytes;
use catzilla_server::{MountConfig, OnUpgrade, RequestBody, Server, ServerBuilder};
use futures_util::{SinkExt, StreamExt};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// RFC 6455 section 4.2: judges the opening handshake, and answers it.
async fn echo(mut request: Request<RequestBody>) -> Response<Full<Bytes>> {
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY).cloned();
    let is_current =
        request.headers().get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
    let (Some(key), true, Some(upgrade)) = (key, is_current, OnUpgrade::of(&mut request)) else {
        return Response::builder()
            .status(StatusCode::UPGRADE_REQUIRED)
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .body("this is a WebSocket\n".into())
            .unwrap_or_default();
    };
    // Not awaited here: the connection is handed over when this function has returned.
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            // Whoever leaves without a word has left.
            let _ =
                repeat(WebSocketStream::from_raw_socket(upgraded, Role::Server, None).await).await;
        }
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()))
        .body(Full::default())
        .unwrap_or_default()
}

/// Says everything back.
async fn repeat(mut socket: WebSocketStream<catzilla_server::Upgraded>) -> Result<(), Error> {
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}

/// The folder at the root, the WebSocket at `/echo`.
pub(crate) fn server(dir: impl Into<std::path::PathBuf>) -> ServerBuilder {
    Server::builder().mount(MountConfig::new("/", dir)).route(Method::GET, "/echo", echo)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args_os().nth(1).unwrap_or_else(|| "examples/site".into());
    let handle = server(dir).listen("127.0.0.1:8080".parse()?).build()?.start()?;
    let mut line = String::new();
    #[expect(clippy::print_stdout, reason = "an example tells where to look")]
    {
        println!("ws://{}/echo, until you press Enter", handle.addresses()[0]);
    }
    std::io::stdin().read_line(&mut line)?;
    handle.shutdown(Duration::from_secs(10));
    Ok(())
}
