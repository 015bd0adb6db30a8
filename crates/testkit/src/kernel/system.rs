//! The questions of the mapping. After each of them, something may happen.

use std::io::{self, ErrorKind};
use std::path::Path;

use catzilla_file_watcher::mapping::{Entry, Found, Listing, Refused, Scope, System, WatchId};
use catzilla_file_watcher::{Events, Reason};

use super::Kernel;
use super::files::{Kind, Node};

impl Kernel {
    fn answer<T>(
        &self,
        answer: impl FnOnce(&Node, &Self) -> io::Result<T>,
        path: &Path,
    ) -> io::Result<T> {
        let answered = {
            let state = self.0.borrow();
            match state.files.find(path) {
                Some(inode) => answer(state.files.node(inode), self),
                None => Err(ErrorKind::NotFound.into()),
            }
        };
        self.pass();
        answered
    }
}

impl System for Kernel {
    fn is_recursive(&self) -> bool {
        false
    }

    fn watch(&mut self, folder: &Path, _: Scope) -> Result<WatchId, Refused> {
        let watched = {
            let mut state = self.0.borrow_mut();
            state.calls += 1;
            match state.files.find(folder) {
                Some(inode) => {
                    let node = state.files.node(inode);
                    if !matches!(node.kind, Kind::Folder(_)) {
                        Err(Refused::Gone)
                    } else if !node.is_readable {
                        Err(Refused::This(Reason::Unreadable(folder.to_owned())))
                    } else {
                        let limit = Some(state.notices.max_watches);
                        let full = Refused::All(Reason::Watches { limit });
                        state.notices.watch(inode).ok_or(full)
                    }
                }
                None => Err(Refused::Gone),
            }
        };
        self.pass();
        watched
    }

    fn unwatch(&mut self, watch: WatchId) {
        let mut state = self.0.borrow_mut();
        state.calls += 1;
        state.notices.unwatch(watch);
    }

    fn look(&self, path: &Path) -> io::Result<Found> {
        self.answer(
            |node, _| {
                Ok(match &node.kind {
                    Kind::Folder(_) => Found::Folder,
                    Kind::Link(text) => Found::Link(text.clone()),
                    Kind::File(_) => Found::File,
                })
            },
            path,
        )
    }

    fn list(&self, folder: &Path) -> io::Result<Listing> {
        self.answer(
            |node, kernel| {
                let Kind::Folder(names) = &node.kind else {
                    return Err(ErrorKind::NotADirectory.into());
                };
                if !node.is_readable {
                    return Err(ErrorKind::PermissionDenied.into());
                }
                let state = kernel.0.borrow();
                let entries = names.iter().filter_map(|(name, &inode)| {
                    Some((
                        name.into(),
                        match state.files.node(inode).kind {
                            Kind::Folder(_) => Entry::Folder,
                            Kind::Link(_) => Entry::Link,
                            Kind::File(_) => return None,
                        },
                    ))
                });
                Ok(Listing { device: node.device, entries: entries.collect() })
            },
            folder,
        )
    }

    fn events(&self, folder: &Path) -> io::Result<Events> {
        self.answer(|node, kernel| Ok(kernel.0.borrow().files.events(node.device)), folder)
    }
}
