//! Files and inotify, in memory: what the kernel of Linux does, when a test wants it to.
//!
//! Events wait in a queue until the test takes them, so that the mapping of the file watcher can be as late as any
//! machine would make it. Files can change between any two questions of it ([`Kernel::interfere`]).

mod files;
mod notices;
mod system;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use catzilla_file_watcher::mapping::{Event, Mapper};
use catzilla_file_watcher::{Change, Events};

use files::Files;
pub use files::Seen;
use notices::Notices;

/// A file system and its events. Clones are the same one.
#[derive(Clone, Default)]
pub struct Kernel(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    files: Files,
    notices: Notices,
    /// What happens between questions.
    interference: VecDeque<Op>,
    calls: usize,
}

/// Something that happens to files. Paths are absolute and lead through no link.
///
/// What the file system would refuse doesn't happen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// A file is written, and made where there is none.
    Write(PathBuf),
    /// A folder is made.
    Mkdir(PathBuf),
    /// A link with this text is made.
    Symlink(PathBuf, PathBuf),
    /// A file gets a second name.
    Link(PathBuf, PathBuf),
    /// A name is moved, onto another one where that is allowed.
    Rename(PathBuf, PathBuf),
    /// Two names are swapped.
    Exchange(PathBuf, PathBuf),
    /// A name is removed, with all that lies beneath.
    Remove(PathBuf),
    /// A folder can be read by the watcher, or not.
    Readable(PathBuf, bool),
}

impl Kernel {
    /// With the folders of these paths, and no events of them.
    pub fn of(folders: &[&str]) -> Self {
        let kernel = Self::default();
        for folder in folders {
            let mut path = PathBuf::from("/");
            for name in Path::new(folder).iter().skip(1) {
                path.push(name);
                kernel.perform(&Op::Mkdir(path.clone()));
            }
        }
        kernel
    }

    /// Does something, and queues the events that it makes.
    pub fn perform(&self, op: &Op) {
        let State { files, notices, .. } = &mut *self.0.borrow_mut();
        files.perform(op, notices);
    }

    /// Lets these happen, one after each question that the mapping asks.
    pub fn interfere(&self, ops: impl IntoIterator<Item = Op>) {
        self.0.borrow_mut().interference.extend(ops);
    }

    /// Lets happen what hasn't happened yet; whether there was anything.
    pub fn settle(&self) -> bool {
        let mut any = false;
        while self.pass() {
            any = true;
        }
        any
    }

    /// Gives the oldest event to a mapping; whether there was one.
    pub fn deliver(&self, mapper: &mut Mapper<Self>, tell: &mut impl FnMut(Change)) -> bool {
        self.deliver_together(mapper, 1, &mut |changes| {
            changes.iter().cloned().for_each(&mut *tell);
        })
    }

    /// Gives the oldest events to a mapping, so many at once; whether there was one.
    pub fn deliver_together(
        &self,
        mapper: &mut Mapper<Self>,
        count: usize,
        tell: &mut impl FnMut(&[Change]),
    ) -> bool {
        // The mapping calls back, so nothing may be borrowed while it works.
        let told: Vec<_> = {
            let notices = &mut self.0.borrow_mut().notices;
            std::iter::from_fn(|| notices.take()).take(count).collect()
        };
        let events: Vec<_> = told
            .iter()
            .map(|told| Event::of(told.watch, &told.name, told.what, Some(told.is_folder)))
            .collect();
        mapper.handle(&events, tell);
        !told.is_empty()
    }

    /// Gives all events to a mapping, and returns what it tells.
    pub fn deliver_all(&self, mapper: &mut Mapper<Self>) -> Vec<Change> {
        let mut told = Vec::new();
        while self.deliver(mapper, &mut |change| told.push(change)) {}
        told
    }

    /// Loses all events that wait, as a full queue does.
    pub fn lose(&self) {
        self.0.borrow_mut().notices.lose();
    }

    /// How many events the queue holds. Default: any number.
    pub fn set_queue(&self, events: usize) {
        self.0.borrow_mut().notices.capacity = events;
    }

    /// How many folders may be watched. Default: any number.
    pub fn set_watches(&self, watches: usize) {
        self.0.borrow_mut().notices.max_watches = watches;
    }

    /// What the file system of a folder, and of all that is made in it from now on, says of its events.
    ///
    /// # Panics
    ///
    /// When there is no such folder.
    pub fn mount(&self, folder: &str, events: Events) {
        self.0.borrow_mut().files.mount(folder.as_ref(), events);
    }

    /// Gives a folder a second name, as a bind mount does: no event tells of it.
    ///
    /// # Panics
    ///
    /// When there is no such folder, or none to put the name in.
    pub fn bind(&self, folder: &str, name: &str) {
        self.0.borrow_mut().files.bind(folder.as_ref(), name.as_ref());
    }

    /// Ends the watch over a folder, as unmounting does.
    ///
    /// # Panics
    ///
    /// When there is no such folder.
    pub fn end_watch(&self, folder: &str) {
        let State { files, notices, .. } = &mut *self.0.borrow_mut();
        notices.removed(files.find(folder.as_ref()).expect("a folder"));
    }

    /// The folders that are watched, by one of their paths each.
    pub fn watched(&self) -> Vec<PathBuf> {
        let State { files, notices, .. } = &*self.0.borrow();
        let mut watched: Vec<_> = notices.watched().map(|inode| files.path_of(inode)).collect();
        watched.sort();
        watched
    }

    /// How many watches were added and ended by the mapping.
    pub fn calls(&self) -> usize {
        self.0.borrow().calls
    }

    /// What a path leads to, by way of links up to `beneath`, and then without any.
    pub fn see(&self, beneath: &str, path: &Path) -> Option<Seen> {
        self.0.borrow().files.see(beneath.as_ref(), path)
    }

    /// Whether a file has, or had, a second name. What is written under one of them is told of that one alone.
    pub fn has_linked(&self, file: u64) -> bool {
        self.0.borrow().files.has_linked(file)
    }

    /// The folders that the watcher can't read.
    pub fn unreadable(&self) -> Vec<PathBuf> {
        self.0.borrow().files.unreadable()
    }

    /// One more thing happens, if any is left.
    fn pass(&self) -> bool {
        let op = self.0.borrow_mut().interference.pop_front();
        if let Some(op) = &op {
            self.perform(op);
        }
        op.is_some()
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kernel").field("watched", &self.watched()).finish_non_exhaustive()
    }
}
