//! One event in, changes out.

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::branch::beneath;
use super::hinges::{End, Way};
use super::places::Place;
use super::roots::{Root, Roots};
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
/// let folder = Change::new(RootId::FIRST, ChangeKind::Folder, "css");
/// assert_eq!(changes, [folder.clone(), folder], "at once, and again when it is watched");
/// assert_eq!(mapper.watches(), 3, "over /, /site and /site/css");
/// ```
#[derive(Debug)]
pub struct Mapper<S> {
    watches: Watches<S>,
    roots: Roots,
    /// Whether a coverage may be another one.
    is_judged: bool,
}

/// What stands at a path that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    /// A file or nothing, as before.
    File,
    /// A file or nothing, where a folder or a link was.
    Gone,
    /// A folder that is watched by now, or a link.
    Watched,
}

impl<S: System> Mapper<S> {
    /// Without roots, and with this bound on watches; `None`: what the system allows.
    pub fn new(system: S, max_watches: Option<usize>) -> Self {
        Self {
            watches: Watches::new(system, max_watches),
            roots: Roots::default(),
            is_judged: false,
        }
    }

    /// Watches what stands at an absolute path, or will stand there: a folder and everything beneath, or a file. Its
    /// number is one that no root had before.
    pub fn add_root(&mut self, path: PathBuf) -> RootId {
        let root = self.roots.add(path);
        self.open(root);
        RootId::new(root)
    }

    /// Watches a root no more: nothing is told of it from here on. Whether it was there.
    ///
    /// Other roots that lacked watches get those that it gives back; one for which they suffice is told as
    /// [`Rescan`](ChangeKind::Rescan), once it is watched.
    pub fn remove_root(&mut self, root: RootId, tell: &mut impl FnMut(&[Change])) -> bool {
        let Some(Root { way, mut branch, .. }) = self.roots.take(root.index()) else {
            return false;
        };
        branch.give_up(&mut self.watches, None);
        way.leave(&mut self.watches, root.index(), &Way::default());
        let lost = self.roots.iter().filter_map(|(number, root)| root.is_lost().then_some(number));
        let mut changes = Vec::new();
        for root in lost.collect::<Vec<_>>() {
            self.open(root);
            if self.roots[root].coverage.is_told() {
                changes.push(Change::new(RootId::new(root), ChangeKind::Rescan, ""));
            }
        }
        flush(&mut changes, tell);
        true
    }

    /// How far a root is told.
    ///
    /// # Panics
    ///
    /// When the root is of another mapper, or was removed.
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
        self.roots.numbers().into_iter().map(RootId::new)
    }

    /// Takes events that were read together: tells at once what they concern, as far as that is known without asking
    /// the system; then brings the watches up to date, and tells again what is watched anew.
    ///
    /// The first call is what keeps a cache from being old: it comes before a large folder is listed. The second one
    /// covers the gap: what was read from a folder after the first call and before its watch stood may have changed
    /// unseen. Whatever happens after that is an event. An event of a single file needs no second call. Where a
    /// folder's watch has another place by the time of its event, because a later one told of its move, the folder is
    /// told as a whole at its new place, after the event.
    pub fn handle(&mut self, events: &[Event<'_>], tell: &mut impl FnMut(&[Change])) {
        let mut changes = Vec::new();
        for event in events {
            self.announce(*event, &mut |change| add(&mut changes, change));
        }
        flush(&mut changes, tell);
        for event in events {
            self.update(*event, &mut |change, is_watched_anew| {
                if is_watched_anew {
                    add(&mut changes, change);
                }
            });
        }
        flush(&mut changes, tell);
    }

    /// What an event concerns, by what is known.
    fn announce(&self, event: Event<'_>, tell: &mut impl FnMut(Change)) {
        if event.what == What::Lost {
            return self.roots().for_each(|root| tell(Change::new(root, ChangeKind::Rescan, "")));
        }
        for place in self.watches.places(event.watch) {
            let (root, kind, path) = match place {
                Place::Above(root) => match self.meaning_above(*root, event) {
                    Some(kind) => (*root, kind, PathBuf::new()),
                    None => continue,
                },
                Place::Beneath(root, folder) if event.is_of_folder() => {
                    (*root, meaning_of_itself(folder, event), folder.to_path_buf())
                }
                Place::Beneath(root, folder) => {
                    let path = beneath(folder, event.name);
                    let branch = &self.roots[*root].branch;
                    let comes_or_goes = matches!(event.what, What::Came | What::Went);
                    let reaches_beneath =
                        self.is_folder(*root, &path, event) || comes_or_goes && branch.has(&path);
                    (*root, kind(reaches_beneath), path)
                }
            };
            tell(Change::new(RootId::new(root), kind, path));
        }
    }

    /// Brings the watches up to date, and tells what an event concerns, and whether that is watched anew.
    fn update(&mut self, event: Event<'_>, tell: &mut impl FnMut(Change, bool)) {
        let places = match event.what {
            What::Lost => {
                for root in self.roots.numbers() {
                    self.open(root);
                    tell(Change::new(RootId::new(root), ChangeKind::Rescan, ""), true);
                }
                return;
            }
            What::Ended => self.watches.end(event.watch),
            _ => self.watches.places(event.watch).to_vec(),
        };
        for place in &places {
            match place {
                Place::Above(root) => self.update_above(*root, event, tell),
                Place::Beneath(root, folder) if event.is_of_folder() => {
                    self.update_itself(*root, folder, event, tell);
                }
                Place::Beneath(root, folder) => {
                    self.update_beneath(*root, beneath(folder, event.name), event, tell);
                }
            }
        }
    }

    /// What an event in a folder on the way to a root means for it.
    fn meaning_above(&self, root: usize, event: Event<'_>) -> Option<ChangeKind> {
        let Root { way, branch, .. } = &self.roots[root];
        if !event.is_of_folder() && !way.has(event) {
            return None;
        }
        match event.what {
            What::Came | What::Went | What::Moved | What::Ended => Some(ChangeKind::Root),
            // What could not be reached, or read, may be now.
            What::Attributes if !way.is_whole() || branch.has_gap(Path::new("")) => {
                Some(ChangeKind::Root)
            }
            What::Attributes | What::Written => {
                let is_file = matches!(way.end, End::File(_)) && way.ends_with(event);
                is_file.then_some(ChangeKind::File)
            }
            What::Lost => None,
        }
    }

    fn update_above(&mut self, root: usize, event: Event<'_>, tell: &mut impl FnMut(Change, bool)) {
        match self.meaning_above(root, event) {
            Some(ChangeKind::Root) => self.reopen(root, tell),
            Some(kind) => tell(Change::new(RootId::new(root), kind, ""), false),
            None => {}
        }
    }

    /// An event of a folder beneath a root, or of the root: of itself, not of a name in it.
    fn update_itself(
        &mut self,
        root: usize,
        folder: &Arc<Path>,
        event: Event<'_>,
        tell: &mut impl FnMut(Change, bool),
    ) {
        if meaning_of_itself(folder, event) == ChangeKind::Root {
            return self.reopen(root, tell);
        }
        // The folder above has told of it, and its watch is gone by now. Else look what is there: a file system may
        // have been unmounted from the place.
        let has_gone = matches!(event.what, What::Moved | What::Ended);
        let is_watched = has_gone && self.settle(root, folder) == Settled::Watched;
        tell(Change::new(RootId::new(root), ChangeKind::Folder, &**folder), is_watched);
    }

    /// An event of a name beneath a root.
    fn update_beneath(
        &mut self,
        root: usize,
        path: PathBuf,
        event: Event<'_>,
        tell: &mut impl FnMut(Change, bool),
    ) {
        let is_folder = self.is_folder(root, &path, event);
        let settled = match event.what {
            What::Came | What::Went => self.settle(root, &path),
            // It may be readable now.
            What::Attributes if self.roots[root].branch.has_gap(&path) => self.settle(root, &path),
            _ => Settled::File,
        };
        let kind = kind(is_folder || settled != Settled::File);
        tell(Change::new(RootId::new(root), kind, path), settled == Settled::Watched);
    }

    /// Whether an event is of a folder's name, by what the system says, or what stood there.
    fn is_folder(&self, root: usize, path: &Path, event: Event<'_>) -> bool {
        event.is_folder.unwrap_or_else(|| self.roots[root].branch.has_folder(path))
    }

    /// Watches what stands at a path now, whatever stood there.
    fn settle(&mut self, root: usize, path: &Path) -> Settled {
        let found = self.look(root, path);
        let Root { way, branch, .. } = &mut self.roots[root];
        let was_more = branch.has(path);
        let settled = match (found, &way.end) {
            (Some(Found::Folder), End::Folder(base)) => {
                branch.cover(&mut self.watches, base, path);
                Settled::Watched
            }
            (Some(Found::Link(_)), _) => {
                branch.link(&mut self.watches, path);
                Settled::Watched
            }
            _ if was_more => {
                branch.uncover(&mut self.watches, path);
                Settled::Gone
            }
            _ => return Settled::File,
        };
        self.judge(root);
        settled
    }

    fn look(&self, root: usize, path: &Path) -> Option<Found> {
        let End::Folder(base) = &self.roots[root].way.end else {
            return None;
        };
        self.watches.system.look(&beneath(base, path)).ok()
    }

    fn reopen(&mut self, root: usize, tell: &mut impl FnMut(Change, bool)) {
        self.open(root);
        let is_there = self.roots[root].way.end != End::Missing;
        // Also when it was missing and is missing: it may have stood there in between, and somebody may have seen it.
        tell(Change::new(RootId::new(root), ChangeKind::Root, ""), is_there);
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

/// What an event of a folder itself means for the root in which it lies at this path.
fn meaning_of_itself(folder: &Path, event: Event<'_>) -> ChangeKind {
    let has_gone = matches!(event.what, What::Moved | What::Ended);
    if has_gone && folder.as_os_str().is_empty() { ChangeKind::Root } else { ChangeKind::Folder }
}

fn kind(reaches_beneath: bool) -> ChangeKind {
    if reaches_beneath { ChangeKind::Folder } else { ChangeKind::File }
}

/// Of equal changes in a row the first says it all.
fn add(changes: &mut Vec<Change>, change: Change) {
    if changes.last() != Some(&change) {
        changes.push(change);
    }
}

fn flush(changes: &mut Vec<Change>, tell: &mut impl FnMut(&[Change])) {
    if !changes.is_empty() {
        tell(changes);
        changes.clear();
    }
}
