//! The body of a request, as a handler reads it.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

use super::pipe::{Reader, Writer, pipe};

/// The body of a request: an [`http_body::Body`] that comes as it is read, no faster. A client that waits to be asked
/// (`Expect: 100-continue`) is asked when the body is polled for the first time.
///
/// A body that nobody reads is thrown away up to a limit
/// ([`max_discard_bytes`](crate::Limits::max_discard_bytes)), else the connection ends after the answer. One with more
/// than [`max_body_bytes`](crate::Limits::max_body_bytes) is answered 413, whatever the handler would have said.
#[derive(Debug)]
pub struct RequestBody {
    reader: Option<Reader>,
    /// What is still to come of a length that was announced.
    left: Option<u64>,
}

impl RequestBody {
    /// No body.
    pub fn empty() -> Self {
        Self { reader: None, left: Some(0) }
    }

    /// A body that is written at the other end; `length` is what was announced. `capacity` bytes wait in between.
    pub(crate) fn channel(length: Option<u64>, capacity: usize) -> (Writer, Self) {
        let (writer, reader) = pipe(capacity);
        (writer, Self { reader: Some(reader), left: length })
    }

    /// All of it that hasn't been read yet, in one piece. It is no longer than
    /// [`max_body_bytes`](crate::Limits::max_body_bytes).
    ///
    /// # Errors
    /// When the client or the connection ended before the body did.
    ///
    /// # Cancel safety
    /// What was read is lost when the future is dropped.
    pub async fn bytes(&mut self) -> Result<Bytes, BodyError> {
        let (mut first, mut all) = (None, BytesMut::new());
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut *self).poll_frame(cx)).await {
            let Ok(data) = frame?.into_data() else { continue };
            match &first {
                // One piece needn't be copied.
                None if all.is_empty() => first = Some(data),
                _ => {
                    if let Some(first) = first.take() {
                        all.extend_from_slice(&first);
                    }
                    all.extend_from_slice(&data);
                }
            }
        }
        Ok(first.unwrap_or_else(|| all.freeze()))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let Some(reader) = &mut this.reader else { return Poll::Ready(None) };
        let polled = reader.poll_frame(cx).map(|next| next.map(|it| it.map_err(|_| BodyError(()))));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(left), Some(data)) = (&mut this.left, frame.data_ref()) {
                    *left = left.saturating_sub(data.len() as u64);
                }
            }
            Poll::Ready(None) => {
                this.reader = None;
                this.left = Some(0);
            }
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.reader.as_ref().is_none_or(Reader::is_at_end)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// The body of a request ended before its end: the client is gone, or what it sent was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyError(());

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body of the request ended before it was complete")
    }
}

impl std::error::Error for BodyError {}
