//! What middlewares say in the two phases around the handler, told apart by types.

use crate::context::Context;
use crate::flow::{Done, Flow, Result, Resumption};
use crate::middleware::Middleware;
use crate::phase::Phase;
use crate::response::Response;
use crate::trace::Outcome;

/// What a middleware says in one of the phases around the handler.
pub(crate) trait Said: Sized {
    const PHASE: Phase;

    fn ask(middleware: &dyn Middleware, cx: &mut Context<'_>) -> Result<Self>;

    /// Whether it is the turn of the next one, and nothing else.
    fn is_next(&self) -> bool;

    /// What a trace says of it.
    fn outcome(&self) -> Outcome;
}

impl Said for Flow {
    const PHASE: Phase = Phase::Before;

    fn ask(middleware: &dyn Middleware, cx: &mut Context<'_>) -> Result<Self> {
        middleware.before(cx)
    }

    fn is_next(&self) -> bool {
        matches!(self, Self::Next)
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Next => Outcome::Passed,
            Self::Skip(response) | Self::Stop(response) => Outcome::Answered(response.status()),
            Self::Defer(_) => Outcome::Deferred,
        }
    }
}

impl Said for Done {
    const PHASE: Phase = Phase::After;

    fn ask(middleware: &dyn Middleware, cx: &mut Context<'_>) -> Result<Self> {
        middleware.after(cx)
    }

    fn is_next(&self) -> bool {
        matches!(self, Self::Next)
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Next => Outcome::Passed,
            Self::Replace(response) => Outcome::Answered(response.status()),
            Self::Defer(_) => Outcome::Deferred,
        }
    }
}

/// What a trace says of an answer of the error phase.
pub(crate) fn answered(answer: Option<&Response>) -> Outcome {
    answer.map_or(Outcome::Passed, |response| Outcome::Answered(response.status()))
}

/// Calls what a job has brought; a panic in the job is one of its middleware.
pub(crate) fn go_on<F>(brought: Resumption<F>, cx: &mut Context<'_>) -> Result<F> {
    match brought.0 {
        Ok(go_on) => go_on(cx),
        Err(message) => std::panic::resume_unwind(Box::new(message)),
    }
}
