//! What goes wrong in a chain.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::arena::ArenaFull;
use crate::container::ResolveError;
use crate::phase::Phase;

/// Why a middleware can't go on: any error, so that `?` works in it.
///
/// It is no [`std::error::Error`] itself, as it is made of whatever is one.
#[derive(Debug)]
pub struct Error(Box<dyn StdError + Send + Sync>);

impl Error {
    /// From whatever says what went wrong.
    pub fn new(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(cause.into())
    }

    /// Whether there was no room in the arena.
    pub(crate) fn is_arena_full(&self) -> bool {
        let resolve = self.0.downcast_ref::<ResolveError>();
        self.0.is::<ArenaFull>() || matches!(resolve, Some(ResolveError::ArenaFull(_)))
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What has failed, as the error phase sees it, and whoever runs the chain.
#[derive(Debug)]
pub struct RunError {
    pub(crate) middleware: Option<Arc<str>>,
    pub(crate) phase: Phase,
    pub(crate) cause: Cause,
}

/// What has gone wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause {
    /// A middleware has returned an error.
    Failed(Error),
    /// A middleware or its job has panicked, with this message.
    Panicked(String),
    /// The request needs more memory than its arena may have.
    ArenaFull,
    /// Two middlewares have answered by [`Flow::Skip`](crate::Flow::Skip); this is the name of the first.
    AnsweredTwice(Arc<str>),
    /// There was no place for a job.
    Overloaded,
    /// A job has not ended in time.
    JobTooSlow,
    /// The handler has failed: an error, or a panic.
    Handler(Error),
}

impl RunError {
    /// Whose doing it was; `None` when it was the handler's.
    pub fn middleware(&self) -> Option<&str> {
        self.middleware.as_deref()
    }

    /// In which phase.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What it was.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// The status that it is answered with unless the error phase says otherwise: 503 where it may go better in a
    /// moment, 504 where it took too long, 500 else.
    pub fn status(&self) -> u16 {
        match self.cause {
            Cause::Overloaded => 503,
            Cause::JobTooSlow => 504,
            _ => 500,
        }
    }
}

impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        if error.is_arena_full() { Self::ArenaFull } else { Self::Failed(error) }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.middleware {
            Some(name) => write!(f, "middleware {name:?} in its phase {}: ", self.phase)?,
            None => f.write_str("the handler: ")?,
        }
        match &self.cause {
            Cause::Failed(error) | Cause::Handler(error) => error.fmt(f),
            Cause::Panicked(message) => write!(f, "it panicked: {message}"),
            Cause::ArenaFull => ArenaFull.fmt(f),
            Cause::AnsweredTwice(first) => {
                write!(f, "it answers by Skip what {first:?} has answered already")
            }
            Cause::Overloaded => f.write_str("there was no place for its job"),
            Cause::JobTooSlow => f.write_str("its job has not ended in time"),
        }
    }
}

impl StdError for RunError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.cause {
            Cause::Failed(error) | Cause::Handler(error) => error.0.source(),
            _ => None,
        }
    }
}

/// What a panic said.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("something that is no text").to_owned()
}
