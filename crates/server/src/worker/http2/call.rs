//! A request that the application has: its body on the way in and its answer on the way out, both at once, and neither
//! faster than the other end takes it.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use ::http::HeaderMap;
use ::http::response::Parts;
use http_body::{Body, Frame};

use super::handle::Handle;
use super::stream::{Reader, Rest, Stream, Waited, wait};
use crate::app::{Answer, AnswerBody, Call, RequestBody, Writer, request, response};
use crate::chains::Client;
use crate::exchange::Exchange;
use crate::http1::{Refusal, Request};
use crate::http2::{self, ErrorCode};
use crate::jobs::Done;
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::worker::Worker;
use crate::worker::step::Stepped;
use crate::worker::watch::{Guard, Waits};

/// The request's body on its way to the handler.
struct Upload {
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
            Outcome::Fail(failure) => {
                // It was the application's to read; what is left of it isn't waited for.
                self.handle.throw_content_away();
                self.has_body = false;
                self.fail(failure)
            }
            Outcome::Over => Rest::Nothing,
        }
    }

    fn ask(&mut self, call: Call) -> Result<(Answer, Option<Upload>), Failure> {
        let shared = &self.worker.shared;
        let app = shared.app.as_ref().ok_or(Failure::Application)?;
        let length = self.content_length;
        if length.is_some_and(|length| length > shared.limits.max_body_bytes) {
            return Err(Failure::Gate(Refusal::BodyTooLarge));
        }
        let place = app.place().ok_or(Failure::Overloaded)?;
        let parts = request::parts_of_http2(self.head.request(), self.client.address)
            .ok_or(Failure::Gate(Refusal::Target))?;
        let expects_continue = self.expects_continue();
        let (upload, body) = if self.has_body {
            let (writer, taken) = RequestBody::channel(length, app.capacity());
            (Some(Upload { writer, expects_continue }), taken)
        } else {
            (None, RequestBody::empty())
        };
        self.worker.counters.app_requests.add(1);
        Ok((app.call(call, parts, body, place), upload))
    }

    /// Both directions, up to the end of the answer.
    async fn converse(&mut self, mut answer: Answer, upload: Option<Upload>) -> Outcome {
        let (worker, is_head) = (Rc::clone(&self.worker), self.is_head);
        let (exchange, request, client) = (&mut self.exchange, self.head.request(), self.client);
        let handle = &self.handle;
        let is_starved = Cell::new(false);
        let mut receiving = pin!(receive(upload, handle, &worker, &is_starved));
        let mut is_received = false;

        let answered = head_of(&mut answer, handle, &worker, &is_starved);
        let answered = alongside(answered, receiving.as_mut(), &mut is_received).await;
        let (parts, content) = match answered {
            Ok(Ok(answered)) => answered,
            Ok(Err(failure)) => return failure.map_or(Outcome::Over, Outcome::Fail),
            Err(Received::TooLarge) => return Outcome::Fail(Failure::Gate(Refusal::BodyTooLarge)),
            Err(received) => return broken(received, handle, &worker),
        };
        let mut planned = match response::plan(parts, content, is_head, Vec::new()) {
            Ok(planned) => planned,
            Err(failure) => return Outcome::Fail(failure),
        };
        if !exchange.goes_through_none() {
            exchange.answered(planned.0, planned.1);
            let concluded = concluded(&worker, handle, exchange, request, client);
            planned = match alongside(concluded, receiving.as_mut(), &mut is_received).await {
                Ok(Some(planned)) => planned,
                Ok(None) => return Outcome::Over,
                Err(Received::TooLarge) => {
                    return Outcome::Fail(Failure::Gate(Refusal::BodyTooLarge));
                }
                Err(received) => return broken(received, handle, &worker),
            };
        }
        let (plan, Some(content)) = planned else { return Outcome::Answer(planned.0) };
        worker.counters.answered(plan.status);
        let left = plan.length;
        if handle.respond(&plan, false, &worker).is_err() {
            return Outcome::Over;
        }
        let sending = async {
            Sender { handle, reader: Reader::new(&worker, handle) }.send(content, left).await
        };
        match alongside(sending, receiving.as_mut(), &mut is_received).await {
            Ok(Ok(())) => {}
            Ok(Err(Failed)) => {
                worker.counters.cut_short.add(1);
                handle.reset(ErrorCode::INTERNAL_ERROR);
            }
            Err(Received::TooLarge) => {
                tracing::debug!("the body of a request was longer than allowed");
                handle.reset(ErrorCode::CANCEL);
            }
            Err(received) => return broken(received, handle, &worker),
        }
        Outcome::Over
    }
}

/// What chains make of an answer; nothing if the client has given up meanwhile.
async fn concluded(
    worker: &Rc<Worker>,
    handle: &Handle,
    exchange: &mut Exchange,
    request: Request<'_>,
    client: Client,
) -> Option<(ResponsePlan, Option<AnswerBody>)> {
    loop {
        match worker.step(exchange, request, &|| client) {
            Stepped::Answer(plan) => return Some((plan, None)),
            Stepped::Stream(plan, content) => return Some((plan, Some(content))),
            Stepped::Again => {}
            Stepped::Wait(pending) => match wait(worker, handle, pending, true).await {
                Waited::Done(Ok(Done::Stage(stage))) => exchange.resume(stage),
                Waited::Done(_) => return Some((worker.panicked(request), None)),
                Waited::TooLong => exchange.not_answered(Failure::ApplicationTooSlow),
                Waited::Gone => return None,
            },
            // It has been asked.
            Stepped::App(_) => return Some((worker.panicked(request), None)),
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
    handle: &Handle,
    worker: &Rc<Worker>,
    is_starved: &Cell<bool>,
) -> Received {
    let Some(Upload { writer, mut expects_continue }) = upload else { return Received::Enough };
    let watch = Guard::new(worker);
    watch.set(Waits::Body);
    let mut left = worker.shared.limits.max_body_bytes;
    loop {
        if watch.aside(poll_fn(|cx| writer.poll_room(cx))).await.is_err() {
            handle.throw_content_away();
            return Received::Enough;
        }
        if std::mem::take(&mut expects_continue) {
            handle.go_on();
        }
        is_starved.set(true);
        let next = handle.content(&watch).await;
        is_starved.set(false);
        match next {
            Some(Ok(http2::Received::Data(data))) => {
                watch.progress(data.len() as u64);
                let Some(rest) = left.checked_sub(data.len() as u64) else {
                    return Received::TooLarge;
                };
                left = rest;
                writer.write(Frame::data(data));
            }
            Some(Ok(http2::Received::End(trailers))) => {
                if let Some(trailers) = trailers {
                    writer.write(Frame::trailers(trailers));
                }
                writer.finish();
                return Received::Enough;
            }
            Some(Err(_)) => return Received::Broken,
            None => return Received::TooSlow,
        }
    }
}

/// What ends a request whose body ended like this.
fn broken(received: Received, handle: &Handle, worker: &Worker) -> Outcome {
    if received == Received::TooSlow {
        worker.counters.timed_out.add(1);
        handle.reset(ErrorCode::CANCEL);
    }
    Outcome::Over
}

/// Waits for the head of the answer, as long as anybody wants it; without a failure, nobody does any more.
async fn head_of(
    answer: &mut Answer,
    handle: &Handle,
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
        handle.poll_gone(cx).map(|()| Err(None))
    });
    match answered.await? {
        Ok(answered) => Ok(answered),
        Err(none) => Err(Some(worker.no_answer(none))),
    }
}

/// The way out of content that comes bit by bit.
struct Sender<'a> {
    handle: &'a Handle,
    reader: Reader<'a>,
}

/// The handler has not kept what it announced.
struct Failed;

impl Sender<'_> {
    /// Sends content to its end, or until the client has given up.
    async fn send(&mut self, mut content: AnswerBody, mut left: Option<u64>) -> Result<(), Failed> {
        loop {
            let next = poll_fn(|cx| {
                if self.handle.poll_gone(cx).is_ready() {
                    return Poll::Ready(None);
                }
                Pin::new(&mut content).poll_frame(cx).map(Some)
            });
            let Some(next) = self.reader.watch.aside(next).await else { return Ok(()) };
            let frame = match next {
                Some(Ok(frame)) => frame,
                Some(Err(_)) => return Err(Failed),
                None => return self.end(left, None),
            };
            let data = match frame.into_data() {
                Ok(data) => data,
                Err(frame) => return self.end(left, frame.into_trailers().ok()),
            };
            if let Some(left) = &mut left {
                *left = left.checked_sub(data.len() as u64).ok_or_else(|| {
                    tracing::error!("a handler announced less content than it has");
                    Failed
                })?;
            }
            if !data.is_empty() && self.reader.capacity().await.is_none() {
                return Ok(());
            }
            if !self.reader.send(&data, false).await {
                return Ok(());
            }
        }
    }

    fn end(&mut self, left: Option<u64>, trailers: Option<HeaderMap>) -> Result<(), Failed> {
        if left.is_some_and(|left| left > 0) {
            tracing::error!("a handler announced more content than it has");
            return Err(Failed);
        }
        // Whoever has given up meanwhile needs no end.
        let _ = match trailers {
            Some(trailers) => self.handle.send_trailers(&trailers),
            None => self.handle.send(&[], true).map(|_| ()),
        };
        Ok(())
    }
}
