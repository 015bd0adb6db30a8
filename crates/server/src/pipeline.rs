//! What a request needs to be answered, whoever carries it.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::clock::Clock;
use crate::fs::Fs;
use crate::jobs::Queue;
use crate::limits::Limits;
use crate::memory::Memory;
use crate::site::Site;
use crate::store::Store;

/// The mounts, what is held of them, and where everything comes from. It is put together in `foundation.rs`.
#[derive(Debug)]
pub(crate) struct Pipeline {
    /// Swapped as a whole (by `mounting.rs` alone); each request takes it once.
    pub(crate) site: ArcSwap<Site>,
    pub(crate) fs: Arc<dyn Fs>,
    /// What is held of the files, unless nothing is to be.
    pub(crate) store: Option<Arc<Store>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) memory: Arc<dyn Memory>,
    pub(crate) limits: Limits,
    pub(crate) queue: Queue,
}
