//! The answer of the application on its way to the worker: its head, then its content as the client takes it.

use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http::response::Parts;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::handler::BoxError;
use super::pipe::{Cut, Reader, pipe};
use crate::quota::Share;

/// Content up to so many bytes that is there at once goes with the head.
const AT_ONCE: u64 = 64 * 1024;

/// The application's end: takes one answer. Dropped without one, the handler has panicked.
#[derive(Debug)]
pub(crate) struct Reply {
    sender: oneshot::Sender<Result<Sent, Failed>>,
    capacity: usize,
    /// Whether it answers HEAD, so that content would be thrown away.
    is_head: bool,
    /// The place of the request in the application, held until its content is out.
    _place: Share,
}

/// The worker's end: resolves to the head of the answer with its content. Dropped before that, it ends the work on it.
#[derive(Debug)]
pub(crate) struct Answer {
    receiver: oneshot::Receiver<Result<Sent, Failed>>,
    work: Option<Running>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The service returned an error.
    Failed,
    /// The handler panicked.
    Panicked,
}

/// The content of an answer, at the worker's end. Dropped before its end, it ends the work on it.
#[derive(Debug)]
pub(crate) struct AnswerBody {
    content: Content,
    /// How much is still to come, if that is known.
    left: Option<u64>,
    _work: Option<Running>,
}

#[derive(Debug)]
struct Sent {
    parts: Parts,
    content: Content,
    length: Option<u64>,
}

/// The service said that it failed.
#[derive(Debug)]
struct Failed;

#[derive(Debug)]
enum Content {
    /// All of it; nothing, if it is empty.
    Whole(Bytes),
    Stream(Reader),
}

/// Work on the application's runtime that nobody waits for any more when this is dropped.
#[derive(Debug)]
struct Running(AbortHandle);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Reply {
    pub(super) fn new(capacity: usize, is_head: bool, place: Share) -> (Self, Answer) {
        let (sender, receiver) = oneshot::channel();
        let reply = Self { sender, capacity, is_head, _place: place };
        (reply, Answer { receiver, work: None })
    }

    /// Hands the answer over, and its content as it is taken.
    pub(super) async fn send<B>(self, response: Response<B>)
    where
        B: Body<Data = Bytes, Error: Into<BoxError>>,
    {
        let (mut parts, body) = response.into_parts();
        // They don't travel. Dropped on the worker, they would run code of the handler's there.
        parts.extensions.clear();
        let mut body = pin!(body);
        let length = body.size_hint().exact();
        if self.is_head || is_bodiless(&parts) || body.is_end_stream() {
            return self.whole(parts, length, Bytes::new());
        }
        // What is there at once goes with the head; a few bytes are most of the answers there are.
        let mut first = None;
        if length.is_none_or(|length| length <= AT_ONCE) {
            match poll_fn(|cx| Poll::Ready(body.as_mut().poll_frame(cx))).await {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if body.is_end_stream() => {
                        let length = length.or(Some(data.len() as u64));
                        return self.whole(parts, length, data);
                    }
                    Ok(data) => first = Some(Frame::data(data)),
                    Err(frame) => first = Some(frame),
                },
                Poll::Ready(Some(Err(err))) => return self.fail(&err.into()),
                Poll::Ready(None) => return self.whole(parts, length.or(Some(0)), Bytes::new()),
                Poll::Pending => {}
            }
        }
        let (writer, reader) = pipe(self.capacity);
        if let Some(frame) = first {
            writer.write(frame);
        }
        // The place is given back when all is written, so that it goes with this future.
        let Self { sender, _place, .. } = self;
        let _ = sender.send(Ok(Sent { parts, content: Content::Stream(reader), length }));
        while poll_fn(|cx| writer.poll_room(cx)).await.is_ok() {
            match poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
                Some(Ok(frame)) => writer.write(frame),
                // Dropped unfinished, the writer says that it was cut.
                Some(Err(err)) => return log("the content of an answer failed", &err.into()),
                None => return writer.finish(),
            }
        }
    }

    /// There is none.
    pub(super) fn fail(self, err: &BoxError) {
        log("the application failed; the request is answered 500", err);
        let _ = self.sender.send(Err(Failed));
    }

    fn whole(self, parts: Parts, length: Option<u64>, content: Bytes) {
        let content = Content::Whole(content);
        let _ = self.sender.send(Ok(Sent { parts, content, length }));
    }
}

/// Whether what the body has is never sent (RFC 9110 section 6.4.1).
fn is_bodiless(parts: &Parts) -> bool {
    parts.status.is_informational() || matches!(parts.status.as_u16(), 204 | 304)
}

fn log(what: &str, err: &BoxError) {
    let cause: &dyn Error = &**err;
    tracing::error!(err = cause, "{what}");
}

impl Answer {
    pub(super) fn of(mut self, work: AbortHandle) -> Self {
        self.work = Some(Running(work));
        self
    }
}

impl Future for Answer {
    type Output = Result<(Parts, AnswerBody), NoAnswer>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.receiver).poll(cx).map(|sent| match sent {
            Ok(Ok(Sent { parts, content, length })) => {
                Ok((parts, AnswerBody { content, left: length, _work: self.work.take() }))
            }
            Ok(Err(Failed)) => Err(NoAnswer::Failed),
            Err(_) => Err(NoAnswer::Panicked),
        })
    }
}

impl AnswerBody {
    /// How long it is, if the body of the handler knows. An answer to HEAD may have a length and nothing to send.
    pub(crate) fn length(&self) -> Option<u64> {
        self.left
    }

    /// All of it, if it is there already.
    pub(crate) fn whole(&mut self) -> Option<Bytes> {
        match &mut self.content {
            Content::Whole(bytes) => Some(std::mem::take(bytes)),
            Content::Stream(_) => None,
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let this = self.get_mut();
        let polled = match &mut this.content {
            Content::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Content::Stream(reader) => reader.poll_frame(cx),
        };
        if let (Poll::Ready(Some(Ok(frame))), Some(left)) = (&polled, &mut this.left)
            && let Some(data) = frame.data_ref()
        {
            *left = left.saturating_sub(data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.is_empty(),
            Content::Stream(reader) => reader.is_at_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
