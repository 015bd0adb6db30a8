//! What lies beneath a root: its folders and the watches over them, its links, its gaps.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::places::Place;
use super::watches::Watches;
use super::{Entry, Listing, Refused, Scope, System, WatchId};
use crate::{Events, Reason};

/// The watched tree of a root. Paths are relative to it; in their order, what lies beneath a folder follows it.
#[derive(Debug)]
pub(super) struct Branch {
    root: usize,
    known: BTreeMap<Arc<Path>, Known>,
    /// Folders from which nothing is told.
    gaps: BTreeMap<Arc<Path>, Reason>,
    /// Why nothing is watched.
    lost: Option<Reason>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// `None`: the watch over the root covers it.
    Folder(Option<WatchId>),
    Link,
}

impl Branch {
    pub(super) fn of(root: usize) -> Self {
        Self { root, known: BTreeMap::new(), gaps: BTreeMap::new(), lost: None }
    }

    /// Whether a name is more than a file's: a folder's or a link's.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.known.contains_key(path) || self.has_gap(path)
    }

    /// Whether a name is a folder's.
    pub(super) fn has_folder(&self, path: &Path) -> bool {
        matches!(self.known.get(path), Some(Known::Folder(_))) || self.has_gap(path)
    }

    /// Whether not all is told of a folder that is there.
    pub(super) fn has_gap(&self, folder: &Path) -> bool {
        self.gaps.contains_key(folder)
    }

    /// Why nothing is told.
    pub(super) fn lost(&self) -> Option<&Reason> {
        self.lost.as_ref()
    }

    /// Why something isn't told: the reason and the folder.
    pub(super) fn gap(&self) -> Option<(&Path, &Reason)> {
        self.gaps.iter().next().map(|(path, reason)| (&**path, reason))
    }

    /// Watches all folders of a root that is opened (again), and no other ones.
    pub(super) fn open<S: System>(&mut self, watches: &mut Watches<S>, base: &Path) {
        self.lost = None;
        self.cover(watches, base, Path::new(""));
    }

    /// Watches a folder and what lies in it as it is now, and nothing else beneath this name.
    pub(super) fn cover<S: System>(
        &mut self,
        watches: &mut Watches<S>,
        base: &Path,
        folder: &Path,
    ) {
        if self.lost.is_some() {
            return;
        }
        let before = self.cut(folder);
        if let Err(reason) = self.walk(watches, base, folder) {
            self.give_up(watches, Some(reason));
        }
        self.release(watches, before);
    }

    /// A folder has gone, with all that lay in it.
    pub(super) fn uncover<S: System>(&mut self, watches: &mut Watches<S>, folder: &Path) {
        let before = self.cut(folder);
        self.release(watches, before);
    }

    /// A link stands at this path now.
    pub(super) fn link<S: System>(&mut self, watches: &mut Watches<S>, path: &Path) {
        self.uncover(watches, path);
        self.known.insert(path.into(), Known::Link);
    }

    /// Watches nothing.
    pub(super) fn give_up<S: System>(&mut self, watches: &mut Watches<S>, why: Option<Reason>) {
        self.lost = why;
        self.uncover(watches, Path::new(""));
    }

    /// Forgets what is known beneath a name, the name included, and returns what had a watch.
    fn cut(&mut self, folder: &Path) -> Vec<(Arc<Path>, Known)> {
        cut(&mut self.gaps, folder);
        cut(&mut self.known, folder)
    }

    /// Releases watches that are not in use again.
    fn release<S: System>(&self, watches: &mut Watches<S>, before: Vec<(Arc<Path>, Known)>) {
        for (path, known) in before {
            if let Known::Folder(Some(watch)) = known
                && self.known.get(&path) != Some(&known)
            {
                watches.release(watch, &Place::Beneath(self.root, path));
            }
        }
    }

    /// Watches a folder, then looks into it, then its folders. Whatever goes meanwhile is told of by the folder above.
    fn walk<S: System>(
        &mut self,
        watches: &mut Watches<S>,
        base: &Path,
        folder: &Path,
    ) -> Result<(), Reason> {
        let mut todo = vec![(folder.to_owned(), None)];
        while let Some((path, device_above)) = todo.pop() {
            let full = beneath(base, &path);
            if watches.system.is_recursive() && !path.as_os_str().is_empty() {
                self.known.insert(path.as_path().into(), Known::Folder(None));
            } else if !self.watch(watches, &full, &path)? {
                continue;
            }
            let listing = match watches.system.list(&full) {
                Ok(listing) => listing,
                Err(error) => {
                    if error.kind() == ErrorKind::PermissionDenied {
                        self.gaps.insert(path.into(), Reason::Unreadable(full));
                    }
                    continue;
                }
            };
            let Listing { device, entries } = listing;
            if device_above != Some(device)
                && let Ok(Events::Unreliable(name)) = watches.system.events(&full)
            {
                self.gaps.insert(path.as_path().into(), Reason::FileSystem { path: full, name });
            }
            for (name, entry) in entries {
                let path = path.join(name);
                match entry {
                    Entry::Folder => todo.push((path, Some(device))),
                    Entry::Link => _ = self.known.insert(path.into(), Known::Link),
                }
            }
        }
        Ok(())
    }

    /// Watches one folder; whether it is there.
    fn watch<S: System>(
        &mut self,
        watches: &mut Watches<S>,
        full: &Path,
        path: &Path,
    ) -> Result<bool, Reason> {
        let shared: Arc<Path> = path.into();
        let place = Place::Beneath(self.root, Arc::clone(&shared));
        match watches.add(full, Scope::Tree, place) {
            Ok(watch) => _ = self.known.insert(shared, Known::Folder(Some(watch))),
            Err(Refused::Gone) => return Ok(false),
            Err(Refused::This(reason)) => _ = self.gaps.insert(shared, reason),
            Err(Refused::All(reason)) => return Err(reason),
        }
        Ok(true)
    }
}

/// A path beneath a folder. Without a slash at its end: that would follow a link.
pub(super) fn beneath(base: &Path, path: &Path) -> PathBuf {
    let mut full = PathBuf::with_capacity(base.as_os_str().len() + 1 + path.as_os_str().len());
    full.push(base);
    if !path.as_os_str().is_empty() {
        full.push(path);
    }
    full
}

/// Takes out what lies at or beneath a path.
fn cut<V>(map: &mut BTreeMap<Arc<Path>, V>, folder: &Path) -> Vec<(Arc<Path>, V)> {
    let from_there = map.range::<Path, _>((Bound::Included(folder), Bound::Unbounded));
    let beneath: Vec<_> = from_there
        .map_while(|(path, _)| path.starts_with(folder).then(|| Arc::clone(path)))
        .collect();
    beneath.iter().filter_map(|path| map.remove_entry(&**path)).collect()
}
