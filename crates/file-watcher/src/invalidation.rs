//! By what an entry of a cache is found out to be old.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::Coverage;

/// How often an entry is looked at, unless something else is said.
pub const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// By what an entry of a cache is found out to be old.
///
/// Read from `immediate`, `lazy` or `ttl`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use catzilla_file_watcher::Invalidation;
///
/// let strategy: Invalidation = "lazy".parse()?;
/// let (loaded, now) = (Duration::from_secs(10), Duration::from_millis(10_900));
/// assert!(!strategy.is_due(now, loaded), "looked at less than a second ago");
/// assert!(strategy.is_due(now + Duration::from_millis(100), loaded));
///
/// let error = "eager".parse::<Invalidation>().unwrap_err();
/// assert_eq!(error.to_string(), r#""eager" is no invalidation: use immediate, lazy or ttl"#);
/// # Ok::<(), catzilla_file_watcher::UnknownInvalidation>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Invalidation {
    /// Events, and for what no event tells (hard links, memory maps, other machines) a look on access, at most one
    /// per second and entry.
    #[default]
    Immediate,
    /// A look on access, at most one per interval and entry. Zero: at each access.
    Lazy {
        /// How long a look holds.
        interval: Duration,
    },
    /// Time only: an entry is believed until the time to live that the cache gives it is over.
    Ttl,
}

impl Invalidation {
    /// How long a look at an entry holds; `None`: for ever.
    pub fn interval(self) -> Option<Duration> {
        match self {
            Self::Immediate => Some(LOOK_INTERVAL),
            Self::Lazy { interval } => Some(interval),
            Self::Ttl => None,
        }
    }

    /// Whether an entry that was looked at (or loaded) at `last_looked` has to be looked at again before it is used.
    ///
    /// Both times are of one monotonic clock. A look that lies in the future holds.
    pub fn is_due(self, now: Duration, last_looked: Duration) -> bool {
        self.interval().is_some_and(|interval| {
            now.checked_sub(last_looked).is_some_and(|passed| passed >= interval)
        })
    }

    /// Whether changes that a watcher tells are acted upon.
    pub fn wants_events(self) -> bool {
        self == Self::Immediate
    }

    /// What becomes of it under this coverage: where nothing is told, `immediate` is `lazy`.
    pub fn under(self, coverage: &Coverage) -> Self {
        match self {
            Self::Immediate if !coverage.is_told() => Self::Lazy { interval: LOOK_INTERVAL },
            _ => self,
        }
    }
}

impl fmt::Display for Invalidation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Immediate => "immediate",
            Self::Lazy { .. } => "lazy",
            Self::Ttl => "ttl",
        })
    }
}

impl FromStr for Invalidation {
    type Err = UnknownInvalidation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "immediate" => Ok(Self::Immediate),
            "lazy" => Ok(Self::Lazy { interval: LOOK_INTERVAL }),
            "ttl" => Ok(Self::Ttl),
            _ => Err(UnknownInvalidation { text: text.to_owned() }),
        }
    }
}

/// A text that names no [`Invalidation`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownInvalidation {
    text: String,
}

impl fmt::Display for UnknownInvalidation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no invalidation: use immediate, lazy or ttl", self.text)
    }
}

impl Error for UnknownInvalidation {}
