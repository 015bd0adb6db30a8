//! One service: how it is made, and where it lives.

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::needs::{Key, Needs};
use super::resolver::Resolver;
use crate::arena::RequestArena;
use crate::flow::Result;

/// How long a service lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Singleton,
    Request,
    Transient,
}

pub(super) struct Service {
    pub(super) key: Key<'static>,
    pub(super) scope: Scope,
    pub(super) needs: Needs,
    make: Make,
    made: OnceLock<Shared>,
    /// Held while a singleton is made, so that it is made once.
    making: Mutex<()>,
}

/// Makes a service of this type.
pub(super) type Factory<T> = Box<dyn Fn(&Resolver<'_>) -> Result<T> + Send + Sync>;

pub(super) enum Make {
    /// A singleton, in a box.
    Shared(Factory<Shared>),
    /// Anything else: a [`Factory`] of the type in the key.
    Own(Box<dyn Any + Send + Sync>),
}

/// A singleton.
pub(super) type Shared = Box<dyn Any + Send + Sync>;

/// A service of the scope of requests, in an arena.
struct OfRequest<T> {
    /// The place of its service in memory, which doesn't move while a container is used.
    service: usize,
    value: T,
}

/// A service that was made for who asked.
struct Transient<T>(T);

impl Service {
    pub(super) fn new(key: Key<'static>, scope: Scope, needs: Needs, make: Make) -> Self {
        Self { key, scope, needs, make, made: OnceLock::new(), making: Mutex::default() }
    }

    /// The singleton, if it has been made.
    pub(super) fn made<T: 'static>(&self) -> Option<&T> {
        self.made.get()?.downcast_ref()
    }

    /// The singleton. `note` is told when it has been made.
    pub(super) fn singleton<T: 'static>(
        &self,
        resolver: &Resolver<'_>,
        note: impl FnOnce(),
    ) -> Option<Result<&T>> {
        if self.made.get().is_none() {
            let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
            if self.made.get().is_none() {
                let Make::Shared(factory) = &self.make else { return None };
                match factory(resolver) {
                    Ok(value) => {
                        let _ = self.made.set(value);
                        note();
                    }
                    Err(error) => return Some(Err(error)),
                }
            }
        }
        self.made().map(Ok)
    }

    /// The one of a request, made if it isn't there.
    pub(super) fn of_request<'a, T: Send + 'static>(
        &self,
        resolver: &Resolver<'_>,
        arena: &'a RequestArena,
    ) -> Option<Result<&'a T>> {
        let service = std::ptr::from_ref(self) as usize;
        let found = arena.find(|made: &OfRequest<T>| made.service == service);
        if let Some(found) = found {
            return Some(Ok(&found.value));
        }
        let put = |value| Ok(&arena.insert(OfRequest { service, value })?.value);
        Some(self.make(resolver)?.and_then(put))
    }

    /// A new one.
    pub(super) fn transient<'a, T: Send + 'static>(
        &self,
        resolver: &Resolver<'_>,
        arena: &'a RequestArena,
    ) -> Option<Result<&'a T>> {
        Some(self.make(resolver)?.and_then(|value| Ok(&arena.insert(Transient(value))?.0)))
    }

    fn make<T: 'static>(&self, resolver: &Resolver<'_>) -> Option<Result<T>> {
        let Make::Own(factory) = &self.make else { return None };
        Some(factory.downcast_ref::<Factory<T>>()?(resolver))
    }

    /// Drops the singleton, if it was made.
    pub(super) fn forget(&mut self) {
        self.made.take();
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.key, self.scope)
    }
}
