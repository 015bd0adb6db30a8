//! What has a say in a request.

use crate::container::Needs;
use crate::context::Context;
use crate::error::RunError;
use crate::flow::{Done, Flow, Result};
use crate::phase::Phases;
use crate::response::Response;

/// The [priority](Middleware::priority) of what doesn't ask for another.
pub const USUAL_PRIORITY: i32 = 50;

/// Something that has a say in each request of a chain.
///
/// It is called for many requests at once, from many threads, and keeps nothing of a request but in its
/// [arena](crate::RequestArena). It mustn't block: what may take longer than some microseconds belongs into a
/// [job](Flow::defer).
///
/// ```
/// use catzilla_middleware_engine::{Context, Flow, Middleware, Phases, Response, Result};
///
/// /// Answers 503 with every request while the site is being worked on.
/// struct Maintenance;
///
/// impl Middleware for Maintenance {
///     fn name(&self) -> &str {
///         "maintenance"
///     }
///
///     fn phases(&self) -> Phases {
///         Phases::BEFORE
///     }
///
///     fn before(&self, cx: &mut Context<'_>) -> Result<Flow> {
///         if cx.request.is_beneath("/health") {
///             return Ok(Flow::Next);
///         }
///         cx.response.append("retry-after", "300")?;
///         Ok(Flow::Stop(Response::new(503)))
///     }
/// }
/// ```
pub trait Middleware: Send + Sync + 'static {
    /// Its name, for people: no other in the chain has the same.
    fn name(&self) -> &str;

    /// Where it stands in each phase: lower ones first, and of equal ones the one that was registered first.
    fn priority(&self) -> i32 {
        USUAL_PRIORITY
    }

    /// Whether it is called last in the phase after: behind all that aren't, those of a chain that is
    /// [joined](crate::Chain::join) included. For those who tell of answers as they are sent, such as a log.
    fn is_last(&self) -> bool {
        false
    }

    /// In which phases it is called. It is asked once, when the chain is built.
    fn phases(&self) -> Phases;

    /// The services that it will ask its [context](Context::service) for, so that a chain without one of them isn't
    /// built.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Before the handler.
    ///
    /// # Errors
    /// What keeps it from doing its work. The request goes through the error phase and is answered 500, unless a
    /// middleware there knows better.
    fn before(&self, _cx: &mut Context<'_>) -> Result<Flow> {
        Ok(Flow::Next)
    }

    /// When there is an answer, whoever has given it: the handler, another middleware, or the error phase. It is called
    /// even where the request never came to its [`before`](Self::before).
    ///
    /// # Errors
    /// As in [`before`](Self::before): the answer is replaced by that of the error phase.
    fn after(&self, _cx: &mut Context<'_>) -> Result<Done> {
        Ok(Done::Next)
    }

    /// When a middleware or the handler has failed. The first that returns an answer gives it; the others are called
    /// nonetheless. One that fails itself is passed over.
    ///
    /// # Errors
    /// What keeps it from doing its work.
    fn on_error(&self, _cx: &mut Context<'_>, _error: &RunError) -> Result<Option<Response>> {
        Ok(None)
    }
}
