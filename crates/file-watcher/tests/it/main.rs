//! The watcher on real files, the mapping on scripted ones, and the small decisions.

mod listener;
mod told;
