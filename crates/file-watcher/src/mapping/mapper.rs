//! One event in, changes out.

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::branch::{Branch, beneath};
use super::hinges::{End, Way};
use super::places::Place;
use super::watches::Watches;
use super::{Event, Found, System, What};
use crate::{Change, ChangeKind, Coverage, Events, Reason, RootId};

/// Knows what is watched, and what an event means for it.
///
/// # Examples
///
/// With the kernel in memory of the test kit:
///
/// ```
/// use catzilla_file_watcher::mapping::Mapper;
/// use catzilla_file_watcher::{Change, ChangeKind, RootId};
/// use catzilla_testkit::kernel::{Kernel, Op};
///
/// let kernel = Kernel::of(&["/site"]);
/// let mut mapper = Mapper::new(kernel.clone(), None);
/// mapper.add_root("/site".into());
///
/// kernel.perform(&Op::Mkdir("/site/css".into()));
/// let changes = kernel.deliver_all(&mut mapper);
/// assert_eq!(changes, [Change::new(RootId::FIRST, ChangeKind::Folder, "css")]);
/// assert_eq!(mapper.watches(), 3, "over /, /site and /site/css");
/// ```
#[derive(Debug)]
pub struct Mapper<S> {
    watches: Watches<S>,
    roots: Vec<Root>,
    /// Whether a coverage may be another one.
    is_judged: bool,
}

#[derive(Debug)]
struct Root {
    /// As it was configured, absolute.
    path: PathBuf,
    way: Way,
    branch: Branch,
    coverage: Coverage,
}

impl<S: System> Mapper<S> {
    /// Without roots, and with this bound on watches; `None`: what the system allows.
    pub fn new(system: S, max_watches: Option<usize>) -> Self {
        Self { watches: Watches::new(system, max_watches), roots: Vec::new(), is_judged: false }
    }

    /// Watches what stands at an absolute path, or will stand there: a folder and everything beneath, or a file.
    pub fn add_root(&mut self, path: PathBuf) -> RootId {
        let root = self.roots.len();
        self.roots.push(Root {
            path,
            way: Way::default(),
            branch: Branch::of(root),
            coverage: Coverage::Full,
        });
        self.open(root);
        RootId::new(root)
    }

    /// How far a root is told.
    ///
    /// # Panics
    ///
    /// When the root is of another mapper.
    pub fn coverage(&self, root: RootId) -> &Coverage {
        &self.roots[root.index()].coverage
    }

    /// Whether the coverage of a root may have become another one since this was asked last.
    pub fn take_judged(&mut self) -> bool {
        mem::take(&mut self.is_judged)
    }

    /// How many watches stand.
    pub fn watches(&self) -> usize {
        self.watches.len()
    }

    /// The system, for what the mapping doesn't do.
    pub fn system(&mut self) -> &mut S {
        &mut self.watches.system
    }

    /// The roots, in order.
    pub fn roots(&self) -> impl Iterator<Item = RootId> + use<S> {
        (0..self.roots.len()).map(RootId::new)
    }

    /// Takes an event, and tells what has to be forgotten once the watches stand as they should.
    pub fn apply(&mut self, event: Event<'_>, tell: &mut impl FnMut(Change)) {
        match event.what {
            What::Lost => {
                for root in 0..self.roots.len() {
                    self.open(root);
                    tell(Change::new(RootId::new(root), ChangeKind::Rescan, ""));
                }
            }
            What::Ended => {
                for place in self.watches.end(event.watch) {
                    self.apply_at(&place, event, tell);
                }
            }
            _ => {
                for place in self.watches.places(event.watch) {
                    self.apply_at(&place, event, tell);
                }
            }
        }
    }

    fn apply_at(&mut self, place: &Place, event: Event<'_>, tell: &mut impl FnMut(Change)) {
        match place {
            Place::Above(root) => self.apply_above(*root, event, tell),
            Place::Beneath(root, folder) if event.name.as_os_str().is_empty() => {
                self.apply_itself(*root, folder, event, tell);
            }
            Place::Beneath(root, folder) => {
                self.apply_beneath(*root, beneath(folder, event.name), event, tell);
            }
        }
    }

    /// An event in a folder on the way to a root.
    fn apply_above(&mut self, root: usize, event: Event<'_>, tell: &mut impl FnMut(Change)) {
        let Root { way, branch, .. } = &self.roots[root];
        let is_of_folder = event.name.as_os_str().is_empty();
        if !is_of_folder && !way.has(event) {
            return;
        }
        match event.what {
            What::Came | What::Went | What::Moved | What::Ended => self.reopen(root, tell),
            // What could not be reached, or read, may be now.
            What::Attributes if !way.is_whole() || branch.has_gap(Path::new("")) => {
                self.reopen(root, tell);
            }
            What::Attributes | What::Written
                if matches!(way.end, End::File(_)) && way.ends_with(event) =>
            {
                tell(Change::new(RootId::new(root), ChangeKind::File, ""));
            }
            What::Attributes | What::Written | What::Lost => {}
        }
    }

    /// An event of a folder beneath a root, or of the root: of itself, not of a name in it.
    fn apply_itself(
        &mut self,
        root: usize,
        folder: &Arc<Path>,
        event: Event<'_>,
        tell: &mut impl FnMut(Change),
    ) {
        match event.what {
            What::Moved | What::Ended if folder.as_os_str().is_empty() => {
                return self.reopen(root, tell);
            }
            // The folder above has told of it, and its watch is gone by now. Else look what is there: a file system
            // may have been unmounted from the place.
            What::Moved | What::Ended => _ = self.settle(root, folder),
            What::Came | What::Went | What::Written | What::Attributes | What::Lost => {}
        }
        tell(Change::new(RootId::new(root), ChangeKind::Folder, &**folder));
    }

    /// An event of a name beneath a root.
    fn apply_beneath(
        &mut self,
        root: usize,
        path: PathBuf,
        event: Event<'_>,
        tell: &mut impl FnMut(Change),
    ) {
        let branch = &self.roots[root].branch;
        let is_folder = event.is_folder.unwrap_or_else(|| branch.has_folder(&path));
        let reaches_beneath = match event.what {
            What::Came | What::Went => self.settle(root, &path) || is_folder,
            // It may be readable now.
            What::Attributes if branch.has_gap(&path) => self.settle(root, &path) || is_folder,
            _ => is_folder,
        };
        let kind = if reaches_beneath { ChangeKind::Folder } else { ChangeKind::File };
        tell(Change::new(RootId::new(root), kind, path));
    }

    /// Watches what stands at a path now, whatever stood there; whether one of the two is more than a file.
    fn settle(&mut self, root: usize, path: &Path) -> bool {
        let found = self.look(root, path);
        let Root { way, branch, .. } = &mut self.roots[root];
        let was_more = branch.has(path);
        match (found, &way.end) {
            (Some(Found::Folder), End::Folder(base)) => branch.cover(&mut self.watches, base, path),
            (Some(Found::Link(_)), _) => branch.link(&mut self.watches, path),
            _ if was_more => branch.uncover(&mut self.watches, path),
            _ => return false,
        }
        self.judge(root);
        true
    }

    fn look(&self, root: usize, path: &Path) -> Option<Found> {
        let End::Folder(base) = &self.roots[root].way.end else {
            return None;
        };
        self.watches.system.look(&beneath(base, path)).ok()
    }

    fn reopen(&mut self, root: usize, tell: &mut impl FnMut(Change)) {
        self.open(root);
        // Also when it was missing and is missing: it may have stood there in between, and somebody may have seen it.
        tell(Change::new(RootId::new(root), ChangeKind::Root, ""));
    }

    /// Watches the way to a root and what lies in it, as it is now, and nothing else for it.
    fn open(&mut self, root: usize) {
        let way = Way::follow(&mut self.watches, root, &self.roots[root].path);
        let Root { way: held, branch, .. } = &mut self.roots[root];
        let before = mem::replace(held, way);
        match &held.end {
            End::Folder(base) => branch.open(&mut self.watches, base),
            End::File(_) | End::Missing => branch.give_up(&mut self.watches, None),
        }
        before.leave(&mut self.watches, root, held);
        self.judge(root);
    }

    fn judge(&mut self, root: usize) {
        let Root { way, branch, .. } = &self.roots[root];
        let system = &self.watches.system;
        let of_file = match &way.end {
            End::File(path) => path.parent().and_then(|folder| {
                let Ok(Events::Unreliable(name)) = system.events(folder) else {
                    return None;
                };
                Some(Reason::FileSystem { path: path.clone(), name })
            }),
            End::Folder(_) | End::Missing => None,
        };
        let at_root = branch.gap().filter(|(path, _)| path.as_os_str().is_empty());
        let lost = way.lost.as_ref().or(branch.lost()).or(at_root.map(|(_, reason)| reason));
        let gap = way.gap.as_ref().or(branch.gap().map(|(_, reason)| reason));
        self.is_judged = true;
        self.roots[root].coverage = match (lost.cloned().or(of_file), gap.cloned()) {
            (Some(reason), _) => Coverage::None(reason),
            (None, Some(reason)) => Coverage::Partial(reason),
            (None, None) => Coverage::Full,
        };
    }
}
