//! Which watch stands where.

use std::collections::HashMap;
use std::collections::hash_map;
use std::path::Path;
use std::sync::Arc;

use super::WatchId;

/// What a watched folder is to a root, by the number of the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// It is on the way to the root.
    Above(usize),
    /// It lies in the root, at this path; empty: it is the root.
    Beneath(usize, Arc<Path>),
}

/// The places of each watch. Most have one; a folder of one root can be on the way to another, and a folder that is
/// mounted twice has two names.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<WatchId, Vec<Place>>);

impl Places {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn has(&self, watch: WatchId) -> bool {
        self.0.contains_key(&watch)
    }

    pub(super) fn of(&self, watch: WatchId) -> &[Place] {
        self.0.get(&watch).map_or(&[], Vec::as_slice)
    }

    pub(super) fn add(&mut self, watch: WatchId, place: Place) {
        let places = self.0.entry(watch).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }

    /// Takes a place away, and says whether it was the watch's last one.
    pub(super) fn take(&mut self, watch: WatchId, place: &Place) -> bool {
        let hash_map::Entry::Occupied(mut places) = self.0.entry(watch) else {
            return false;
        };
        places.get_mut().retain(|held| held != place);
        if places.get().is_empty() {
            places.remove();
            return true;
        }
        false
    }

    /// Takes all places of a watch away: it has ended.
    pub(super) fn end(&mut self, watch: WatchId) -> Vec<Place> {
        self.0.remove(&watch).unwrap_or_default()
    }
}
