//! The content of an answer, as others want it.

use std::error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::http::{Content, Cut};
use crate::pipeline::Pipeline;

/// The content of an answer of a [`StaticService`](super::StaticService): its length is known from the beginning.
///
/// What the cache holds is given as it is, without a copy, and stays in memory as long as those bytes live. A file is
/// read in pieces of at most 64 KiB, one when it is asked for, on the blocking pool if it isn't in memory. Nothing is lost when
/// it is polled no further.
///
/// # Panics
///
/// Content that has to wait for a disk panics when it is polled outside of a tokio runtime.
#[derive(Debug)]
pub struct StaticBody {
    content: Content,
    pipeline: Arc<Pipeline>,
}

impl StaticBody {
    pub(super) fn new(content: Content, pipeline: &Arc<Pipeline>) -> Self {
        Self { content, pipeline: Arc::clone(pipeline) }
    }
}

impl Body for StaticBody {
    type Data = Bytes;
    type Error = StaticBodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StaticBodyError>>> {
        let Self { content, pipeline } = self.get_mut();
        // Of what lies in memory, all: it isn't copied. Files are read in pieces nonetheless.
        Poll::Ready(match ready!(content.poll_chunk(cx, usize::MAX, pipeline)) {
            Some(Ok(chunk)) => Some(Ok(Frame::data(chunk.into()))),
            Some(Err(Cut)) => {
                tracing::warn!("an answer was cut short: its file changed or could not be read");
                Some(Err(StaticBodyError(())))
            }
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.content.len())
    }
}

/// The rest of the content can't be had: the file changed while it was sent or could not be read, or too much waits for
/// the disk. Whoever sends it has to cut the connection or reset the stream, so that the client doesn't take what came
/// for all.
#[derive(Debug)]
pub struct StaticBodyError(());

impl fmt::Display for StaticBodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the file changed or could not be read while it was sent")
    }
}

impl error::Error for StaticBodyError {}
