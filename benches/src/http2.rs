//! A client that asks over HTTP/2, one request at a time: to see whether an answer is right.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::client::Answer;

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks over a connection of its own each time.
#[derive(Debug)]
pub struct Http2 {
    runtime: Runtime,
    address: SocketAddr,
}

impl Http2 {
    /// For this server, which is known to speak it.
    pub fn new(address: SocketAddr) -> Result<Self> {
        Ok(Self { runtime: Builder::new_current_thread().enable_all().build()?, address })
    }

    /// A GET of this path with these fields.
    pub fn get(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let mut request = http::Request::get(format!("http://{}{path}", self.address));
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(())?;
        let asked = async {
            let stream = TcpStream::connect(self.address).await?;
            let (sender, connection) = h2::client::handshake(stream).await?;
            let answered = answer(sender, request);
            tokio::select! {
                answered = answered => answered,
                ended = connection => {
                    ended?;
                    anyhow::bail!("it closed before it answered")
                }
            }
        };
        self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, asked).await.context("it doesn't answer")?
        })
    }
}

async fn answer(
    sender: h2::client::SendRequest<Bytes>,
    request: http::Request<()>,
) -> Result<Answer> {
    let mut sender = sender.ready().await?;
    let (response, _) = sender.send_request(request, true)?;
    let (parts, mut content) = response.await?.into_parts();
    let mut body = Vec::new();
    while let Some(data) = content.data().await {
        let data = data?;
        body.extend_from_slice(&data);
        content.flow_control().release_capacity(data.len())?;
    }
    let field = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let fields = parts.headers.iter().map(field).collect();
    Ok(Answer { status: parts.status.as_u16(), fields, body })
}
