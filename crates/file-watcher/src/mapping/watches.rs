//! The watches that stand, and how many there may be.

use std::path::Path;

use super::places::{Place, Places};
use super::{Refused, Scope, System, WatchId};
use crate::Reason;

/// A system, and the watches taken from it.
#[derive(Debug)]
pub(super) struct Watches<S> {
    pub(super) system: S,
    places: Places,
    limit: Option<usize>,
}

impl<S: System> Watches<S> {
    pub(super) fn new(system: S, limit: Option<usize>) -> Self {
        Self { system, places: Places::default(), limit }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn places(&self, watch: WatchId) -> &[Place] {
        self.places.of(watch)
    }

    /// Watches a folder as this place.
    pub(super) fn add(
        &mut self,
        folder: &Path,
        scope: Scope,
        place: Place,
    ) -> Result<WatchId, Refused> {
        let watch = self.system.watch(folder, scope)?;
        // Only now it is known whether the folder is watched already, under another name.
        if self.limit.is_some_and(|limit| self.len() >= limit) && !self.places.has(watch) {
            self.system.unwatch(watch);
            return Err(Refused::All(Reason::Watches { limit: self.limit }));
        }
        self.places.add(watch, place);
        Ok(watch)
    }

    /// A watch isn't needed for this place any more.
    pub(super) fn release(&mut self, watch: WatchId, place: &Place) {
        if self.places.take(watch, place) {
            self.system.unwatch(watch);
        }
    }

    /// A watch has ended by itself; these were its places.
    pub(super) fn end(&mut self, watch: WatchId) -> Vec<Place> {
        self.places.end(watch)
    }
}
