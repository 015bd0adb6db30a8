//! How a request goes on after a middleware has had its say.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::context::Context;
use crate::error::{Error, panic_text};
use crate::response::Response;

/// What a middleware returns: how to go on, or why it can't.
pub type Result<T = Flow, E = Error> = std::result::Result<T, E>;

/// How the phase before the handler goes on.
#[derive(Debug)]
pub enum Flow {
    /// With the next middleware.
    Next,
    /// With the next middleware, too, but the handler isn't asked: this is the answer. A second `Skip` is an
    /// [error](crate::Cause::AnsweredTwice); a [`Stop`](Self::Stop) that follows takes its place, as who refuses has the last word.
    Skip(Response),
    /// With the phase after: this is the answer, and nobody else is asked.
    Stop(Response),
    /// When a job is done that may take a while.
    Defer(Job<Self>),
}

impl Flow {
    /// Runs `work` elsewhere, where it may block, and goes on in this very place with what it returns: a function that
    /// gets the context back and says how the phase goes on.
    ///
    /// ```
    /// use catzilla_middleware_engine::{Context, Flow, Response};
    ///
    /// fn verify(password: String) -> Flow {
    ///     Flow::defer(move || {
    ///         let is_right = password == "slow to find out";
    ///         move |_: &mut Context<'_>| {
    ///             Ok(if is_right { Flow::Next } else { Flow::Stop(Response::new(401)) })
    ///         }
    ///     })
    /// }
    /// # verify(String::new());
    /// ```
    pub fn defer<W, R>(work: W) -> Self
    where
        W: FnOnce() -> R + Send + 'static,
        R: FnOnce(&mut Context<'_>) -> Result<Self> + Send + 'static,
    {
        Self::Defer(Job::new(work))
    }
}

/// How the phase after the handler goes on.
#[derive(Debug)]
pub enum Done {
    /// With the next middleware.
    Next,
    /// With the next middleware, which sees this answer in the place of the other one.
    Replace(Response),
    /// When a job is done that may take a while.
    Defer(Job<Self>),
}

impl Done {
    /// As [`Flow::defer`].
    pub fn defer<W, R>(work: W) -> Self
    where
        W: FnOnce() -> R + Send + 'static,
        R: FnOnce(&mut Context<'_>) -> Result<Self> + Send + 'static,
    {
        Self::Defer(Job::new(work))
    }
}

/// Work that may block. Whoever runs the chain runs it where that does no harm, and hands what it returns to
/// [`Chain::resume`](crate::Chain::resume) or [`Chain::resume_after`](crate::Chain::resume_after).
#[must_use = "the request waits until it has run"]
pub struct Job<F>(Box<dyn FnOnce() -> Continue<F> + Send>);

/// How to go on with what a job has found out.
type Continue<F> = Box<dyn FnOnce(&mut Context<'_>) -> Result<F> + Send>;

impl<F: 'static> Job<F> {
    fn new<W, R>(work: W) -> Self
    where
        W: FnOnce() -> R + Send + 'static,
        R: FnOnce(&mut Context<'_>) -> Result<F> + Send + 'static,
    {
        Self(Box::new(move || Box::new(work())))
    }

    /// Does the work. It may block for as long as the work does.
    ///
    /// A panic in it ends the request that waits, not the thread.
    pub fn run(self) -> Resumption<F> {
        let worked = catch_unwind(AssertUnwindSafe(self.0));
        Resumption(worked.map_err(|payload| panic_text(&*payload)))
    }
}

impl<F> fmt::Debug for Job<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}

/// What a job has brought.
#[must_use = "the request goes on with it"]
pub struct Resumption<F>(pub(crate) std::result::Result<Continue<F>, String>);

impl<F> fmt::Debug for Resumption<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resumption")
    }
}
