//! A request that the application has: its body on the way in, its answer on the way out, both at once and neither
//! faster than the other end takes it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::StatusCode;
use http::response::Parts;
use http_body::{Body, Frame};

use super::{Connection, Doing, Flow};
use crate::app::{Answer, AnswerBody, Call, Offer, RequestBody, Writer, request, response};
use crate::http1::{Event, Refusal};
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::respond;
use crate::worker::watch::Waits;

/// Room that is offered to the socket while a body is received.
const BODY_ROOM: usize = 32 * 1024;

/// What the worker has of a request that is in the application. Dropping it ends the work there.
#[derive(Debug)]
pub(crate) struct Calling {
    /// Until the head of the answer has come.
    answer: Option<Answer>,
    /// The content of the answer, after that.
    content: Option<AnswerBody>,
    /// What is left of the request's body, as long as the handler may read it.
    upload: Option<Writer>,
    /// Whether the handler has asked for the body.
    is_reading: bool,
    /// Whether the handler wants more of the body than has been received.
    is_starved: bool,
    /// The other protocol that the client would speak.
    pub(super) offer: Option<Offer>,
}

/// How one direction went.
enum Moved {
    /// Something has: look again.
    Yes,
    /// Nothing can at the moment; whoever changes that wakes this connection.
    No,
    /// The connection is over.
    Over,
}

impl Connection {
    /// Gives the request at hand to the application.
    pub(super) fn call(&mut self, call: Call) {
        let Some(active) = &mut self.active else { return };
        let shared = &self.place.worker.shared;
        let request = self.engine.request(&active.input, &active.head);
        let body_len = request.body_len();
        let place = shared.app.as_ref().and_then(|app| Some((app, app.place()?)));
        let failure = if body_len.is_some_and(|len| len > shared.limits.max_body_bytes) {
            Failure::Gate(Refusal::BodyTooLarge)
        } else if let Some((app, place)) = place {
            if let Some(mut parts) = request::parts(request, Some(self.place.peer)) {
                let offer = Offer::of(request, &parts.headers).map(|(offer, taken)| {
                    parts.extensions.insert(taken);
                    offer
                });
                let (upload, body) = match body_len {
                    Some(0) => (None, RequestBody::empty()),
                    length => {
                        let (writer, body) = RequestBody::channel(length, app.capacity());
                        (Some(writer), body)
                    }
                };
                active.calling = Some(Box::new(Calling {
                    answer: Some(app.call(call, parts, body, place)),
                    content: None,
                    upload,
                    is_reading: false,
                    is_starved: false,
                    offer,
                }));
                self.place.worker.counters.app_requests.add(1);
                self.doing = Doing::Calling;
                return;
            }
            Failure::Gate(Refusal::Target)
        } else {
            Failure::Overloaded
        };
        self.fail(failure);
    }

    /// Moves what can be moved, in both directions.
    pub(super) fn converse(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Flow>> {
        let mut moved = false;
        if self.has_output()
            && let Poll::Ready(flow) = self.flush(cx)
        {
            match flow? {
                Flow::Again if self.pending.is_none() => moved = true,
                flow => return Poll::Ready(Ok(flow)),
            }
        }
        for direction in [Self::upload, Self::receive, Self::download] {
            // One of them may have answered by itself.
            if self.doing != Doing::Calling {
                return Poll::Ready(Ok(Flow::Again));
            }
            match direction(self, cx) {
                Moved::Yes => moved = true,
                Moved::No => {}
                Moved::Over => return Poll::Ready(Ok(Flow::Done)),
            }
        }
        if moved {
            self.turn += 1;
            if self.turn as usize <= self.place.worker.shared.limits.max_batch {
                return Poll::Ready(Ok(Flow::Again));
            }
            // Whoever moves without end must not keep the worker for itself.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(calling) = self.active.as_ref().and_then(|active| active.calling.as_ref()) else {
            return Poll::Ready(Ok(Flow::Again));
        };
        self.place.watch.set(if self.has_output() {
            Waits::Reader
        } else if calling.is_starved {
            Waits::Body
        } else if calling.answer.is_some() {
            Waits::Handler
        } else {
            Waits::Not
        });
        Poll::Pending
    }

    /// The request's body, from what was received to the handler.
    fn upload(&mut self, cx: &mut Context<'_>) -> Moved {
        let Some(active) = &mut self.active else { return Moved::Over };
        let Some(calling) = &mut active.calling else { return Moved::Over };
        let limits = &self.place.worker.shared.limits;
        calling.is_starved = false;
        let mut moved = Moved::No;
        while let Some(upload) = &calling.upload {
            match upload.poll_room(cx) {
                Poll::Pending => break,
                Poll::Ready(Err(_)) => {
                    calling.upload = None;
                    break;
                }
                Poll::Ready(Ok(())) => {}
            }
            if !calling.is_reading {
                calling.is_reading = true;
                self.engine.read_body(limits.max_body_bytes, &mut active.outbox);
                moved = Moved::Yes;
            }
            match self.engine.next(&mut active.input, &mut active.head, limits) {
                Event::Body(range) => {
                    let bytes = self.engine.body(&active.input, &range);
                    upload.write(Frame::data(Bytes::copy_from_slice(bytes)));
                    moved = Moved::Yes;
                }
                Event::BodyEnd => {
                    if let Some(upload) = calling.upload.take() {
                        upload.finish();
                    }
                }
                Event::Read => {
                    // Whoever drops a body has the client wait for it no longer, and the client's time ends with that.
                    if upload.poll_gone(cx).is_pending() {
                        calling.is_starved = true;
                        break;
                    }
                }
                Event::Refused(refusal) => {
                    tracing::debug!(%refusal, "the body of a request was refused");
                    if self.engine.is_streaming() {
                        return self.cut_content("the body of its request was refused");
                    }
                    self.fail(Failure::Gate(refusal));
                    return Moved::Yes;
                }
                Event::Request | Event::Idle | Event::Preface | Event::Close { .. } => {
                    return Moved::Over;
                }
            }
        }
        moved
    }

    /// From the socket: of the body what is wanted, else a little, because only who receives sees a client go. One that
    /// shuts its side has gone. Where no more is received, the kernel is asked once per look of the watch.
    fn receive(&mut self, cx: &mut Context<'_>) -> Moved {
        let Some(active) = &mut self.active else { return Moved::Over };
        let is_starved = active.calling.as_ref().is_some_and(|calling| calling.is_starved);
        if !is_starved && !self.engine.may_read_ahead(&active.input) {
            if self.place.watch.has_looked() && self.transport.is_gone() {
                tracing::debug!("a client has gone, and left unread what it sent");
                return Moved::Over;
            }
            return Moved::No;
        }
        let room = active.input.vacant();
        if is_starved {
            room.reserve(BODY_ROOM);
        }
        match self.transport.poll_read(cx, room) {
            Poll::Pending => Moved::No,
            Poll::Ready(Ok(0)) => {
                tracing::debug!("a client has gone before its answer was complete");
                Moved::Over
            }
            Poll::Ready(Ok(bytes)) => {
                self.place.watch.progress(bytes as u64);
                Moved::Yes
            }
            Poll::Ready(Err(_)) => Moved::Over,
        }
    }

    /// The answer, from the handler to what is to be sent.
    fn download(&mut self, cx: &mut Context<'_>) -> Moved {
        let Some(active) = &mut self.active else { return Moved::Over };
        let Some(calling) = &mut active.calling else { return Moved::Over };
        if let Some(answer) = &mut calling.answer {
            let Poll::Ready(answered) = Pin::new(answer).poll(cx) else { return Moved::No };
            calling.answer = None;
            match answered {
                Ok((parts, content)) => self.begin_answer(parts, content),
                Err(none) => {
                    let failure = self.place.worker.no_answer(none);
                    self.fail(failure);
                }
            }
            return Moved::Yes;
        }
        let limits = &self.place.worker.shared.limits;
        let mut moved = Moved::No;
        while let Some(content) = &mut calling.content
            && active.outbox.pending() < limits.max_batch_bytes as u64
        {
            let Poll::Ready(next) = Pin::new(content).poll_frame(cx) else { break };
            moved = Moved::Yes;
            let outbox = &mut active.outbox;
            let done = match next {
                // Trailers have no place in what HTTP/1.1 was told ahead.
                Some(Ok(frame)) => {
                    frame.into_data().map_or(Ok(()), |bytes| self.engine.content(bytes, outbox))
                }
                Some(Err(_)) => return self.cut_content("the handler ended before it did"),
                None => {
                    let ended = self.engine.end_content(&mut active.input, outbox, limits);
                    if ended.is_ok() {
                        active.calling = None;
                        self.doing = Doing::Engine;
                        return Moved::Yes;
                    }
                    ended
                }
            };
            if let Err(err) = done {
                tracing::error!(%err, "a handler's answer can't be completed");
                return self.cut_content("the handler announced another length");
            }
        }
        moved
    }

    /// The head of the handler's answer, and its content if it is there already.
    fn begin_answer(&mut self, mut parts: Parts, content: AnswerBody) {
        if parts.status == StatusCode::SWITCHING_PROTOCOLS {
            return self.switch(&mut parts);
        }
        let is_head = self.engine.is_head();
        let scratch = self.place.worker.pool.borrow_mut().take();
        let planned = response::plan(parts, content, is_head, scratch);
        let Some(active) = &mut self.active else { return };
        match planned {
            Ok((plan, content)) if !active.exchange.goes_through_none() => {
                active.exchange.answered(plan, content);
                self.conclude();
            }
            Ok((plan, None)) => self.answer(plan),
            Ok((plan, Some(content))) => self.stream(plan, content),
            Err(failure) => self.fail(failure),
        }
    }

    /// Chains have their say on the answer.
    pub(super) fn conclude(&mut self) {
        self.doing = Doing::Exchange;
        // However long it takes now, it isn't the handler who is waited for.
        self.place.watch.set(Waits::Not);
    }

    /// Begins an answer whose content is still to come.
    pub(super) fn stream(&mut self, plan: ResponsePlan, content: AnswerBody) {
        let Some(active) = &mut self.active else { return };
        if let Some(calling) = &mut active.calling {
            calling.content = Some(content);
        }
        self.place.worker.counters.answered(plan.status);
        let date = self.place.worker.date.borrow();
        let limits = &self.place.worker.shared.limits;
        let (length, input, outbox) = (plan.length, &active.input, &mut active.outbox);
        self.engine.begin_answer(plan, length, input, outbox, &date, limits);
        self.served = true;
        self.doing = Doing::Calling;
    }

    /// The handler has taken too long.
    pub(super) fn give_up_on_handler(&mut self) {
        tracing::warn!(
            "a handler or a middleware has not answered in time; the request is answered 504"
        );
        self.pending = None;
        self.fail(Failure::ApplicationTooSlow);
    }

    /// Answers in the handler's place, and has it end.
    pub(super) fn fail(&mut self, failure: Failure) {
        let Some(active) = &mut self.active else { return };
        active.calling = None;
        if !active.exchange.goes_through_none() {
            active.exchange.not_answered(failure);
            return self.conclude();
        }
        let request = match failure {
            // What was refused is no request any more.
            Failure::Gate(_) => None,
            _ => Some(self.engine.request(&active.input, &active.head)),
        };
        let scratch = self.place.worker.pool.borrow_mut().take();
        let plan = respond::failure(failure, request, None, scratch);
        self.answer(plan);
    }

    /// Ends the connection in the middle of an answer. Where its end is what ends the content, a reset says that this
    /// is not it.
    fn cut_content(&mut self, why: &str) -> Moved {
        if self.engine.ends_by_close() {
            let _ = socket2::SockRef::from(self.transport.socket())
                .set_linger(Some(std::time::Duration::ZERO));
        }
        let _ = self.cut(why);
        Moved::Over
    }
}
