//! What a platform has to offer: watches, and a loop that waits for their events.

use std::path::PathBuf;

use crate::mapping::{Mapper, System};
use crate::shared::Teller;
use crate::{Coverage, Reason, RootId};

/// Ends a backend's loop, from any thread, at once.
pub(crate) type Stop = Box<dyn Fn() + Send + Sync>;

/// Watches of a platform.
pub(crate) trait Backend: Send + Sized + 'static {
    /// Whose events the mapping gets.
    type System: System;

    /// What knows the watches.
    fn mapper(&mut self) -> &mut Mapper<Self::System>;

    /// What ends [`run`](Self::run).
    fn stop(&self) -> Stop;

    /// Waits for events and tells what they mean, until it is stopped.
    fn run(self, teller: &mut Teller) -> Result<(), Reason>;
}

/// Watches the roots, and says how far each is told.
pub(crate) fn watch<B: Backend>(backend: &mut B, roots: Vec<PathBuf>) -> Vec<Coverage> {
    let mapper = backend.mapper();
    let roots: Vec<RootId> = roots.into_iter().map(|root| mapper.add_root(root)).collect();
    roots.into_iter().map(|root| mapper.coverage(root).clone()).collect()
}
