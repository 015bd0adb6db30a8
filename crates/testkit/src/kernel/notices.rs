//! Watches, and the queue of their events.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use catzilla_file_watcher::mapping::{WatchId, What};

use super::files::Inode;

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) watch: WatchId,
    pub(super) name: PathBuf,
    pub(super) what: What,
    pub(super) is_folder: bool,
}

#[derive(Debug)]
pub(super) struct Notices {
    watches: BTreeMap<Inode, WatchId>,
    queue: VecDeque<Told>,
    next: i32,
    pub(super) capacity: usize,
    pub(super) max_watches: usize,
}

impl Default for Notices {
    fn default() -> Self {
        Self {
            watches: BTreeMap::new(),
            queue: VecDeque::new(),
            next: 1,
            capacity: usize::MAX,
            max_watches: usize::MAX,
        }
    }
}

impl Notices {
    /// A folder that is watched already keeps its number.
    pub(super) fn watch(&mut self, inode: Inode) -> Option<WatchId> {
        if let Some(&watch) = self.watches.get(&inode) {
            return Some(watch);
        }
        if self.watches.len() >= self.max_watches {
            return None;
        }
        let watch = WatchId(self.next);
        self.next += 1;
        self.watches.insert(inode, watch);
        Some(watch)
    }

    pub(super) fn unwatch(&mut self, watch: WatchId) {
        let inode =
            self.watches.iter().find_map(|(&inode, &held)| (held == watch).then_some(inode));
        if let Some(inode) = inode {
            self.watches.remove(&inode);
            self.push(Told { watch, name: PathBuf::new(), what: What::Ended, is_folder: true });
        }
    }

    /// Something happened to a name in a folder.
    pub(super) fn name(&mut self, folder: Inode, name: &str, what: What, is_folder: bool) {
        if let Some(&watch) = self.watches.get(&folder) {
            self.push(Told { watch, name: name.into(), what, is_folder });
        }
    }

    /// Something happened to a folder itself.
    pub(super) fn itself(&mut self, folder: Inode, what: What) {
        self.name(folder, "", what, true);
    }

    /// A folder is no more.
    pub(super) fn removed(&mut self, folder: Inode) {
        if let Some(&watch) = self.watches.get(&folder) {
            self.unwatch(watch);
        }
    }

    pub(super) fn take(&mut self) -> Option<Told> {
        self.queue.pop_front()
    }

    pub(super) fn lose(&mut self) {
        self.queue.clear();
        self.queue.push_back(lost());
    }

    pub(super) fn watched(&self) -> impl Iterator<Item = Inode> {
        self.watches.keys().copied()
    }

    fn push(&mut self, told: Told) {
        // The kernel merges an event with the one before it, and says once that the queue is full.
        let last = self.queue.back();
        if last == Some(&told) || last == Some(&lost()) && self.queue.len() > self.capacity {
            return;
        }
        let is_full = self.queue.len() >= self.capacity;
        self.queue.push_back(if is_full { lost() } else { told });
    }
}

fn lost() -> Told {
    Told { watch: WatchId(-1), name: PathBuf::new(), what: What::Lost, is_folder: true }
}
