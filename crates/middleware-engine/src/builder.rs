//! From middlewares in any order to a chain.

use std::fmt;
use std::sync::Arc;

use crate::chain::{Chain, Registered};
use crate::container::{Container, Missing};
use crate::middleware::Middleware;
use crate::phase::Phase;
use crate::timings::{Timer, Timings};

/// Builds a [`Chain`].
#[derive(Debug, Default)]
pub struct ChainBuilder {
    members: Vec<Arc<Registered>>,
    timings: Timings,
    container: Option<Arc<Container>>,
}

/// More than anybody has; what counts them is small.
const MAX_MEMBERS: usize = 1000;

impl ChainBuilder {
    /// A middleware at the priority that it asks for.
    pub fn with(self, middleware: impl Middleware) -> Self {
        let priority = middleware.priority();
        self.with_priority(priority, middleware)
    }

    /// A middleware at this priority.
    pub fn with_priority(mut self, priority: i32, middleware: impl Middleware) -> Self {
        self.members.push(Arc::new(Registered {
            name: middleware.name().into(),
            priority,
            phases: middleware.phases(),
            is_last: middleware.is_last(),
            timer: Timer::new(),
            middleware: Box::new(middleware),
        }));
        self
    }

    /// Which requests are timed. Default: one of 64.
    pub fn timings(mut self, timings: Timings) -> Self {
        self.timings = timings;
        self
    }

    /// Where [`Context::service`](crate::Context::service) finds services. Default: nowhere.
    pub fn container(mut self, container: impl Into<Arc<Container>>) -> Self {
        self.container = Some(container.into());
        self
    }

    /// The chain.
    ///
    /// # Errors
    /// When a name is empty or taken twice, when a middleware takes part in no phase, when one
    /// [needs](Middleware::needs) a service that isn't there, and when there are more than 1,000.
    pub fn build(mut self) -> Result<Chain, BuildError> {
        // Stable, so that of equal ones the first stays first.
        self.members.sort_by_key(|member| member.priority);
        check(&self.members, self.container.as_deref())?;
        Ok(Chain::new(self.members, self.timings, self.container))
    }
}

/// What each chain must be, however it is made.
pub(crate) fn check(
    members: &[Arc<Registered>],
    container: Option<&Container>,
) -> Result<(), BuildError> {
    if members.len() > MAX_MEMBERS {
        return Err(BuildError::TooMany(members.len()));
    }
    for (index, member) in members.iter().enumerate() {
        let name = || member.name.to_string();
        if member.name.is_empty() {
            return Err(BuildError::NoName);
        }
        if members[..index].iter().any(|other| other.name == member.name) {
            return Err(BuildError::SameName(name()));
        }
        let phases = [Phase::Before, Phase::After, Phase::Error];
        if !phases.iter().any(|&phase| member.phases.has(phase)) {
            return Err(BuildError::NoPhase(name()));
        }
        if let Err(missing) = member.middleware.needs().check(container) {
            return Err(BuildError::Missing { middleware: name(), missing });
        }
    }
    Ok(())
}

/// Why there can't be such a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A middleware has an empty name.
    NoName,
    /// Two middlewares have this name.
    SameName(String),
    /// The middleware of this name takes part in no phase, so that it would never be called.
    NoPhase(String),
    /// A middleware needs a service that isn't there.
    Missing {
        /// Its name.
        middleware: String,
        /// The service.
        missing: Missing,
    },
    /// There are so many.
    TooMany(usize),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoName => f.write_str("a middleware has no name: give it one"),
            Self::SameName(name) => {
                write!(f, "two middlewares of a chain are named {name:?}: rename one of them")
            }
            Self::NoPhase(name) => {
                write!(f, "middleware {name:?} takes part in no phase: it would never be called")
            }
            Self::Missing { middleware, missing } => {
                write!(f, "middleware {middleware:?} needs {missing}")
            }
            Self::TooMany(count) => {
                write!(f, "a chain has {count} middlewares, and {MAX_MEMBERS} at most")
            }
        }
    }
}

impl std::error::Error for BuildError {}
