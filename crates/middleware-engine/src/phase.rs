//! When a middleware is called.

use std::fmt;
use std::ops::BitOr;

/// One part of a request's way through a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Before the handler.
    Before,
    /// When there is an answer, whoever has given it.
    After,
    /// When something has failed.
    Error,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Error => "error",
        })
    }
}

/// The phases that a middleware takes part in, as a sum: `Phases::BEFORE | Phases::AFTER`.
///
/// In the others it isn't called, and costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Phases(u8);

impl Phases {
    /// In none of them.
    pub const NONE: Self = Self(0);
    /// [`Middleware::before`](crate::Middleware::before)
    pub const BEFORE: Self = Self(1);
    /// [`Middleware::after`](crate::Middleware::after)
    pub const AFTER: Self = Self(2);
    /// [`Middleware::on_error`](crate::Middleware::on_error)
    pub const ERROR: Self = Self(4);

    /// Whether this one is among them.
    pub const fn has(self, phase: Phase) -> bool {
        let bit = match phase {
            Phase::Before => Self::BEFORE,
            Phase::After => Self::AFTER,
            Phase::Error => Self::ERROR,
        };
        self.0 & bit.0 != 0
    }
}

impl BitOr for Phases {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
