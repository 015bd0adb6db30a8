//! What finds services, or makes them.

use std::borrow::Cow;

use super::Container;
use super::error::ResolveError;
use super::needs::{Key, Missing};
use super::service::{Scope, Service};
use crate::arena::RequestArena;
use crate::error::Error;

/// How much a singleton may put into the arena that lives while it is made.
const WHILE_MADE: usize = 1024 * 1024;

/// Finds the services of a request, or of a service that is being made.
#[derive(Debug)]
pub struct Resolver<'a> {
    container: &'a Container,
    arena: &'a RequestArena,
    /// What asks, if it is a service.
    by: Option<&'a Service>,
}

impl<'a> Resolver<'a> {
    pub(super) fn of_request(container: &'a Container, arena: &'a RequestArena) -> Self {
        Self { container, arena, by: None }
    }

    pub(crate) fn new(
        container: Option<&'a Container>,
        arena: &'a RequestArena,
    ) -> Result<Self, ResolveError> {
        Ok(Self::of_request(container.ok_or(ResolveError::NoContainer)?, arena))
    }

    /// The service of this type.
    ///
    /// # Errors
    /// When there is none, when the service that is being made didn't say that it [needs](super::Needs) it, when it can't be
    /// made, and when there is no room for it in the arena.
    pub fn get<T: Send + 'static>(&self) -> Result<&'a T, ResolveError> {
        self.resolve(&Key::of::<T>(None))
    }

    /// The service of this type that is registered with this name.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_named<T: Send + 'static>(&self, name: &str) -> Result<&'a T, ResolveError> {
        self.resolve(&Key::of::<T>(Some(Cow::Borrowed(name))))
    }

    fn resolve<T: Send + 'static>(&self, key: &Key<'_>) -> Result<&'a T, ResolveError> {
        if let Some(by) = self.by
            && !by.needs.keys().iter().any(|needed| needed.is(key))
        {
            return Err(ResolveError::Undeclared {
                by: by.key.to_string(),
                service: key.to_string(),
            });
        }
        let missing = || ResolveError::Missing(Missing(key.to_string()));
        let (container, index) = self.container.find(key).ok_or_else(missing)?;
        let service = &container.services[index];
        let resolver = Resolver { container, arena: self.arena, by: Some(service) };
        let got = match service.scope {
            Scope::Singleton => service.made().map(Ok).or_else(|| {
                let arena = RequestArena::new(WHILE_MADE);
                let resolver = Resolver { container, arena: &arena, by: Some(service) };
                service.singleton(&resolver, || container.note_made(index))
            }),
            Scope::Request => service.of_request(&resolver, self.arena),
            Scope::Transient => service.transient(&resolver, self.arena),
        };
        // By the key it is a service of this type.
        got.ok_or_else(missing)?.map_err(|error| failed(key, error))
    }
}

fn failed(key: &Key<'_>, error: Error) -> ResolveError {
    if error.is_arena_full() {
        return ResolveError::ArenaFull(crate::arena::ArenaFull);
    }
    ResolveError::Failed { service: key.to_string(), error }
}
