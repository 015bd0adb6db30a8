//! From what a system tells to what has to be forgotten.
//!
//! A system tells of watches: *in the folder of watch 7, the name `a` was made*. [`Mapper`] knows which watch stands
//! where, what lies beneath which root, and how each root is reached; it turns an [`Event`] into [`Change`]s and keeps
//! the watches right. It has no thread, no clock and no system of its own: what it needs to know of files, and the
//! watches it wants, it asks of a [`System`]. There is one for inotify, one for other platforms, and one that lives in
//! memory for the tests.
//!
//! # How it stays right while files move
//!
//! Between an event and its handling the disk goes on. Three habits make that harmless:
//!
//! - **Watch, then look.** A folder is watched before it is listed, a folder on the way to a root before the next name
//!   is looked up in it. What changes after the look is told.
//! - **Tell at once, and again after the watches stand.** What an event concerns is told before any question is asked:
//!   listing a large folder takes longer than a cache may be old. A folder that has come is reported again as a whole,
//!   once it and what lies in it is watched: whatever was read from it and changed between the two is covered by that
//!   second report.
//! - **A watch may have several places**, and loses one only when an event says so. A folder that was found under a
//!   name that has moved on is reported under both until the event of the move arrives; too much is told, never too
//!   little.
//!
//! The two halves of a rename need no pairing: what left is forgotten with its watches, what came is watched anew.
//! Keeping the watches of a moved folder would save system calls in a rare case, and be wrong where the tree was
//! built on while it moved.
//!
//! [`Change`]: crate::Change

mod branch;
mod event;
mod hinges;
mod mapper;
mod places;
mod roots;
mod system;
mod watches;

pub use event::{Event, What};
pub use mapper::Mapper;
pub use system::{Entry, Found, Listing, Refused, Scope, System, WatchId};
