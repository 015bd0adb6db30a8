//! What a service or a middleware asks a container for.

use std::any::{TypeId, type_name};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use super::Container;

/// A list of services: types, some with a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs(Vec<Key<'static>>);

/// What a service is found by.
#[derive(Clone, Eq)]
pub(super) struct Key<'a> {
    id: TypeId,
    type_name: &'static str,
    pub(super) name: Option<Cow<'a, str>>,
}

impl Needs {
    /// No services.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// The service of this type.
    pub fn of<T: 'static>() -> Self {
        Self::nothing().and::<T>()
    }

    /// The service of this type that is registered with this name.
    pub fn of_named<T: 'static>(name: impl Into<Cow<'static, str>>) -> Self {
        Self::nothing().and_named::<T>(name)
    }

    /// And the service of this type.
    pub fn and<T: 'static>(mut self) -> Self {
        self.0.push(Key::of::<T>(None));
        self
    }

    /// And the service of this type that is registered with this name.
    pub fn and_named<T: 'static>(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Key::of::<T>(Some(name.into())));
        self
    }

    pub(super) fn keys(&self) -> &[Key<'static>] {
        &self.0
    }

    /// Whether all of them are there.
    pub(crate) fn check(&self, container: Option<&Container>) -> Result<(), Missing> {
        let is_missing = |key: &&Key<'_>| container.is_none_or(|it| it.find(key).is_none());
        self.0.iter().find(is_missing).map_or(Ok(()), |key| Err(Missing(key.to_string())))
    }
}

impl<'a> Key<'a> {
    pub(super) fn of<T: 'static>(name: Option<Cow<'a, str>>) -> Self {
        Self { id: TypeId::of::<T>(), type_name: type_name::<T>(), name }
    }

    /// Whether it is the same one. Few have names, and most differ by their types.
    pub(super) fn is(&self, other: &Key<'_>) -> bool {
        self.id == other.id && self.name.as_deref() == other.name.as_deref()
    }

    pub(super) fn cmp_to(&self, other: &Key<'_>) -> Ordering {
        let by_name = || self.name.as_deref().cmp(&other.name.as_deref());
        self.id.cmp(&other.id).then_with(by_name)
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_to(other)
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            None => f.write_str(self.type_name),
            Some(name) => write!(f, "{} named {name:?}", self.type_name),
        }
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A service that isn't there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(pub(super) String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service {}, which no container has: register it", self.0)
    }
}

impl std::error::Error for Missing {}
