//! What all workers of a server share.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::admission::Admission;
use crate::app::Application;
use crate::clock::Clock;
use crate::fs::Fs;
use crate::jobs::Queue;
use crate::limits::Limits;
use crate::memory::Memory;
use crate::site::Site;
use crate::store::Store;

/// The server, as its workers see it.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Swapped as a whole (by `mounting.rs` alone); each request takes it once.
    pub(crate) site: ArcSwap<Site>,
    pub(crate) fs: Arc<dyn Fs>,
    /// What is held of the files, unless nothing is to be.
    pub(crate) store: Option<Arc<Store>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) memory: Arc<dyn Memory>,
    pub(crate) limits: Limits,
    pub(crate) admission: Arc<Admission>,
    pub(crate) queue: Queue,
    /// Whether HTTP/2 is spoken without TLS to whoever begins with its preface.
    pub(crate) prior_knowledge: bool,
    /// Where handlers run, if there are any.
    pub(crate) app: Option<Application>,
}
