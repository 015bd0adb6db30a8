//! What has happened to one request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::phase::Phase;

/// The way of one request through a chain: who was called, how long it took, and who answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    pub(crate) calls: Vec<Call>,
}

/// One call of a middleware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its name.
    pub middleware: Arc<str>,
    /// In which phase.
    pub phase: Phase,
    /// How long it took, without jobs that it deferred to.
    pub took: Duration,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The next one was called.
    Passed,
    /// It answered, with this status.
    Answered(u16),
    /// It waited for a job, and was called again with what that brought.
    Deferred,
    /// It failed.
    Failed,
}

impl Trace {
    /// All calls, in their order.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Who answered; nobody, if it was the handler.
    pub fn answered_by(&self) -> Option<&str> {
        let mut answered: Option<&Call> = None;
        for call in &self.calls {
            match call.outcome {
                // In the error phase the first answer counts, elsewhere the last.
                Outcome::Answered(_) if call.phase != Phase::Error => answered = Some(call),
                Outcome::Answered(_) => answered = answered.or(Some(call)),
                // What was answered before doesn't count any more.
                Outcome::Failed if call.phase != Phase::Error => answered = None,
                _ => {}
            }
        }
        answered.map(|call| &*call.middleware)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Call { middleware, phase, took, outcome } in &self.calls {
            write!(f, "{phase} {middleware}: {took:?}")?;
            match outcome {
                Outcome::Passed => writeln!(f),
                Outcome::Answered(status) => writeln!(f, ", answered {status}"),
                Outcome::Deferred => writeln!(f, ", deferred to a job"),
                Outcome::Failed => writeln!(f, ", failed"),
            }?;
        }
        match self.answered_by() {
            Some(name) => writeln!(f, "answered by {name}"),
            None => writeln!(f, "answered by the handler"),
        }
    }
}
