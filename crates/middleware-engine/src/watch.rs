//! Looks at the calls of one request: how long each takes, and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use crate::chain::Registered;
use crate::clock::CLOCK;
use crate::phase::Phase;
use crate::trace::{Call, Outcome, Trace};

/// Nobody's, mostly: then a call costs two looks at a flag.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Whether anybody wants to know.
    is_on: bool,
    /// Whether middlewares keep count.
    is_timed: bool,
    began: u64,
    trace: Option<Box<Trace>>,
}

impl Watch {
    pub(crate) fn new(is_timed: bool) -> Self {
        Self { is_on: is_timed, is_timed, began: 0, trace: None }
    }

    /// Writes down each call from now on.
    pub(crate) fn trace(&mut self) {
        self.is_on = true;
        self.trace = Some(Box::default());
    }

    pub(crate) fn into_trace(self) -> Option<Box<Trace>> {
        self.trace
    }

    /// A call begins.
    pub(crate) fn begin(&mut self) {
        if self.is_on {
            self.began = CLOCK.raw();
        }
    }

    /// It has ended; without an outcome, it has failed.
    pub(crate) fn end(
        &mut self,
        member: &Registered,
        phase: Phase,
        outcome: impl FnOnce() -> Option<Outcome>,
    ) {
        if self.is_on {
            let took = CLOCK.delta_as_nanos(self.began, CLOCK.raw());
            self.note(member, phase, took, outcome().unwrap_or(Outcome::Failed));
        }
    }

    fn note(&mut self, member: &Registered, phase: Phase, nanoseconds: u64, outcome: Outcome) {
        if self.is_timed {
            member.timer.add(nanoseconds);
        }
        if let Some(trace) = &mut self.trace {
            let middleware = Arc::clone(&member.name);
            let took = Duration::from_nanos(nanoseconds);
            trace.calls.push(Call { middleware, phase, took, outcome });
        }
    }
}
