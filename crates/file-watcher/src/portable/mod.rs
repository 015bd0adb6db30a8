//! Other platforms: the `notify` crate, whose watches are about paths and may cover all beneath.
//!
//! Untested but on Linux, where the tests ask for it.

mod event_loop;
mod system;
mod translate;

pub(crate) use event_loop::Loop;
