//! The map, behind the few operations that the cache needs.
//!
//! Guards of the map never leave this file, and what is called under one must not call back. Under the model checker a
//! plain map stands in for dashmap, whose locks it can't see into.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use crate::entry::Held;
use crate::flight::Flight;

#[cfg(not(shuttle))]
mod sharded;
#[cfg(shuttle)]
#[path = "table/modelled.rs"]
mod sharded;

pub(crate) use sharded::Table;

/// What stands in the place of a key.
pub(crate) enum Slot<V> {
    Resident(Held<V>),
    Loading(Arc<Flight<V>>),
}

impl<V> Clone for Slot<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Resident(held) => Self::Resident(held.clone()),
            Self::Loading(flight) => Self::Loading(Arc::clone(flight)),
        }
    }
}

impl<V> Slot<V> {
    pub(crate) fn resident(&self) -> Option<&Held<V>> {
        match self {
            Self::Resident(held) => Some(held),
            Self::Loading(_) => None,
        }
    }

    /// Whether it is this very entry.
    pub(crate) fn holds(&self, held: &Held<V>) -> bool {
        self.resident().is_some_and(|resident| resident.ptr_eq(held))
    }

    /// Whether it is this very load.
    pub(crate) fn awaits(&self, flight: &Arc<Flight<V>>) -> bool {
        matches!(self, Self::Loading(loading) if Arc::ptr_eq(loading, flight))
    }
}
