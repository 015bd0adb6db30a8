//! A request on its way to its response.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use ::http::request::Parts;
use ::http::uri::Scheme;
use ::http::{Method, Response, Version};
use catzilla_middleware_engine::Peer;

use super::Inner;
use super::body::StaticBody;
use super::spares::Spare;
use crate::chains::Client;
use crate::exchange::{Exchange, Stage};
use crate::http::{Head, response};
use crate::http1::Refusal;
use crate::jobs::Done;
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::respond;
use crate::step::{Lent, Pending, Stepped, panicked, step};

/// The answer of a [`StaticService`](super::StaticService), awaited. Dropping it gives the request up.
#[must_use = "a future does nothing unless it is awaited"]
pub struct StaticAnswer {
    inner: Arc<Inner>,
    head: Head,
    /// By the gate.
    refused: Option<Refusal>,
    is_head: bool,
    client: Client,
    exchange: Exchange,
    pending: Option<Pending>,
}

impl StaticAnswer {
    pub(super) fn new(inner: &Arc<Inner>, request: &Parts) -> Self {
        let mut head = Head::default();
        // Whoever received the body has framed it, and nobody here wants it.
        let refused = head.write(request, false, &inner.pipeline.limits).err();
        Self {
            inner: Arc::clone(inner),
            head,
            refused,
            is_head: request.method == Method::HEAD,
            client: Client {
                address: request.extensions.get().map(|Peer(address)| *address),
                is_secure: request.uri.scheme() == Some(&Scheme::HTTPS),
                protocol: (request.version >= Version::HTTP_2).then_some("HTTP/2.0"),
            },
            exchange: Exchange::new(),
            pending: None,
        }
    }

    fn poll_plan(&mut self, cx: &mut Context<'_>, spare: &mut Spare) -> Poll<ResponsePlan> {
        let Spare { buffers, seats } = spare;
        if let Some(refusal) = self.refused {
            tracing::debug!(%refusal, "request refused");
            let failure = Failure::Gate(refusal);
            return Poll::Ready(respond::failure(failure, None, None, buffers.take()));
        }
        loop {
            if let Some(pending) = &mut self.pending {
                let done = ready!(pending.poll(cx));
                self.pending = None;
                match done {
                    Ok(Done::Stage(stage)) => self.exchange.resume(stage),
                    Ok(_) => self.exchange.resume(Stage::Failed(Failure::Io)),
                    Err(_) => return Poll::Ready(panicked(self.head.request())),
                }
            }
            let pipeline = &self.inner.pipeline;
            let now = pipeline.clock.real();
            let lent = Lent { now, buffers, seats, client: &|| self.client };
            match step(pipeline, &mut self.exchange, self.head.request(), lent) {
                Stepped::Answer(plan) => return Poll::Ready(plan),
                Stepped::Wait(pending) => self.pending = Some(pending),
                // There is none.
                Stepped::App(_) | Stepped::Stream(..) => {
                    let request = Some(self.head.request());
                    return Poll::Ready(respond::failure(
                        Failure::NotFound,
                        request,
                        None,
                        Vec::new(),
                    ));
                }
                Stepped::Again => {}
                Stepped::Panicked => return Poll::Ready(panicked(self.head.request())),
            }
        }
    }
}

impl Future for StaticAnswer {
    type Output = Result<Response<StaticBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut spare = this.inner.spares.take();
        let polled = this.poll_plan(cx, &mut spare).map(|plan| {
            let Inner { pipeline, dates, .. } = &*this.inner;
            let date = dates.of(pipeline.clock.real());
            let (response, content) = response(plan, this.is_head, &date, &mut spare.buffers);
            Ok(response.map(|()| StaticBody::new(content, pipeline)))
        });
        this.inner.spares.put(spare);
        polled
    }
}

impl fmt::Debug for StaticAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticAnswer").finish_non_exhaustive()
    }
}
