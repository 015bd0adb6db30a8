//! Services that middlewares share: what they are, how they are made, and how long they live.

mod builder;
mod error;
mod needs;
mod resolver;
mod service;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub use builder::ContainerBuilder;
pub use error::{ContainerError, ResolveError};
pub use needs::{Missing, Needs};
pub use resolver::Resolver;

use needs::Key;
use service::Service;

/// Services by type, or by type and name.
///
/// A *singleton* is made once, when it is asked for first, and lives as long as the container. A service of the scope of
/// *requests* is made once per request and lives in its arena. A *transient* one is made anew for whoever asks. Each says
/// [what it needs](Needs), so that whatever can't be made is found when the container is built: what is missing, what
/// goes round in a circle, and a singleton that would hold on to a request.
///
/// ```
/// use catzilla_middleware_engine::{Container, Needs, RequestArena};
///
/// struct Config {
///     greeting: String,
/// }
/// struct Greeting(String);
///
/// let container = Container::builder()
///     .singleton(Needs::nothing(), |_| Ok(Config { greeting: "hello".to_owned() }))
///     .request(Needs::of::<Config>(), |services| {
///         let config = services.get::<Config>()?;
///         Ok(Greeting(config.greeting.clone()))
///     })
///     .build()?;
///
/// let arena = RequestArena::new(4096);
/// let greeting = container.in_request(&arena).get::<Greeting>()?;
/// assert_eq!(greeting.0, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Container {
    /// In the order of their keys.
    services: Box<[Service]>,
    parent: Option<Arc<Self>>,
    /// The singletons that have been made, in that order.
    made: Mutex<Vec<usize>>,
}

impl Container {
    /// Begins a container.
    pub fn builder() -> ContainerBuilder {
        ContainerBuilder::default()
    }

    /// What makes services for a request, or finds them.
    pub fn in_request<'a>(&'a self, arena: &'a crate::RequestArena) -> Resolver<'a> {
        Resolver::of_request(self, arena)
    }

    /// The service with this key, and the container that it belongs to.
    fn find(&self, key: &Key<'_>) -> Option<(&Self, usize)> {
        match self.services.binary_search_by(|service| service.key.cmp_to(key)) {
            Ok(index) => Some((self, index)),
            Err(_) => self.parent.as_deref()?.find(key),
        }
    }

    fn note_made(&self, index: usize) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(index);
    }
}

/// Singletons go in the reverse of the order in which they were made: what one was made of outlives it.
impl Drop for Container {
    fn drop(&mut self) {
        let made = std::mem::take(self.made.get_mut().unwrap_or_else(PoisonError::into_inner));
        for index in made.into_iter().rev() {
            self.services[index].forget();
        }
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.services.iter().map(|service| &service.key)).finish()
    }
}
