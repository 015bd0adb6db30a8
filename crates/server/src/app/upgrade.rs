//! A connection that goes on in another protocol (RFC 9110 section 7.8): what a client asks for, what a handler agrees
//! to, and the raw stream that comes of it.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::header::{self, HeaderMap};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

use crate::admission::Admitted;
use crate::http1;
use crate::quota::Share;

/// A connection that will speak another protocol, once a handler has answered 101.
///
/// A request that asks for another protocol has one: take it with [`of`](Self::of), give it to a task of its own, and
/// answer 101 with the protocol in `Upgrade`. The task gets the stream when the answer has been sent. Waiting for it in
/// the handler itself would wait for ever.
///
/// There is one stream: of clones, the one that is polled first waits for it, and if that is dropped, nobody does. The
/// others end with an [`UpgradeError`], and so does whatever is polled again after its end.
///
/// ```
/// use bytes::Bytes;
/// use catzilla_server::{OnUpgrade, RequestBody};
/// use http::{Request, Response, StatusCode, header};
/// use http_body_util::Empty;
///
/// async fn echo(mut request: Request<RequestBody>) -> Response<Empty<Bytes>> {
///     let mut response = Response::new(Empty::new());
///     let Some(upgrade) = OnUpgrade::of(&mut request) else {
///         *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
///         response.headers_mut().insert(header::UPGRADE, "echo".parse().unwrap());
///         return response;
///     };
///     tokio::spawn(async move {
///         let (mut from, mut to) = tokio::io::split(upgrade.await?);
///         tokio::io::copy(&mut from, &mut to).await?;
///         Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
///     });
///     *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
///     response.headers_mut().insert(header::UPGRADE, "echo".parse().unwrap());
///     response
/// }
/// ```
#[derive(Debug)]
pub struct OnUpgrade {
    /// Until a clone is polled.
    shared: Arc<Mutex<Option<oneshot::Receiver<Upgraded>>>>,
    /// From the first poll of this one to its end: who waits is told, so nobody else may.
    own: Option<oneshot::Receiver<Upgraded>>,
}

impl OnUpgrade {
    fn new(receiver: oneshot::Receiver<Upgraded>) -> Self {
        Self { shared: Arc::new(Mutex::new(Some(receiver))), own: None }
    }

    /// Takes it from a request. There is none where the client asks for no other protocol, speaks HTTP/1.0, or sends a
    /// body, which would have to be read to its end first.
    pub fn of<B>(request: &mut http::Request<B>) -> Option<Self> {
        request.extensions_mut().remove()
    }
}

impl Clone for OnUpgrade {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), own: None }
    }
}

impl Future for OnUpgrade {
    type Output = Result<Upgraded, UpgradeError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.own.is_none() {
            let receiver = self.shared.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.own = receiver;
        }
        let Some(receiver) = &mut self.own else { return Poll::Ready(Err(UpgradeError(()))) };
        let ended = ready!(Pin::new(receiver).poll(cx));
        self.own = None;
        Poll::Ready(ended.map_err(|_| UpgradeError(())))
    }
}

/// The connection stayed with HTTP, or has ended: the handler didn't answer 101, or the client has gone. Or another
/// clone of the [`OnUpgrade`] has the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpgradeError(());

impl fmt::Display for UpgradeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection didn't come to speak another protocol here")
    }
}

impl std::error::Error for UpgradeError {}

/// What a client asks for: the worker's end.
#[derive(Debug)]
pub(crate) struct Offer {
    sender: oneshot::Sender<Upgraded>,
    /// The protocols that it names, in lower case.
    protocols: Vec<Vec<u8>>,
}

/// Why a handler's 101 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpgradeFault {
    /// The client hasn't asked for it.
    NotAskedFor,
    /// It doesn't say which protocol, or one that the client hasn't named.
    Protocol,
    /// Nobody waits for the stream.
    Forgotten,
}

impl Offer {
    /// What this request offers, if it does, and what its handler takes it by.
    pub(crate) fn of(
        request: http1::Request<'_>,
        headers: &HeaderMap,
    ) -> Option<(Self, OnUpgrade)> {
        // RFC 9110 section 7.8: it is ignored in HTTP/1.0.
        if request.minor_version() == 0 || request.has_body() {
            return None;
        }
        let is_named = items(headers, header::CONNECTION).any(|option| option == b"upgrade");
        let protocols: Vec<_> = items(headers, header::UPGRADE).collect();
        if !is_named || protocols.is_empty() {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        Some((Self { sender, protocols }, OnUpgrade::new(receiver)))
    }

    /// Whether a 101 with these fields takes it up.
    pub(crate) fn judge(&self, headers: &HeaderMap) -> Result<(), UpgradeFault> {
        let mut chosen = items(headers, header::UPGRADE).peekable();
        if chosen.peek().is_none() || !chosen.all(|it| self.protocols.contains(&it)) {
            return Err(UpgradeFault::Protocol);
        }
        if self.sender.is_closed() { Err(UpgradeFault::Forgotten) } else { Ok(()) }
    }

    /// The stream, for who waits for it. If nobody does any more, it is closed.
    pub(crate) fn deliver(self, upgraded: Upgraded) {
        let _ = self.sender.send(upgraded);
    }
}

/// The items of all lines of a list field, in lower case.
fn items(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = Vec<u8>> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .map(|item| item.trim_ascii().to_ascii_lowercase())
        .filter(|item| !item.is_empty())
}

impl fmt::Display for UpgradeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAskedFor => "a 101 that the client hasn't asked for",
            Self::Protocol => "a 101 whose Upgrade is missing, or names what the client hasn't",
            Self::Forgotten => "a 101 whose OnUpgrade was dropped: nobody would speak the protocol",
        })
    }
}

/// The raw stream of a connection: no HTTP any more, in either direction.
///
/// It lives on the runtime of the application, counts as a connection until it is dropped, and has none of the time
/// limits of HTTP: who speaks on it sets its own. When the server [shuts down](crate::Handle::shutdown), it is waited
/// for as long as the requests under way are, then cut.
pub struct Upgraded {
    io: Box<dyn Io>,
    /// What had been received behind the request.
    received: Bytes,
    _held: Held,
}

/// What an upgraded connection holds, given back on drop.
#[derive(Debug)]
#[expect(dead_code, reason = "they are there to be dropped")]
pub(crate) struct Held {
    /// Its place among the connections.
    pub(crate) admitted: Admitted,
    /// Its place among those that are cut at the end.
    pub(crate) upgraded: Share,
    /// Keeps the end of the server waiting; the last to be dropped, so that whoever has waited finds the rest gone.
    pub(crate) alive: Sender<Infallible>,
}

/// What moves bytes.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Io for T {}

impl Upgraded {
    pub(crate) fn new(io: impl Io + 'static, received: Vec<u8>, held: Held) -> Self {
        Self { io: Box::new(io), received: received.into(), _held: held }
    }
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgraded").finish_non_exhaustive()
    }
}

impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.received.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, out);
        }
        let len = self.received.len().min(out.remaining());
        out.put_slice(&self.received[..len]);
        self.received.advance(len);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
