//! One stream: a request, its way through the pipeline, and its response.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use ::http::request::Parts;
use bytes::{Buf, Bytes};
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use tokio::task::JoinError;

use super::budget::Budget;
use crate::app::Call;
use crate::chains::Client;
use crate::exchange::{Exchange, Stage};
use crate::http::{Chunk, Content, Head, response};
use crate::http1::{Known, Refusal};
use crate::jobs::Done;
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::respond;
use crate::step::Pending;
use crate::worker::Worker;
use crate::worker::step::Stepped;
use crate::worker::watch::{Guard, Waits};

/// As much of a body is asked for at once as the client can be expected to take.
const CHUNK: usize = 64 * 1024;

/// As many heads are kept for the next streams as a busy worker has under way.
const MAX_HEADS: usize = 256;

/// Heads without a request.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "the box itself goes to a stream and comes back")]
pub(crate) struct Heads(RefCell<Vec<Box<Head>>>);

/// A request that has come, and where its response goes.
pub(super) struct Stream {
    pub(super) worker: Rc<Worker>,
    pub(super) budget: Rc<Budget>,
    pub(super) is_head: bool,
    /// By the gate.
    refused: Option<Refusal>,
    pub(super) head: Box<Head>,
    /// As they came, if there is an application that may want them.
    pub(super) parts: Option<Box<Parts>>,
    pub(super) client: Client,
    /// What nobody has read yet.
    pub(super) body: Option<RecvStream>,
    pub(super) exchange: Exchange,
    pub(super) respond: SendResponse<Chunk>,
}

/// What a stream waits for.
pub(super) enum Rest {
    /// Nothing: it is answered.
    Nothing,
    /// A job, or another request.
    Job(Pending),
    /// The end of a body that nobody wants; then this is answered.
    Body(ResponsePlan),
    /// The client, to take the content.
    Content(SendStream<Chunk>, Content),
    /// The application.
    App(Call),
}

impl Stream {
    /// A request, judged by the gate.
    pub(super) fn begin(
        worker: &Rc<Worker>,
        budget: &Rc<Budget>,
        client: Client,
        request: ::http::Request<RecvStream>,
        respond: SendResponse<Chunk>,
    ) -> Self {
        let (parts, body) = request.into_parts();
        let body = Some(body).filter(|body| !body.is_end_stream());
        let mut head = worker.heads.0.borrow_mut().pop().unwrap_or_default();
        let refused = head.write(&parts, body.is_some(), &worker.shared.limits).err();
        Self {
            worker: Rc::clone(worker),
            budget: Rc::clone(budget),
            is_head: parts.method == ::http::Method::HEAD,
            refused,
            head,
            parts: worker.shared.app.is_some().then(|| Box::new(parts)),
            client,
            body,
            exchange: Exchange::new(),
            respond,
        }
    }

    /// Goes as far as it can without waiting.
    pub(super) fn advance(&mut self) -> Rest {
        if let Some(refusal) = self.refused {
            tracing::debug!(%refusal, "request refused");
            return self.fail(Failure::Gate(refusal));
        }
        loop {
            let client = || self.client;
            match self.worker.step(&mut self.exchange, self.head.request(), &client) {
                Stepped::Answer(plan) => return self.settle(plan),
                // It comes to who has called it.
                Stepped::Stream(..) => return self.fail(Failure::Application),
                Stepped::Wait(pending) => return Rest::Job(pending),
                Stepped::App(call) => return Rest::App(call),
                Stepped::Again => {}
            }
        }
    }

    /// An answer, when the body has come; but a client that waits to be asked for it isn't asked, it is answered.
    fn settle(&mut self, plan: ResponsePlan) -> Rest {
        let comes = self.body.is_some() && !self.expects_continue();
        if comes { Rest::Body(plan) } else { self.answer(plan) }
    }

    /// Answers without having asked.
    pub(super) fn fail(&mut self, failure: Failure) -> Rest {
        if !self.exchange.goes_through_none() {
            self.exchange.not_answered(failure);
            return self.advance();
        }
        let request = match failure {
            // What was refused is no request any more.
            Failure::Gate(_) => None,
            _ => Some(self.head.request()),
        };
        let scratch = self.worker.pool.borrow_mut().take();
        let plan = respond::failure(failure, request, None, scratch);
        self.settle(plan)
    }

    /// Whether the client waits to be asked for the body.
    pub(super) fn expects_continue(&self) -> bool {
        self.body.is_some() && self.head.request().has(Known::Expect)
    }

    /// Sends the response, and of its content what the client takes at once.
    pub(super) fn answer(&mut self, plan: ResponsePlan) -> Rest {
        self.worker.counters.answered(plan.status);
        let (response, mut content) = response(
            plan,
            self.is_head,
            &self.worker.date_value.borrow(),
            Some(&mut self.worker.fields.borrow_mut()),
            &mut self.worker.pool.borrow_mut(),
        );
        let Ok(mut stream) = self.respond.send_response(response, content.is_empty()) else {
            // The client has given the stream up.
            return Rest::Nothing;
        };
        if content.is_empty() {
            return Rest::Nothing;
        }
        if content.len() <= CHUNK as u64 {
            let len = content.len() as usize;
            stream.reserve_capacity(len);
            if stream.capacity() >= len
                && let Some(chunk) = content.take_whole()
            {
                self.budget.hand(len as u64);
                let _ = stream.send_data(chunk, true);
                return Rest::Nothing;
            }
        }
        Rest::Content(stream, content)
    }

    /// Reads a body that nobody wants, so that it is known to be well-formed before its request is answered; a long one
    /// isn't waited for. `false`: the stream has ended.
    async fn discard(&mut self) -> bool {
        let Some(mut body) = self.body.take() else { return true };
        let limits = &self.worker.shared.limits;
        let watch = Guard::new(&self.worker);
        watch.set(Waits::Body);
        let mut left = limits.max_discard_bytes;
        loop {
            let data = next_data(&mut body, &watch);
            match data.await {
                Some(Some(Ok(data))) if data.len() as u64 <= left => {
                    left -= data.len() as u64;
                    watch.progress(data.len() as u64);
                    let _ = body.flow_control().release_capacity(data.len());
                }
                // Too much of it: the answer will tell the client to stop (RFC 9113 section 8.1).
                Some(Some(Ok(_))) => return true,
                Some(Some(Err(_))) => return false,
                Some(None) => break,
                None => {
                    self.worker.counters.timed_out.add(1);
                    self.respond.send_reset(Reason::CANCEL);
                    return false;
                }
            }
        }
        // Malformed trailers are told as an error.
        poll_fn(|cx| body.poll_trailers(cx)).await.is_ok()
    }

    /// Goes on to the end.
    pub(super) async fn run(mut self, mut rest: Rest) {
        loop {
            rest = match rest {
                Rest::Nothing => return,
                Rest::Content(stream, content) => return self.send(stream, content).await,
                Rest::App(call) => self.call(call).await,
                Rest::Body(plan) => {
                    if !self.discard().await {
                        return;
                    }
                    self.answer(plan)
                }
                Rest::Job(pending) => match self.wait(pending).await {
                    Waited::Gone => return,
                    Waited::TooLong => self.fail(Failure::ApplicationTooSlow),
                    Waited::Done(Ok(Done::Stage(stage))) => self.go_on(stage),
                    Waited::Done(Ok(_)) => self.go_on(Stage::Failed(Failure::Io)),
                    Waited::Done(Err(_)) => {
                        let plan = self.worker.panicked(self.head.request());
                        self.settle(plan)
                    }
                },
            };
        }
    }
}

/// How a wait for a job has ended.
enum Waited {
    Done(Result<Done, JoinError>),
    /// It is a middleware's, and takes too long.
    TooLong,
    /// The client has given up.
    Gone,
}

impl Stream {
    fn go_on(&mut self, stage: Stage) -> Rest {
        self.exchange.resume(stage);
        self.advance()
    }

    /// Waits for a job, as long as anybody wants to know what comes of it.
    async fn wait(&mut self, mut pending: Pending) -> Waited {
        let watch = Guard::new(&self.worker);
        let has_limit = self.exchange.waits_for_middleware();
        watch.set(if has_limit { Waits::Handler } else { Waits::Not });
        poll_fn(|cx| {
            watch.register(cx.waker());
            if let Poll::Ready(done) = pending.poll(cx) {
                return Poll::Ready(Waited::Done(done));
            }
            if watch.expired().is_some() {
                tracing::warn!("a middleware has not said in time how to go on: 504");
                self.worker.counters.timed_out.add(1);
                return Poll::Ready(Waited::TooLong);
            }
            self.respond.poll_reset(cx).map(|_| Waited::Gone)
        })
        .await
    }

    /// Sends content as the client takes it.
    async fn send(&self, mut stream: SendStream<Chunk>, mut content: Content) {
        let Self { worker, budget, .. } = self;
        let watch = Guard::new(worker);
        watch.set(Waits::Reader);
        let mut mark = 0;
        budget.sent_since(&mut mark);
        while !content.is_empty() {
            stream.reserve_capacity(content.len().min(CHUNK as u64) as usize);
            let capacity = match capacity(&mut stream, &watch).await {
                Capacity::Bytes(bytes) => bytes.min(CHUNK),
                Capacity::Ended => return,
                Capacity::None if is_read(worker, budget, &mut mark) => {
                    watch.begin_anew();
                    continue;
                }
                Capacity::None => {
                    worker.counters.timed_out.add(1);
                    tracing::debug!("a stream whose client does not read was reset");
                    return stream.send_reset(Reason::CANCEL);
                }
            };
            // The socket has a time limit of its own.
            watch.aside(budget.room()).await;
            budget.reserve(capacity as u64);
            let chunk = poll_fn(|cx| content.poll_chunk(cx, capacity, &worker.shared));
            let chunk = watch.aside(chunk).await;
            budget.unreserve(capacity as u64);
            let Some(Ok(chunk)) = chunk else {
                tracing::warn!("an answer was cut short: its file changed or could not be read");
                worker.counters.cut_short.add(1);
                return stream.send_reset(Reason::INTERNAL_ERROR);
            };
            let bytes = chunk.remaining() as u64;
            watch.progress(bytes);
            if stream.send_data(chunk, content.is_empty()).is_err() {
                return;
            }
            budget.hand(bytes);
        }
    }
}

/// Whether the client takes what other streams have: then it is slow, and this one has to wait for its turn.
pub(super) fn is_read(worker: &Worker, budget: &Budget, mark: &mut u64) -> bool {
    budget.sent_since(mark) >= worker.shared.limits.min_progress_bytes.max(1)
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut heads = self.worker.heads.0.borrow_mut();
        if heads.len() < MAX_HEADS {
            heads.push(std::mem::take(&mut self.head));
        }
    }
}

/// More of a body; `None` when it hasn't come in time.
pub(super) async fn next_data(
    body: &mut RecvStream,
    watch: &Guard,
) -> Option<Option<Result<Bytes, h2::Error>>> {
    poll_fn(|cx| {
        watch.register(cx.waker());
        if watch.expired().is_some() { Poll::Ready(None) } else { body.poll_data(cx).map(Some) }
    })
    .await
}

/// What a client can take.
pub(super) enum Capacity {
    Bytes(usize),
    /// The stream has ended.
    Ended,
    /// Nothing, for too long.
    None,
}

/// Waits until the client can take something.
pub(super) async fn capacity(stream: &mut SendStream<Chunk>, watch: &Guard) -> Capacity {
    poll_fn(|cx| {
        watch.register(cx.waker());
        if watch.expired().is_some() {
            return Poll::Ready(Capacity::None);
        }
        match stream.capacity() {
            0 => {}
            bytes => return Poll::Ready(Capacity::Bytes(bytes)),
        }
        loop {
            match stream.poll_capacity(cx) {
                Poll::Ready(Some(Ok(0))) => {}
                Poll::Ready(Some(Ok(bytes))) => return Poll::Ready(Capacity::Bytes(bytes)),
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(Capacity::Ended),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await
}
