//! A chain, computed once: who is called in which phase, and in which order.

use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::builder::{self, BuildError, ChainBuilder};
use crate::clock::CLOCK;
use crate::container::Container;
use crate::middleware::Middleware;
use crate::phase::{Phase, Phases};
use crate::timings::{Figures, Timer, Timings};

/// Middlewares in the order in which they are called. Immutable, and cheap to clone.
///
/// It prints itself:
///
/// ```
/// use catzilla_middleware_engine::{Chain, Done, Flow, after, before};
///
/// let chain = Chain::builder()
///     .with_priority(20, before("second", |_| Ok(Flow::Next)))
///     .with_priority(10, before("first", |_| Ok(Flow::Next)))
///     .with(after("last", |_| Ok(Done::Next)))
///     .build()?;
/// assert_eq!(chain.to_string(), "before: first (10), second (20)\nafter: last (50)\nerror: -\n");
/// # Ok::<(), catzilla_middleware_engine::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Chain {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) before: Box<[Arc<Registered>]>,
    pub(crate) after: Box<[Arc<Registered>]>,
    pub(crate) error: Box<[Arc<Registered>]>,
    /// All of them.
    members: Box<[Arc<Registered>]>,
    pub(crate) timings: Timings,
    pub(crate) container: Option<Arc<Container>>,
}

/// A middleware and what is known of it. Chains that are joined share it, and with it its figures.
pub(crate) struct Registered {
    pub(crate) name: Arc<str>,
    pub(crate) priority: i32,
    pub(crate) phases: Phases,
    /// In the phase after.
    pub(crate) is_last: bool,
    pub(crate) timer: Timer,
    pub(crate) middleware: Box<dyn Middleware>,
}

impl Chain {
    /// Begins a chain.
    pub fn builder() -> ChainBuilder {
        ChainBuilder::default()
    }

    pub(crate) fn new(
        members: Vec<Arc<Registered>>,
        timings: Timings,
        container: Option<Arc<Container>>,
    ) -> Self {
        if timings != Timings::Off {
            // Now, not while the first request waits.
            LazyLock::force(&CLOCK);
        }
        let of = |phase| members.iter().filter(move |it| it.phases.has(phase));
        let after = |is_last| of(Phase::After).filter(move |it| it.is_last == is_last);
        let inner = Inner {
            before: of(Phase::Before).cloned().collect(),
            after: after(false).chain(after(true)).cloned().collect(),
            error: of(Phase::Error).cloned().collect(),
            members: members.into(),
            timings,
            container,
        };
        Self { inner: Arc::new(inner) }
    }

    /// All of this chain and then all of another, in each phase: how that of a server and that of a mount become one.
    /// Priorities order within each. Timings and the container are those of this one, and the container of the other where
    /// this has none.
    ///
    /// # Errors
    /// When both have a middleware of the same name, or one of them [needs](Middleware::needs) a service that isn't in that
    /// container.
    pub fn join(&self, next: &Self) -> Result<Self, BuildError> {
        let (Self { inner: first }, Self { inner: second }) = (self, next);
        let members = [&*first.members, &*second.members].concat();
        let container = first.container.clone().or_else(|| second.container.clone());
        builder::check(&members, container.as_deref())?;
        Ok(Self::new(members, first.timings, container))
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.inner.members.is_empty()
    }

    /// Those in it, as they are called in a phase.
    pub fn names(&self, phase: Phase) -> impl Iterator<Item = &str> {
        self.inner.of(phase).iter().map(|member| &*member.name)
    }

    /// How long each has taken, in the order of priorities.
    pub fn figures(&self) -> impl Iterator<Item = (&str, Figures)> {
        self.inner.members.iter().map(|member| (&*member.name, member.timer.read()))
    }

    /// Forgets how long they have taken.
    pub fn reset_figures(&self) {
        self.inner.members.iter().for_each(|member| member.timer.reset());
    }
}

/// Two are equal if one is a clone of the other.
impl PartialEq for Chain {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Eq for Chain {}

impl Inner {
    pub(crate) fn of(&self, phase: Phase) -> &[Arc<Registered>] {
        match phase {
            Phase::Before => &self.before,
            Phase::After => &self.after,
            Phase::Error => &self.error,
        }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for phase in [Phase::Before, Phase::After, Phase::Error] {
            write!(f, "{phase}:")?;
            let members = self.inner.of(phase);
            for (index, member) in members.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                write!(f, "{comma} {} ({})", member.name, member.priority)?;
            }
            f.write_str(if members.is_empty() { " -\n" } else { "\n" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.members.iter().map(|member| &member.name)).finish()
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.priority)
    }
}
