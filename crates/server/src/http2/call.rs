//! A request that the application has: its body on the way in and its answer on the way out, both at once, and neither
//! faster than the other end takes it.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use ::http::response::Parts;
use ::http::{HeaderMap, Response, StatusCode, header};
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http_body::{Body, Frame};

use super::budget::Budget;
use super::stream::{Capacity, Rest, Stream, capacity, is_read, next_data};
use crate::app::{Answer, AnswerBody, Call, RequestBody, Writer, request, response};
use crate::chains::Client;
use crate::exchange::Exchange;
use crate::http::{Chunk, head};
use crate::http1::{Refusal, Request};
use crate::jobs::Done;
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::worker::Worker;
use crate::worker::step::Stepped;
use crate::worker::watch::{Guard, Waits};

/// The way of the response, which the way in uses too: a client that waits to be asked is asked there.
type Respond<'a> = RefCell<&'a mut SendResponse<Chunk>>;

/// The request's body on its way to the handler.
struct Upload {
    body: RecvStream,
    writer: Writer,
    /// Whether the client waits to be asked for it (RFC 9110 section 10.1.1).
    expects_continue: bool,
}

/// How the way in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Received {
    /// The handler has all of it, or wants no more.
    Enough,
    /// It is longer than allowed.
    TooLarge,
    /// The client has given up, or what it sent is malformed: the engine knows.
    Broken,
    /// Nothing more of it has come in time.
    TooSlow,
}

/// What is left to do for an answer.
enum Outcome {
    Answer(ResponsePlan),
    Fail(Failure),
    /// It was sent, or can't be.
    Over,
}

impl Stream {
    /// Gives the request to the application, and sends what it answers.
    pub(super) async fn call(&mut self, call: Call) -> Rest {
        let (answer, upload) = match self.ask(call) {
            Ok(asked) => asked,
            Err(failure) => return self.fail(failure),
        };
        match self.converse(answer, upload).await {
            Outcome::Answer(plan) => self.answer(plan),
            Outcome::Fail(failure) => self.fail(failure),
            Outcome::Over => Rest::Nothing,
        }
    }

    fn ask(&mut self, call: Call) -> Result<(Answer, Option<Upload>), Failure> {
        let shared = &self.worker.shared;
        let (Some(app), Some(parts)) = (&shared.app, self.parts.take()) else {
            return Err(Failure::Application);
        };
        let length = length(&parts.headers);
        if length.is_some_and(|length| length > shared.limits.max_body_bytes) {
            return Err(Failure::Gate(Refusal::BodyTooLarge));
        }
        let place = app.place().ok_or(Failure::Overloaded)?;
        let expects_continue = self.expects_continue();
        let parts =
            request::of_parts(*parts, self.client.address).ok_or(Failure::Gate(Refusal::Target))?;
        let (upload, body) = match self.body.take() {
            None => (None, RequestBody::empty()),
            Some(body) => {
                let (writer, taken) = RequestBody::channel(length, app.capacity());
                (Some(Upload { body, writer, expects_continue }), taken)
            }
        };
        self.worker.counters.app_requests.add(1);
        Ok((app.call(call, parts, body, place), upload))
    }

    /// Both directions, up to the end of the answer.
    async fn converse(&mut self, mut answer: Answer, upload: Option<Upload>) -> Outcome {
        let (worker, is_head) = (Rc::clone(&self.worker), self.is_head);
        let budget = Rc::clone(&self.budget);
        let (exchange, request, client) = (&mut self.exchange, self.head.request(), self.client);
        let respond = RefCell::new(&mut self.respond);
        let is_starved = Cell::new(false);
        let mut receiving = pin!(receive(upload, &respond, &worker, &is_starved));
        let mut is_received = false;

        let answered = head_of(&mut answer, &respond, &worker, &is_starved);
        let answered = alongside(answered, receiving.as_mut(), &mut is_received).await;
        let (parts, content) = match answered {
            Ok(Ok(answered)) => answered,
            Ok(Err(failure)) => return failure.map_or(Outcome::Over, Outcome::Fail),
            Err(Received::TooLarge) => return Outcome::Fail(Failure::Gate(Refusal::BodyTooLarge)),
            Err(received) => return broken(received, &respond, &worker),
        };
        let mut planned = match response::plan(parts, content, is_head, Vec::new()) {
            Ok(planned) => planned,
            Err(failure) => return Outcome::Fail(failure),
        };
        if !exchange.goes_through_none() {
            exchange.answered(planned.0, planned.1);
            let concluded = concluded(&worker, exchange, request, client);
            planned = match alongside(concluded, receiving.as_mut(), &mut is_received).await {
                Ok(planned) => planned,
                Err(Received::TooLarge) => {
                    return Outcome::Fail(Failure::Gate(Refusal::BodyTooLarge));
                }
                Err(received) => return broken(received, &respond, &worker),
            };
        }
        let (plan, Some(content)) = planned else { return Outcome::Answer(planned.0) };
        worker.counters.answered(plan.status);
        let left = plan.length;
        let (date, buffers) = (&worker.date_value, &worker.pool);
        let head = head(plan, &date.borrow(), None, &mut buffers.borrow_mut());
        let sent = respond.borrow_mut().send_response(head, false);
        let Ok(mut stream) = sent else { return Outcome::Over };
        let sending = async {
            let watch = Guard::new(&worker);
            let (stream, watch, budget) = (&mut stream, &watch, &*budget);
            let mut sender = Sender { stream, watch, worker: &worker, budget, mark: 0 };
            budget.sent_since(&mut sender.mark);
            sender.send(content, left).await
        };
        match alongside(sending, receiving.as_mut(), &mut is_received).await {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => {
                if reason == Reason::INTERNAL_ERROR {
                    worker.counters.cut_short.add(1);
                } else {
                    worker.counters.timed_out.add(1);
                }
                respond.borrow_mut().send_reset(reason);
            }
            Err(Received::TooLarge) => {
                tracing::debug!("the body of a request was longer than allowed");
                respond.borrow_mut().send_reset(Reason::CANCEL);
            }
            Err(received) => return broken(received, &respond, &worker),
        }
        Outcome::Over
    }
}

/// What chains make of an answer.
async fn concluded(
    worker: &Rc<Worker>,
    exchange: &mut Exchange,
    request: Request<'_>,
    client: Client,
) -> (ResponsePlan, Option<AnswerBody>) {
    loop {
        match worker.step(exchange, request, &|| client) {
            Stepped::Answer(plan) => return (plan, None),
            Stepped::Stream(plan, content) => return (plan, Some(content)),
            Stepped::Again => {}
            Stepped::Wait(mut pending) => {
                let watch = Guard::new(worker);
                watch.set(Waits::Handler);
                let done = poll_fn(|cx| {
                    watch.register(cx.waker());
                    let done = pending.poll(cx).map(Some);
                    if done.is_pending() && watch.expired().is_some() {
                        return Poll::Ready(None);
                    }
                    done
                });
                match done.await {
                    Some(Ok(Done::Stage(stage))) => exchange.resume(stage),
                    Some(_) => return (worker.panicked(request), None),
                    None => {
                        worker.counters.timed_out.add(1);
                        exchange.not_answered(Failure::ApplicationTooSlow);
                    }
                }
            }
            // It has been asked.
            Stepped::App(_) => return (worker.panicked(request), None),
        }
    }
}

/// Does the work while the body is received, too. An error is how receiving ended, if that ends the request.
async fn alongside<T>(
    work: impl Future<Output = T>,
    mut receiving: Pin<&mut impl Future<Output = Received>>,
    is_received: &mut bool,
) -> Result<T, Received> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        if !*is_received && let Poll::Ready(received) = receiving.as_mut().poll(cx) {
            *is_received = true;
            if received != Received::Enough {
                return Poll::Ready(Err(received));
            }
        }
        work.as_mut().poll(cx).map(Ok)
    })
    .await
}

/// Hands the body over as the handler reads it.
/// `is_starved` says meanwhile whether it is the client who is waited for.
async fn receive(
    upload: Option<Upload>,
    respond: &Respond<'_>,
    worker: &Rc<Worker>,
    is_starved: &Cell<bool>,
) -> Received {
    let Some(Upload { mut body, writer, mut expects_continue }) = upload else {
        return Received::Enough;
    };
    let watch = Guard::new(worker);
    watch.set(Waits::Body);
    let mut left = worker.shared.limits.max_body_bytes;
    loop {
        if watch.aside(poll_fn(|cx| writer.poll_room(cx))).await.is_err() {
            return Received::Enough;
        }
        if std::mem::take(&mut expects_continue) {
            let mut go_on = Response::new(());
            *go_on.status_mut() = StatusCode::CONTINUE;
            let _ = respond.borrow_mut().send_informational(go_on);
        }
        is_starved.set(true);
        let next = next_data(&mut body, &watch).await;
        is_starved.set(false);
        let data = match next {
            Some(Some(Ok(data))) => data,
            Some(Some(Err(_))) => return Received::Broken,
            Some(None) => break,
            None => return Received::TooSlow,
        };
        watch.progress(data.len() as u64);
        let Some(rest) = left.checked_sub(data.len() as u64) else { return Received::TooLarge };
        left = rest;
        let _ = body.flow_control().release_capacity(data.len());
        writer.write(Frame::data(data));
    }
    match poll_fn(|cx| body.poll_trailers(cx)).await {
        Ok(trailers) => {
            if let Some(trailers) = trailers {
                writer.write(Frame::trailers(trailers));
            }
            writer.finish();
            Received::Enough
        }
        Err(_) => Received::Broken,
    }
}

/// What ends a request whose body ended like this.
fn broken(received: Received, respond: &Respond<'_>, worker: &Worker) -> Outcome {
    if received == Received::TooSlow {
        worker.counters.timed_out.add(1);
        respond.borrow_mut().send_reset(Reason::CANCEL);
    }
    Outcome::Over
}

/// Waits for the head of the answer, as long as anybody wants it; without a failure, nobody does any more.
async fn head_of(
    answer: &mut Answer,
    respond: &Respond<'_>,
    worker: &Rc<Worker>,
    is_starved: &Cell<bool>,
) -> Result<(Parts, AnswerBody), Option<Failure>> {
    let watch = Guard::new(worker);
    let answered = poll_fn(|cx| {
        // The handler's time runs only while nobody else is waited for.
        watch.set(if is_starved.get() { Waits::Not } else { Waits::Handler });
        watch.register(cx.waker());
        if let Poll::Ready(answered) = Pin::new(&mut *answer).poll(cx) {
            return Poll::Ready(Ok(answered));
        }
        if watch.expired().is_some() {
            tracing::warn!("a handler has not answered in time; the request is answered 504");
            worker.counters.timed_out.add(1);
            return Poll::Ready(Err(Some(Failure::ApplicationTooSlow)));
        }
        // The client has given up.
        respond.borrow_mut().poll_reset(cx).map(|_| Err(None))
    });
    match answered.await? {
        Ok(answered) => Ok(answered),
        Err(none) => Err(Some(worker.no_answer(none))),
    }
}

/// The way out of content that comes bit by bit.
struct Sender<'a> {
    stream: &'a mut SendStream<Chunk>,
    watch: &'a Guard,
    worker: &'a Worker,
    budget: &'a Budget,
    /// What the socket had taken when somebody last looked.
    mark: u64,
}

impl Sender<'_> {
    /// Sends content to its end. An error is what the stream is to be reset with.
    async fn send(&mut self, mut content: AnswerBody, mut left: Option<u64>) -> Result<(), Reason> {
        self.watch.set(Waits::Reader);
        loop {
            let stream = &mut *self.stream;
            let next = poll_fn(|cx| {
                if stream.poll_reset(cx).is_ready() {
                    return Poll::Ready(None);
                }
                Pin::new(&mut content).poll_frame(cx).map(Some)
            });
            // The client has given up.
            let Some(next) = self.watch.aside(next).await else { return Ok(()) };
            let frame = match next {
                Some(Ok(frame)) => frame,
                Some(Err(_)) => return Err(Reason::INTERNAL_ERROR),
                None => return self.end(left, None),
            };
            let data = match frame.into_data() {
                Ok(data) => data,
                Err(frame) => return self.end(left, frame.into_trailers().ok()),
            };
            if let Some(left) = &mut left {
                *left = left.checked_sub(data.len() as u64).ok_or_else(|| {
                    tracing::error!("a handler announced less content than it has");
                    Reason::INTERNAL_ERROR
                })?;
            }
            if !self.data(data).await? {
                return Ok(());
            }
        }
    }

    /// `false`: the client has given up.
    async fn data(&mut self, mut data: Bytes) -> Result<bool, Reason> {
        while !data.is_empty() {
            self.stream.reserve_capacity(data.len());
            let bytes = match capacity(self.stream, self.watch).await {
                Capacity::Bytes(bytes) => bytes.min(data.len()),
                Capacity::Ended => return Ok(false),
                Capacity::None if is_read(self.worker, self.budget, &mut self.mark) => {
                    self.watch.begin_anew();
                    continue;
                }
                Capacity::None => return Err(Reason::CANCEL),
            };
            self.watch.aside(self.budget.room()).await;
            self.watch.progress(bytes as u64);
            let chunk = Chunk::Bytes(data.split_to(bytes));
            if self.stream.send_data(chunk, false).is_err() {
                return Ok(false);
            }
            self.budget.hand(bytes as u64);
        }
        Ok(true)
    }

    fn end(&mut self, left: Option<u64>, trailers: Option<HeaderMap>) -> Result<(), Reason> {
        if left.is_some_and(|left| left > 0) {
            tracing::error!("a handler announced more content than it has");
            return Err(Reason::INTERNAL_ERROR);
        }
        // Whoever has given up meanwhile needs no end.
        let _ = match trailers {
            Some(trailers) => self.stream.send_trailers(trailers),
            None => self.stream.send_data(Chunk::Bytes(Bytes::new()), true),
        };
        Ok(())
    }
}

/// What the engine has found to be a number.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
