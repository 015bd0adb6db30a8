//! What a middleware is given.

use std::time::{Duration, SystemTime};

use crate::arena::RequestArena;
use crate::container::{Container, ResolveError, Resolver};
use crate::draft::ResponseDraft;
use crate::request::RequestView;

/// A request on its way through a chain: what was asked, what is to be answered, and the memory of both.
///
/// The parts are fields, so that one of them can be read while another is written.
#[derive(Debug)]
pub struct Context<'a> {
    /// The request.
    pub request: &'a dyn RequestView,
    /// What is to become of the response.
    pub response: ResponseDraft<'a>,
    /// Values of this request, and memory for more. What is found there can be held while the response is written.
    pub arena: &'a RequestArena,
    /// When this step of the request began.
    pub moment: Moment,
    pub(crate) container: Option<&'a Container>,
}

/// The time, as whoever runs a chain tells it: once per step, and injected in tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time of the calendar, which may jump.
    pub real: SystemTime,
    /// Time since some moment in the past, which never goes back: what limits are measured in.
    pub monotonic: Duration,
}

impl<'a> Context<'a> {
    /// The service of this type. One of the scope of requests is made when it is asked for first.
    ///
    /// # Errors
    /// When the chain has no container, when there is no service of this type, when it can't be made, and when there is no
    /// room for it in the arena.
    pub fn service<T: Send + 'static>(&self) -> Result<&'a T, ResolveError> {
        Resolver::new(self.container, self.arena)?.get()
    }

    /// The service of this type that is registered with this name.
    ///
    /// # Errors
    /// As [`service`](Self::service).
    pub fn service_named<T: Send + 'static>(&self, name: &str) -> Result<&'a T, ResolveError> {
        Resolver::new(self.container, self.arena)?.get_named(name)
    }
}
