//! The content of an answer: the service's, or a middleware's.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// What [`WithMiddleware`](super::WithMiddleware) answers: the body of the service as it is, or bytes of a
    /// middleware.
    #[derive(Debug)]
    pub struct MiddlewareBody<B> {
        #[pin]
        content: Content<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = ContentProj]
    enum Content<B> {
        Inner { #[pin] body: B },
        Bytes { bytes: Bytes },
    }
}

impl<B> MiddlewareBody<B> {
    pub(super) fn inner(body: B) -> Self {
        Self { content: Content::Inner { body } }
    }

    /// Empty bytes are no content.
    pub(super) fn bytes(bytes: Bytes) -> Self {
        Self { content: Content::Bytes { bytes } }
    }
}

impl<B: Body> MiddlewareBody<B> {
    /// How many bytes it has, if that is known.
    pub(super) fn len(&self) -> Option<u64> {
        match &self.content {
            Content::Inner { body } => body.size_hint().exact(),
            Content::Bytes { bytes } => Some(bytes.len() as u64),
        }
    }
}

impl<B> Body for MiddlewareBody<B>
where
    B: Body,
    B::Data: From<Bytes>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match self.project().content.project() {
            ContentProj::Inner { body } => body.poll_frame(cx),
            ContentProj::Bytes { bytes } => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes.into()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Inner { body } => body.is_end_stream(),
            Content::Bytes { bytes } => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Inner { body } => body.size_hint(),
            Content::Bytes { bytes } => SizeHint::with_exact(bytes.len() as u64),
        }
    }
}
