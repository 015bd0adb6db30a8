//! The life of one connection: a hand-written future that moves bytes between a socket and the engine.
//!
//! By hand, because an idle connection must hold nothing but this struct: what it works with comes from the
//! worker and goes back (`spare.rs`).

mod application;
mod ending;
mod upgrade;
mod waiting;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::chains::Client;
use crate::exchange::Exchange;
use crate::http1::{self, Event, Phase, Refusal};
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::respond;
use crate::status::Status;
use crate::step::Pending;
use crate::worker::life::{Handover, Place};
use crate::worker::spare::Active;
use crate::worker::step::Stepped;
use crate::worker::transmit::Sent;
use crate::worker::transport::Transport;
use crate::worker::watch::Waits;

pub(super) use application::Calling;

/// One connection.
pub(crate) struct Connection {
    transport: Transport,
    engine: http1::Connection,
    active: Option<Box<Active>>,
    pending: Option<Pending>,
    doing: Doing,
    place: Place,
    linger_bytes: u32,
    /// Answers since others had their turn.
    turn: u32,
    draining: bool,
    /// Whether anything has been answered: the first head has less time than the next.
    served: bool,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Closed,
    /// It goes on in HTTP/2: [`Connection::hand_over`].
    Http2,
    /// It goes on in another protocol: [`Connection::upgrade`].
    Upgraded,
}

/// What the connection is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// Ask the engine what comes next.
    Engine,
    /// A request is in the pipeline.
    Exchange,
    /// The application has it.
    Calling,
    /// Send what is left, then leave HTTP.
    Switching,
    /// Send what is left, then end.
    Closing { linger: bool },
    /// Our side is shut; the client's rest is thrown away.
    Lingering,
}

enum Flow {
    Again,
    Done,
    Http2,
    Upgraded,
}

impl Connection {
    pub(crate) fn new(transport: Transport, place: Place) -> Self {
        // Under TLS that is said by ALPN, and by nothing else (RFC 9113 section 3.2).
        let may_be_http2 = place.worker.shared.prior_knowledge && transport.is_plain();
        Self {
            transport,
            engine: http1::Connection::new().may_be_http2(may_be_http2),
            active: None,
            pending: None,
            doing: Doing::Engine,
            place,
            linger_bytes: 0,
            turn: 0,
            draining: false,
            served: false,
        }
    }

    /// Refuses whatever comes.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.engine.refuse_next(refusal);
    }

    /// For the protocol that it goes on in.
    pub(crate) fn hand_over(self) -> Handover {
        let received = self.active.map_or(Vec::new(), |mut active| active.input.take());
        Handover { transport: self.transport, place: self.place, received }
    }
}

impl Future for Connection {
    type Output = Ended;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        let this = self.get_mut();
        this.turn = 0;
        this.place.watch.register(cx.waker());
        if this.place.worker.draining.get() && !this.draining && !this.may_still_ask() {
            this.drain();
        }
        if let Some(waits) = this.place.watch.expired() {
            this.place.worker.counters.timed_out.add(1);
            if let Flow::Done = this.expire(waits) {
                return Poll::Ready(Ended::Closed);
            }
        }
        loop {
            match ready!(this.advance(cx)) {
                Ok(Flow::Again) => {}
                // An error of the socket: the client is gone, and with it whom to tell.
                Ok(Flow::Done) | Err(_) => return Poll::Ready(Ended::Closed),
                Ok(Flow::Http2) => return Poll::Ready(Ended::Http2),
                Ok(Flow::Upgraded) => return Poll::Ready(Ended::Upgraded),
            }
        }
    }
}

impl Connection {
    /// One thing at a time.
    fn advance(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Flow>> {
        if self.doing == Doing::Lingering {
            return self.linger(cx);
        }
        if self.pending.is_some() {
            return self.wait(cx);
        }
        if self.doing == Doing::Calling {
            return self.converse(cx);
        }
        if self
            .active
            .as_ref()
            .is_some_and(|active| active.outbox.must_flush(&self.place.worker.shared.limits))
        {
            // A batch of few bytes or one of few answers: both are a turn.
            self.turn = self.turn.max(self.max_turn());
            return self.flush(cx);
        }
        if self.is_others_turn() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        match self.doing {
            Doing::Exchange => {
                self.step();
                Poll::Ready(Ok(Flow::Again))
            }
            Doing::Engine => self.ask_engine(cx),
            Doing::Switching if self.has_output() => self.flush(cx),
            Doing::Switching => Poll::Ready(Ok(Flow::Upgraded)),
            Doing::Closing { linger } => {
                if self.has_output() {
                    return self.flush(cx);
                }
                // It is not the client's turn; a full socket is no reason to wait for long.
                self.place.watch.set(Waits::Linger);
                if !linger {
                    ready!(self.transport.poll_goodbye(cx))?;
                    // Closing says the same of the socket, with one call less.
                    return Poll::Ready(Ok(Flow::Done));
                }
                ready!(self.transport.poll_close(cx))?;
                self.release_for_good();
                self.doing = Doing::Lingering;
                Poll::Ready(Ok(Flow::Again))
            }
            Doing::Calling | Doing::Lingering => unreachable!("handled first"),
        }
    }

    fn ask_engine(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Flow>> {
        let active = self.active.get_or_insert_with(|| self.place.worker.spare.take());
        match self.engine.next(
            &mut active.input,
            &mut active.head,
            &self.place.worker.shared.limits,
        ) {
            Event::Request => {
                active.exchange = Exchange::new();
                self.doing = Doing::Exchange;
                // However long it takes now, it isn't the client who is waited for.
                self.place.watch.set(Waits::Not);
            }
            Event::Refused(refusal) => {
                tracing::debug!(%refusal, "request refused");
                let scratch = self.place.worker.pool.borrow_mut().take();
                let plan = respond::failure(Failure::Gate(refusal), None, None, scratch);
                self.answer(plan);
            }
            // Nobody asks for request bodies yet, so the engine discards them by itself.
            Event::Body(_) | Event::BodyEnd => {}
            Event::Read | Event::Idle => return self.read(cx),
            Event::Close { linger } => self.doing = Doing::Closing { linger },
            Event::Preface => return Poll::Ready(Ok(Flow::Http2)),
        }
        Poll::Ready(Ok(Flow::Again))
    }

    /// Whether a batch has been answered and sent, and more requests have come: whoever sends without end must not
    /// keep the worker for itself.
    fn is_others_turn(&self) -> bool {
        self.doing == Doing::Engine
            && self.turn >= self.max_turn()
            && self.active.as_ref().is_some_and(|it| it.outbox.is_empty() && !it.input.is_empty())
    }

    /// Answers in a turn.
    fn max_turn(&self) -> u32 {
        u32::try_from(self.place.worker.shared.limits.max_batch).unwrap_or(u32::MAX)
    }

    /// Takes the request one step on.
    fn step(&mut self) {
        let Some(active) = &mut self.active else { return };
        let request = self.engine.request(&active.input, &active.head);
        let (address, is_secure) = (Some(self.place.peer), !self.transport.is_plain());
        let client = || Client { address, is_secure, protocol: None };
        match self.place.worker.step(&mut active.exchange, request, &client) {
            Stepped::Answer(plan) if plan.status == Status::SWITCHING_PROTOCOLS => {
                self.switched(plan);
            }
            Stepped::Answer(plan) => self.answer(plan),
            Stepped::Stream(plan, content) => self.stream(plan, content),
            Stepped::Wait(pending) => {
                self.pending = Some(pending);
                if active.exchange.waits_for_middleware() {
                    // It may wait for others than disks.
                    self.place.watch.set(Waits::Handler);
                }
            }
            Stepped::App(call) => self.call(call),
            Stepped::Again => {}
        }
    }

    fn panicked(&mut self) {
        let Some(active) = &mut self.active else { return };
        let plan = self.place.worker.panicked(self.engine.request(&active.input, &active.head));
        self.answer(plan);
    }

    fn answer(&mut self, plan: ResponsePlan) {
        let Some(active) = &mut self.active else { return };
        active.calling = None;
        self.place.worker.counters.answered(plan.status);
        if active.exchange.opened_now() {
            active.transmit.trust();
        }
        let date = self.place.worker.date.borrow();
        let limits = &self.place.worker.shared.limits;
        self.engine.answer(plan, &mut active.input, &mut active.outbox, &date, limits);
        self.place.watch.set(Waits::Not);
        self.doing = Doing::Engine;
        self.served = true;
        self.turn += 1;
    }

    fn has_output(&self) -> bool {
        let is_left = |active: &Active| !active.outbox.is_empty() || self.transport.holds();
        self.active.as_deref().is_some_and(is_left)
    }

    /// Sends what waits. `Again` when all of it has gone or a job must run first.
    fn flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Flow>> {
        let Some(active) = &mut self.active else { return Poll::Ready(Ok(Flow::Again)) };
        let (counters, watch) = (&self.place.worker.counters, &self.place.watch);
        let mut count = |bytes, by_sendfile| {
            counters.sent(bytes, by_sendfile);
            watch.progress(bytes);
        };
        let sent = active.transmit.poll(
            cx,
            &mut self.transport,
            &mut active.outbox,
            &self.place.worker.shared.fs,
            &mut count,
        );
        match sent {
            Poll::Pending => {
                watch.set(Waits::Reader);
                return Poll::Pending;
            }
            Poll::Ready(sent) => match sent? {
                Sent::All => {
                    active.outbox.recycle(&mut self.place.worker.pool.borrow_mut());
                    watch.set(Waits::Not);
                }
                Sent::Slice => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Sent::Park(job) => {
                    self.place.worker.counters.parked.add(1);
                    watch.set(Waits::Not);
                    self.pending = self.place.worker.shared.queue.spawn(job).map(Pending::Job);
                    if self.pending.is_none() {
                        return self.cut("the queue of the blocking pool is full");
                    }
                }
                Sent::Cut => {
                    return self.cut("the file changed or could not be read while it was sent");
                }
            },
        }
        Poll::Ready(Ok(Flow::Again))
    }

    /// Sends what is complete, then takes in what has come.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Flow>> {
        if self.has_output() {
            return self.flush(cx);
        }
        let Some(active) = &mut self.active else { return Poll::Ready(Ok(Flow::Again)) };
        match self.transport.poll_read(cx, active.input.vacant()) {
            Poll::Ready(Ok(0)) => self.engine.end_of_input(),
            Poll::Ready(Ok(bytes)) => {
                self.place.watch.progress(bytes as u64);
                if self.place.worker.draining.get() {
                    self.drain();
                }
            }
            Poll::Ready(Err(err)) => return Poll::Ready(Err(err)),
            Poll::Pending => {
                let phase = self.engine.phase();
                let waits = match phase {
                    Phase::Idle if self.place.worker.draining.get() => Waits::Linger,
                    Phase::Idle if self.served => Waits::Idle,
                    Phase::Body => Waits::Body,
                    _ => Waits::Head,
                };
                self.place.watch.set(waits);
                if phase == Phase::Idle && active.input.is_empty() {
                    self.release();
                }
                return Poll::Pending;
            }
        }
        Poll::Ready(Ok(Flow::Again))
    }

    /// Gives the working memory back.
    fn release(&mut self) {
        if let Some(active) = self.active.take() {
            self.place.worker.spare.put(active);
        }
    }

    /// Drops the working memory, which may hold bytes that nobody will look at.
    fn release_for_good(&mut self) {
        self.active = None;
    }
}
