//! Watches of inotify, and the files they are about.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;

use crate::mapping::{Found, Listing, Refused, Scope, System, WatchId};
use crate::{Events, Reason, disk};

/// What is told of every watched folder. No opens, reads and closes after reading: a server that opens files all day
/// would wake itself all day.
const NAMES: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::ATTRIB);

/// What is told of content besides.
const CONTENT: WatchFlags = WatchFlags::MODIFY.union(WatchFlags::CLOSE_WRITE);

/// How a watch is added: to a folder and nothing else, to what it already has, without what happens to files that have
/// no name any more.
const HOW: WatchFlags = WatchFlags::ONLYDIR
    .union(WatchFlags::DONT_FOLLOW)
    .union(WatchFlags::MASK_ADD)
    .union(WatchFlags::EXCL_UNLINK);

const MAX_WATCHES: &str = "/proc/sys/fs/inotify/max_user_watches";

/// An instance of inotify.
#[derive(Debug)]
pub(crate) struct Inotify {
    fd: Arc<OwnedFd>,
}

impl Inotify {
    pub(super) fn new() -> Result<Self, Reason> {
        let flags = CreateFlags::NONBLOCK | CreateFlags::CLOEXEC;
        match inotify::init(flags) {
            Ok(fd) => Ok(Self { fd: Arc::new(fd) }),
            Err(Errno::MFILE | Errno::NFILE) => Err(Reason::Instances),
            Err(error) => Err(Reason::System(error.to_string())),
        }
    }

    /// Where its events are read.
    pub(super) fn fd(&self) -> Arc<OwnedFd> {
        Arc::clone(&self.fd)
    }
}

impl System for Inotify {
    fn is_recursive(&self) -> bool {
        false
    }

    fn watch(&mut self, folder: &Path, scope: Scope) -> Result<WatchId, Refused> {
        let what = match scope {
            Scope::Names => NAMES,
            Scope::Content | Scope::Tree => NAMES | CONTENT,
        };
        inotify::add_watch(&*self.fd, folder, what | HOW).map(WatchId).map_err(
            |errno| match errno {
                Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Refused::Gone,
                Errno::ACCESS | Errno::PERM => Refused::This(Reason::Unreadable(folder.to_owned())),
                Errno::NOSPC => Refused::All(Reason::Watches { limit: max_user_watches() }),
                Errno::NOMEM => Refused::All(Reason::System(errno.to_string())),
                _ => Refused::This(Reason::System(format!("{}: {errno}", folder.display()))),
            },
        )
    }

    fn unwatch(&mut self, watch: WatchId) {
        // It fails for a watch that has ended by itself: its folder was removed.
        let _ = inotify::remove_watch(&*self.fd, watch.0);
    }

    fn look(&self, path: &Path) -> io::Result<Found> {
        disk::look(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Listing> {
        disk::list(folder)
    }

    fn events(&self, folder: &Path) -> io::Result<Events> {
        crate::events(folder)
    }
}

fn max_user_watches() -> Option<usize> {
    fs::read_to_string(MAX_WATCHES).ok()?.trim().parse().ok()
}
