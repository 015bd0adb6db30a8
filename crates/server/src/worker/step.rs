//! One step of a request, with what the worker lends to it: for whoever carries the request, over whatever protocol.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::app::Call;
use crate::exchange::{Env, Exchange, Step};
use crate::http1::Request;
use crate::jobs::Done;
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::respond;
use crate::worker::Worker;
use crate::worker::pending::Pending;

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
        let step = catch_unwind(AssertUnwindSafe(|| {
            let mut pool = self.pool.borrow_mut();
            let site = self.shared.site.load();
            let mut env = Env {
                site: &site,
                fs: &self.shared.fs,
                store: self.shared.store.as_ref(),
                now: self.real.get(),
                // Not the time of the last tick: a look holds for a second, not for two.
                monotonic: self.shared.clock.monotonic(),
                buffers: &mut pool,
            };
            exchange.step(request, &mut env)
        }));
        match step {
            Ok(Step::Answer(plan)) => Stepped::Answer(plan),
            Ok(Step::Park(job)) => {
                self.counters.parked.add(1);
                if let Some(job) = self.shared.queue.spawn(move || Done::Stage(job())) {
                    return Stepped::Wait(Pending::Job(job));
                }
                exchange.resume_without();
                Stepped::Again
            }
            Ok(Step::Wait(wait)) => {
                self.counters.parked.add(1);
                Stepped::Wait(Pending::Load(wait))
            }
            Ok(Step::App(call)) => Stepped::App(call),
            Err(_) => Stepped::Answer(self.panicked(request)),
        }
    }

    /// The answer to a request whose handling panicked.
    pub(crate) fn panicked(&self, request: Request<'_>) -> ResponsePlan {
        self.counters.panics.add(1);
        tracing::error!("the handling of a request panicked; it is answered 500");
        let mut plan = respond::failure(Failure::Panicked, Some(request), None, Vec::new());
        plan.close = true;
        plan
    }
}
