//! Why there is no such container, or no such service.

use std::error::Error as StdError;
use std::fmt;

use super::needs::Missing;
use crate::arena::ArenaFull;
use crate::error::Error;

/// Why there can't be such a container.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContainerError {
    /// This service is registered twice.
    Twice(String),
    /// A service needs another that isn't there.
    Missing {
        /// Which one needs it.
        service: String,
        /// The other.
        missing: Missing,
    },
    /// Services need each other: each the next, and the last the first.
    Cycle(Vec<String>),
    /// A singleton needs a service that lives as long as a request, so that it would hold on to the first one's.
    Captive {
        /// The singleton.
        singleton: String,
        /// What it needs, the service of the scope of requests last.
        by: Vec<String>,
    },
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice(service) => {
                write!(f, "the service {service} is registered twice: name one of them")
            }
            Self::Missing { service, missing } => {
                write!(f, "the service {service} needs {missing}")
            }
            Self::Cycle(services) => {
                write!(f, "services need each other: {}", services.join(" -> "))?;
                services.first().map_or(Ok(()), |first| write!(f, " -> {first}"))
            }
            Self::Captive { singleton, by } => write!(
                f,
                "the singleton {singleton} needs {}, which lives as long as a request: make it of that scope, too",
                by.join(" -> ")
            ),
        }
    }
}

impl StdError for ContainerError {}

/// Why there is no such service for a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum ResolveError {
    /// The chain has no container.
    NoContainer,
    /// No container has it.
    Missing(Missing),
    /// It is asked for in the making of another service, which didn't say that it needs it.
    Undeclared {
        /// What is being made.
        by: String,
        /// What it asks for.
        service: String,
    },
    /// It couldn't be made.
    Failed {
        /// Which one.
        service: String,
        /// Why not.
        error: Error,
    },
    /// The arena of the request has no room for it.
    ArenaFull(ArenaFull),
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoContainer => {
                f.write_str("the chain has no container: give it one when it is built")
            }
            Self::Missing(missing) => write!(f, "there is not {missing}"),
            Self::Undeclared { by, service } => write!(
                f,
                "the service {by} asks for {service}, which isn't among its needs: add it where it is registered"
            ),
            Self::Failed { service, error } => {
                write!(f, "the service {service} could not be made: {error}")
            }
            Self::ArenaFull(full) => full.fmt(f),
        }
    }
}

impl StdError for ResolveError {}

impl From<ArenaFull> for ResolveError {
    fn from(full: ArenaFull) -> Self {
        Self::ArenaFull(full)
    }
}
