//! One step of a request, with what the worker lends to it: for whoever carries the request, over whatever protocol.

use crate::app::{AnswerBody, Call, NoAnswer};
use crate::chains::Client;
use crate::exchange::Exchange;
use crate::http1::Request;
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::step::{self, Lent, Pending};
use crate::worker::Worker;

/// What a step came to.
pub(crate) enum Stepped {
    Answer(ResponsePlan),
    /// The response of the application, whose content is still to come.
    Stream(ResponsePlan, AnswerBody),
    /// The request goes on when this has come.
    Wait(Pending),
    /// The application answers.
    App(Call),
    /// There was no place for its job; the next step does without.
    Again,
}

impl Worker {
    /// Takes a request one step on. A panic in there ends this request, not the worker.
    /// `client` tells who asks, if somebody wants to know.
    pub(crate) fn step(
        &self,
        exchange: &mut Exchange,
        request: Request<'_>,
        client: &dyn Fn() -> Client,
    ) -> Stepped {
        let (buffers, seats) = (&mut *self.pool.borrow_mut(), &mut *self.seats.borrow_mut());
        let lent = Lent { now: self.real.get(), buffers, seats, client };
        match step::step(&self.shared, exchange, request, lent) {
            step::Stepped::Answer(plan) => Stepped::Answer(plan),
            step::Stepped::Stream(plan, content) => Stepped::Stream(plan, content),
            step::Stepped::Wait(pending) => {
                self.counters.parked.add(1);
                Stepped::Wait(pending)
            }
            step::Stepped::App(call) => Stepped::App(call),
            step::Stepped::Again => {
                self.counters.parked.add(1);
                Stepped::Again
            }
            step::Stepped::Panicked => Stepped::Answer(self.panicked(request)),
        }
    }

    /// The answer to a request whose handling panicked.
    pub(crate) fn panicked(&self, request: Request<'_>) -> ResponsePlan {
        self.counters.panics.add(1);
        step::panicked(request)
    }

    /// Why the application has not answered.
    pub(crate) fn no_answer(&self, none: NoAnswer) -> Failure {
        match none {
            NoAnswer::Failed => Failure::Application,
            NoAnswer::Panicked => {
                self.counters.panics.add(1);
                tracing::error!("a handler panicked; the request is answered 500");
                Failure::Panicked
            }
        }
    }
}
