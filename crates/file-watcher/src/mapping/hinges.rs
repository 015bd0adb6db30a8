//! The way to a root, name by name.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::places::Place;
use super::watches::Watches;
use super::{Event, Found, Refused, Scope, System, WatchId};
use crate::Reason;

/// As many links in one path as Linux follows (`path_resolution(7)`).
const MAX_LINKS: usize = 40;

/// A name on the way to a root, in a watched folder. Where it leads elsewhere, the root is another one.
#[derive(Debug)]
struct Hinge {
    /// `None`: the folder may not be read. That a folder beneath it moves is told by the watch on that one.
    watch: Option<WatchId>,
    name: OsString,
}

/// How a root is reached.
#[derive(Debug, Default)]
pub(super) struct Way {
    hinges: Vec<Hinge>,
    pub(super) end: End,
    /// A place from which nothing is told.
    pub(super) gap: Option<Reason>,
    /// Why the way isn't watched.
    pub(super) lost: Option<Reason>,
}

/// Where it leads. The paths have no links in them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    Folder(PathBuf),
    File(PathBuf),
    /// To a name that isn't there; the last hinge waits for it.
    #[default]
    Missing,
}

impl Way {
    /// Follows an absolute path, links included, and watches each folder before a name is looked up in it.
    pub(super) fn follow<S: System>(watches: &mut Watches<S>, root: usize, path: &Path) -> Self {
        let mut way = Self::default();
        way.end = way.walk(watches, root, path);
        if let (End::File(file), Some(folder)) = (&way.end, way.end.folder()) {
            // The folder that it lies in tells of its content too. If it has gone by now, its hinge will say so.
            let watch = watches.add(folder, Scope::Content, Place::Above(root)).ok();
            let name = file.file_name().unwrap_or_default().to_owned();
            way.hinges.push(Hinge { watch, name });
        }
        way
    }

    fn walk<S: System>(&mut self, watches: &mut Watches<S>, root: usize, path: &Path) -> End {
        let mut at = PathBuf::new();
        let mut todo = steps(path);
        let mut links = 0;
        while let Some(step) = todo.pop_front() {
            match step {
                Step::Start(start) => at = start,
                Step::Up => _ = at.pop(),
                Step::Name(name) => {
                    if !self.hang(watches, root, &at, &name) {
                        return End::Missing;
                    }
                    at.push(&name);
                    match watches.system.look(&at) {
                        Ok(Found::Folder) => {}
                        Ok(Found::File) if todo.is_empty() => return End::File(at),
                        Ok(Found::Link(text)) if links < MAX_LINKS => {
                            links += 1;
                            at.pop();
                            for step in steps(&text).into_iter().rev() {
                                todo.push_front(step);
                            }
                        }
                        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                            self.gap.get_or_insert(Reason::Unreadable(at));
                            return End::Missing;
                        }
                        Ok(Found::File | Found::Link(_)) | Err(_) => return End::Missing,
                    }
                }
            }
        }
        End::Folder(at)
    }

    /// Watches a folder for a name; whether it makes sense to go on.
    fn hang<S: System>(
        &mut self,
        watches: &mut Watches<S>,
        root: usize,
        folder: &Path,
        name: &OsStr,
    ) -> bool {
        let watch = match watches.add(folder, Scope::Names, Place::Above(root)) {
            Ok(watch) => Some(watch),
            Err(Refused::Gone) => return false,
            Err(Refused::This(reason)) => {
                self.gap.get_or_insert(reason);
                None
            }
            Err(Refused::All(reason)) => {
                self.lost.get_or_insert(reason);
                None
            }
        };
        self.hinges.push(Hinge { watch, name: name.to_owned() });
        true
    }

    /// Gives up the watches that another way to the same root doesn't need.
    pub(super) fn leave<S: System>(self, watches: &mut Watches<S>, root: usize, other: &Self) {
        for watch in self.hinges.iter().filter_map(|hinge| hinge.watch) {
            if !other.hinges.iter().any(|hinge| hinge.watch == Some(watch)) {
                watches.release(watch, &Place::Above(root));
            }
        }
    }

    /// Whether it leads somewhere, and all is told of it.
    pub(super) fn is_whole(&self) -> bool {
        self.end != End::Missing && self.gap.is_none()
    }

    /// Whether an event is of a name on the way.
    pub(super) fn has(&self, event: Event<'_>) -> bool {
        self.hinges.iter().any(|hinge| hinge.is(event))
    }

    /// Whether an event is of the name at the end of the way.
    pub(super) fn ends_with(&self, event: Event<'_>) -> bool {
        self.hinges.last().is_some_and(|hinge| hinge.is(event))
    }
}

impl Hinge {
    fn is(&self, event: Event<'_>) -> bool {
        self.watch == Some(event.watch) && self.name == *event.name
    }
}

impl End {
    /// The folder that its file system is asked about.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(path) => Some(path),
            Self::File(path) => path.parent(),
            Self::Missing => None,
        }
    }
}

enum Step {
    /// `/`, or what stands for it elsewhere.
    Start(PathBuf),
    Up,
    Name(OsString),
}

fn steps(path: &Path) -> VecDeque<Step> {
    let mut steps = VecDeque::new();
    let mut start = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Prefix(_) => start.push(component),
            Component::RootDir => {
                start.push(component);
                steps.push_back(Step::Start(start.clone()));
            }
            Component::CurDir => {}
            Component::ParentDir => steps.push_back(Step::Up),
            Component::Normal(name) => steps.push_back(Step::Name(name.to_owned())),
        }
    }
    steps
}
