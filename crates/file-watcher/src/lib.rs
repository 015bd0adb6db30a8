#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backend;
mod builder;
mod change;
mod coverage;
mod debounce;
mod disk;
mod file_system;
mod freshness;
mod invalidation;
#[cfg(target_os = "linux")]
mod linux;
pub mod mapping;
mod orders;
#[cfg(any(feature = "portable", not(target_os = "linux")))]
mod portable;
mod shared;
mod watcher;

pub use builder::Builder;
pub use change::{Change, ChangeKind, RootId};
pub use coverage::{Coverage, Reason};
pub use debounce::{Batch, Debounce};
pub use file_system::{Events, events};
pub use freshness::Freshness;
pub use invalidation::{Invalidation, LOOK_INTERVAL, UnknownInvalidation};
pub use watcher::Watcher;
