//! The locks, atomics and threads under everything that is a state machine: std's, or shuttle's, which tries their
//! interleavings in the model tests (`RUSTFLAGS="--cfg shuttle"`).

#[cfg(not(shuttle))]
pub(crate) use std::{
    sync::{Mutex, MutexGuard, atomic},
    thread,
};

#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::{Mutex, MutexGuard, atomic},
    thread,
};

use std::sync::PoisonError;

/// Locks, whoever panicked before: no code of ours leaves half of a change behind, and code of others (a weigher, a
/// waker, a destructor) runs outside.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
