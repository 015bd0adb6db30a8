//! One stream: a request, its way through the pipeline, and its response.

use std::cell::RefCell;
use std::future::poll_fn;
use std::mem;
use std::rc::Rc;
use std::task::Poll;

use tokio::task::JoinError;

use super::handle::{Capacity, Handle};
use crate::app::Call;
use crate::chains::Client;
use crate::exchange::{Exchange, Stage};
use crate::http::{Content, Head, content};
use crate::http1::{Known, Method, Refusal};
use crate::http2::{ErrorCode, Received, Request};
use crate::jobs::Done;
use crate::outcome::Failure;
use crate::plan::{Block, ResponsePlan};
use crate::respond;
use crate::step::Pending;
use crate::worker::Worker;
use crate::worker::step::Stepped;
use crate::worker::watch::{Guard, Waits};

/// As much of a body is sent at once.
const CHUNK: usize = 64 * 1024;

/// As many heads are kept for the next streams as a busy worker has under way.
const MAX_HEADS: usize = 256;

/// A head that has grown beyond this, in bytes, is not kept.
const MAX_KEPT: usize = 4 * 1024;

/// Heads without a request.
#[derive(Debug, Default)]
pub(crate) struct Heads(RefCell<Vec<Head>>);

impl Heads {
    pub(super) fn take(&self) -> Head {
        self.0.borrow_mut().pop().unwrap_or_default()
    }

    pub(super) fn put(&self, head: Head) {
        let mut heads = self.0.borrow_mut();
        if heads.len() < MAX_HEADS && (1..=MAX_KEPT).contains(&head.capacity()) {
            heads.push(head);
        }
    }
}

/// A request that has come, and where its response goes.
pub(super) struct Stream {
    pub(super) worker: Rc<Worker>,
    pub(super) is_head: bool,
    /// By the gate.
    refused: Option<Refusal>,
    pub(super) head: Head,
    pub(super) client: Client,
    /// Whether there is content that nobody has asked for yet.
    pub(super) has_body: bool,
    pub(super) content_length: Option<u64>,
    pub(super) exchange: Exchange,
    pub(super) handle: Handle,
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
    Content(Content),
    /// The application.
    App(Call),
}

impl Stream {
    /// A request, judged by the gate.
    pub(super) fn begin(
        worker: &Rc<Worker>,
        client: Client,
        request: Request,
        head: Head,
        handle: Handle,
    ) -> Self {
        let Request { is_head, has_body, content_length, refused, .. } = request;
        Self {
            worker: Rc::clone(worker),
            is_head,
            refused,
            head,
            client,
            has_body,
            content_length,
            exchange: Exchange::new(),
            handle,
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
        // What follows CONNECT is no content.
        let comes = self.has_body && !self.expects_continue() && !self.is_connect();
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

    fn is_connect(&self) -> bool {
        self.refused.is_none() && self.head.request().method() == Method::Connect
    }

    /// Whether the client waits to be asked for the body.
    pub(super) fn expects_continue(&self) -> bool {
        self.has_body && self.head.request().has(Known::Expect)
    }

    /// Sends the response, and of its content what the client takes at once.
    pub(super) fn answer(&mut self, mut plan: ResponsePlan) -> Rest {
        self.worker.counters.answered(plan.status);
        if self.has_body {
            self.handle.throw_content_away();
        }
        let mut content = content(&mut plan, self.is_head);
        let sent = self.handle.respond(&plan, content.is_empty(), &self.worker);
        self.recycle(plan);
        if sent.is_err() || content.is_empty() {
            // The client has given the stream up, or has all of it.
            return Rest::Nothing;
        }
        if content.len() <= CHUNK as u64
            && self.handle.allows(content.len() as usize)
            && let Some(chunk) = content.take_whole()
        {
            let _ = self.handle.send(chunk.as_ref(), true);
            return Rest::Nothing;
        }
        Rest::Content(content)
    }

    /// Keeps the buffers of a plan whose head has been written.
    pub(super) fn recycle(&self, plan: ResponsePlan) {
        let mut pool = self.worker.pool.borrow_mut();
        pool.put(plan.overlay.into_buffer());
        if let Block::Scratch(buffer) = plan.block {
            pool.put(buffer);
        }
    }

    /// Reads a body that nobody wants, so that it is known to be well-formed before its request is answered; a long one
    /// isn't waited for. `false`: the stream has ended.
    async fn discard(&mut self) -> bool {
        if !self.has_body {
            return true;
        }
        let watch = Guard::new(&self.worker);
        watch.set(Waits::Body);
        let mut left = self.worker.shared.limits.max_discard_bytes;
        loop {
            match self.handle.content(&watch).await {
                Some(Ok(Received::Data(data))) => {
                    watch.progress(data.len() as u64);
                    match left.checked_sub(data.len() as u64) {
                        Some(rest) => left = rest,
                        // Too much of it: the answer will tell the client to stop (RFC 9113 section 8.1).
                        None => return true,
                    }
                }
                Some(Ok(Received::End(_))) => {
                    self.has_body = false;
                    return true;
                }
                Some(Err(_)) => return false,
                None => {
                    self.worker.counters.timed_out.add(1);
                    self.handle.reset(ErrorCode::CANCEL);
                    return false;
                }
            }
        }
    }

    /// Goes on to the end.
    pub(super) async fn run(mut self, mut rest: Rest) {
        loop {
            rest = match rest {
                Rest::Nothing => return,
                Rest::Content(content) => return self.send(content).await,
                Rest::App(call) => self.call(call).await,
                Rest::Body(plan) => {
                    if !self.discard().await {
                        return;
                    }
                    self.answer(plan)
                }
                Rest::Job(pending) => match self.job(pending).await {
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
pub(super) enum Waited {
    Done(Result<Done, JoinError>),
    /// It is a middleware's, and takes too long.
    TooLong,
    /// The client has given up.
    Gone,
}

impl Stream {
    async fn job(&self, pending: Pending) -> Waited {
        let has_limit = self.exchange.waits_for_middleware();
        wait(&self.worker, &self.handle, pending, has_limit).await
    }

    fn go_on(&mut self, stage: Stage) -> Rest {
        self.exchange.resume(stage);
        self.advance()
    }

    /// Sends content as the client takes it.
    async fn send(&self, mut content: Content) {
        let Self { worker, handle, .. } = self;
        let mut reader = Reader::new(worker, handle);
        while !content.is_empty() {
            let most = content.len().min(CHUNK as u64) as usize;
            let Some(capacity) = reader.capacity().await else { return };
            let most = most.min(capacity);
            // A disk isn't the client's to wait for, nor are other streams that read from one.
            if content.has_files() && reader.watch.aside(handle.reserve(most)).await.is_err() {
                return;
            }
            let chunk = poll_fn(|cx| content.poll_chunk(cx, most, &worker.shared));
            let Some(Ok(chunk)) = reader.watch.aside(chunk).await else {
                tracing::warn!("an answer was cut short: its file changed or could not be read");
                worker.counters.cut_short.add(1);
                return handle.reset(ErrorCode::INTERNAL_ERROR);
            };
            if !reader.send(chunk.as_ref(), content.is_empty()).await {
                return;
            }
        }
    }
}

/// Waits for a job, or for another request as long as anybody wants to know what comes of it. `has_limit`: it is a
/// middleware's.
pub(super) async fn wait(
    worker: &Rc<Worker>,
    handle: &Handle,
    mut pending: Pending,
    has_limit: bool,
) -> Waited {
    let watch = Guard::new(worker);
    watch.set(if has_limit { Waits::Handler } else { Waits::Not });
    let mut is_gone = false;
    poll_fn(|cx| {
        watch.register(cx.waker());
        if let Poll::Ready(done) = pending.poll(cx) {
            return Poll::Ready(if is_gone { Waited::Gone } else { Waited::Done(done) });
        }
        if watch.expired().is_some() {
            tracing::warn!("a middleware has not said in time how to go on: 504");
            worker.counters.timed_out.add(1);
            return Poll::Ready(Waited::TooLong);
        }
        if !is_gone && handle.poll_gone(cx).is_ready() {
            is_gone = true;
            // A job that has begun goes on, whoever has asked for it, and its stream counts as long.
            if !pending.give_up() {
                return Poll::Ready(Waited::Gone);
            }
            // It may have ended by that, and told nobody yet.
            return pending.poll(cx).map(|_| Waited::Gone);
        }
        Poll::Pending
    })
    .await
}

/// The client, as far as it reads what is sent to it.
pub(super) struct Reader<'a> {
    worker: &'a Worker,
    handle: &'a Handle,
    pub(super) watch: Guard,
    /// What the socket had taken when somebody last looked.
    mark: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(worker: &'a Rc<Worker>, handle: &'a Handle) -> Self {
        let watch = Guard::new(worker);
        watch.set(Waits::Reader);
        Self { worker, handle, watch, mark: handle.sent() }
    }

    /// Waits until it takes something; `None` when it has given up, or was given up for taking nothing.
    pub(super) async fn capacity(&mut self) -> Option<usize> {
        loop {
            match self.handle.capacity(&self.watch).await {
                Capacity::Bytes(bytes) => return Some(bytes),
                Capacity::Ended => return None,
                // It takes what other streams have: then it is slow, and this one has to wait for its turn.
                Capacity::None if self.is_read() => self.watch.begin_anew(),
                Capacity::None => {
                    self.worker.counters.timed_out.add(1);
                    tracing::debug!("a stream whose client does not read was reset");
                    self.handle.reset(ErrorCode::CANCEL);
                    return None;
                }
            }
        }
    }

    fn is_read(&mut self) -> bool {
        let sent = self.handle.sent();
        let read = sent - mem::replace(&mut self.mark, sent);
        read >= self.worker.shared.limits.min_progress_bytes.max(1)
    }

    /// Sends all of this; `false` when the client has given up, or was given up.
    pub(super) async fn send(&mut self, mut data: &[u8], is_end: bool) -> bool {
        loop {
            let Ok(sent) = self.handle.send(data, is_end) else { return false };
            self.watch.progress(sent as u64);
            data = &data[sent..];
            if data.is_empty() {
                return true;
            }
            // Others have used the windows and the room since it was asked, or they allow less than this.
            if self.capacity().await.is_none() {
                return false;
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.worker.heads.put(mem::take(&mut self.head));
    }
}
