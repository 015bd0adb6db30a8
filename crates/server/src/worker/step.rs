//! One step of a request, with what the worker lends to it: for whoever carries the request, over whatever protocol.

use crate::app::{Call, NoAnswer};
use crate::exchange::Exchange;
use crate::http1::Request;
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::step::{self, Pending};
use crate::worker::Worker;

/// What a step came to.
pub(crate) enum Stepped {
    Answer(ResponsePlan),
    /// The request goes on when this has come.
    Wait(Pending),
    /// The application answers.
    App(Call),
    /// There was no place for its job; the next step does without.
    Again,
}

impl Worker {
    /// Takes a request one step on. A panic in there ends this request, not the worker.
    pub(crate) fn step(&self, exchange: &mut Exchange, request: Request<'_>) -> Stepped {
        let (shared, now) = (&self.shared, self.real.get());
        match step::step(shared, exchange, request, now, &mut self.pool.borrow_mut()) {
            step::Stepped::Answer(plan) => Stepped::Answer(plan),
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
