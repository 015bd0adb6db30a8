//! A client that asks over HTTP/2, one request at a time: to see whether an answer is right.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsConnector;

use crate::client::Answer;

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks over a connection of its own each time.
#[derive(Debug)]
pub struct Http2 {
    runtime: Runtime,
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
}

impl Http2 {
    /// For this server, which is known to speak it; over TLS, if there is what that takes.
    pub fn new(address: SocketAddr, tls: Option<&ClientConfig>) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let tls = tls.map(|tls| {
            let mut tls = tls.clone();
            tls.alpn_protocols = vec![b"h2".to_vec()];
            Arc::new(tls)
        });
        Ok(Self { runtime, address, tls })
    }

    /// A GET of this path with these fields.
    pub fn get(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let mut request = http::Request::get(format!("{scheme}://{}{path}", self.address));
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(())?;
        let asked = async {
            let stream = TcpStream::connect(self.address).await?;
            match &self.tls {
                None => ask(stream, request).await,
                Some(tls) => {
                    let tls = TlsConnector::from(Arc::clone(tls));
                    ask(tls.connect(self.address.ip().into(), stream).await?, request).await
                }
            }
        };
        self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, asked).await.context("it doesn't answer")?
        })
    }
}

async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: http::Request<()>,
) -> Result<Answer> {
    let (sender, connection) = h2::client::handshake(stream).await?;
    tokio::select! {
        answered = answer(sender, request) => answered,
        ended = connection => {
            ended?;
            anyhow::bail!("it closed before it answered")
        }
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
