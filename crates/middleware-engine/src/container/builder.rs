//! From services in any order to a container in which each can be made.

use std::any::Any;
use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use super::error::ContainerError;
use super::needs::{Key, Needs};
use super::resolver::Resolver;
use super::service::{Factory, Make, Scope, Service, Shared};
use super::{Container, Missing};
use crate::flow::Result as MiddlewareResult;

/// Builds a [`Container`].
#[derive(Debug, Default)]
pub struct ContainerBuilder {
    services: Vec<Service>,
    parent: Option<Arc<Container>>,
}

impl ContainerBuilder {
    /// A service that is made once.
    pub fn singleton<T, F>(mut self, needs: Needs, factory: F) -> Self
    where
        T: Send + Sync + 'static,
        F: Fn(&Resolver<'_>) -> MiddlewareResult<T> + Send + Sync + 'static,
    {
        let factory: Factory<Shared> = Box::new(move |services| Ok(Box::new(factory(services)?)));
        let make = Make::Shared(factory);
        self.services.push(Service::new(Key::of::<T>(None), Scope::Singleton, needs, make));
        self
    }

    /// A service that is made once per request.
    pub fn request<T, F>(self, needs: Needs, factory: F) -> Self
    where
        T: Send + 'static,
        F: Fn(&Resolver<'_>) -> MiddlewareResult<T> + Send + Sync + 'static,
    {
        self.own(Scope::Request, needs, Box::new(factory))
    }

    /// A service that is made anew for whoever asks, and lives as long as the request.
    pub fn transient<T, F>(self, needs: Needs, factory: F) -> Self
    where
        T: Send + 'static,
        F: Fn(&Resolver<'_>) -> MiddlewareResult<T> + Send + Sync + 'static,
    {
        self.own(Scope::Transient, needs, Box::new(factory))
    }

    /// Names the service that was added last, which then stands beside others of its type.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.services.last_mut().expect("a service to be named").key.name = Some(name.into());
        self
    }

    /// Where services are looked for that aren't here. Its own services don't see those that are here.
    pub fn parent(mut self, parent: impl Into<Arc<Container>>) -> Self {
        self.parent = Some(parent.into());
        self
    }

    /// The container.
    ///
    /// # Errors
    /// When two services have the same type and name, when one needs what isn't there, when services need each other in
    /// a circle, and when a singleton needs, by others or at once, one of the scope of requests.
    pub fn build(self) -> Result<Container, ContainerError> {
        let Self { mut services, parent } = self;
        services.sort_by(|one, other| one.key.cmp(&other.key));
        if let Some(pair) = services.windows(2).find(|pair| pair[0].key == pair[1].key) {
            return Err(ContainerError::Twice(pair[0].key.to_string()));
        }
        let container =
            Container { services: services.into(), parent, made: Mutex::new(Vec::new()) };
        for service in &container.services {
            check(&container, service)?;
        }
        Ok(container)
    }

    fn own<T: 'static>(mut self, scope: Scope, needs: Needs, factory: Factory<T>) -> Self {
        let factory: Box<dyn Any + Send + Sync> = Box::new(factory);
        self.services.push(Service::new(Key::of::<T>(None), scope, needs, Make::Own(factory)));
        self
    }
}

/// Whether a service can be made, with all that it needs.
fn check(container: &Container, service: &Service) -> Result<(), ContainerError> {
    let mut way = Vec::new();
    walk(container, service, &mut way)
}

/// Goes through what a service needs. `way` leads to it.
fn walk<'a>(
    container: &'a Container,
    service: &'a Service,
    way: &mut Vec<&'a Service>,
) -> Result<(), ContainerError> {
    let names = |way: &[&Service]| way.iter().map(|service| service.key.to_string()).collect();
    if let Some(begin) = way.iter().position(|other| std::ptr::eq(*other, service)) {
        return Err(ContainerError::Cycle(names(&way[begin..])));
    }
    way.push(service);
    if service.scope == Scope::Request
        && let Some(begin) = way.iter().position(|it| it.scope == Scope::Singleton)
    {
        let singleton = way[begin].key.to_string();
        return Err(ContainerError::Captive { singleton, by: names(&way[begin + 1..]) });
    }
    for key in service.needs.keys() {
        let Some((home, index)) = container.find(key) else {
            let missing = Missing(key.to_string());
            return Err(ContainerError::Missing { service: service.key.to_string(), missing });
        };
        walk(home, &home.services[index], way)?;
    }
    way.pop();
    Ok(())
}
