//! Watches of `notify`.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};

use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher};

use crate::mapping::{Found, Listing, Refused, Scope, System, WatchId};
use crate::{Events, Reason, disk};

/// What reaches the loop.
#[derive(Debug)]
pub(super) enum Message {
    /// Of which watch, over which folder, and what.
    Told(WatchId, Arc<Path>, notify::Result<notify::Event>),
    /// Look at the flag and the orders.
    Wake,
}

/// The watches, each a watcher of `notify` of its own: within one, two watches over folders that lie in one another get
/// into each other's way.
pub(crate) struct Notify {
    watchers: HashMap<WatchId, RecommendedWatcher>,
    next: i32,
    messages: SyncSender<Message>,
    /// Whether a message found no room.
    lost: Arc<AtomicBool>,
}

impl Notify {
    pub(super) fn new(messages: SyncSender<Message>, lost: Arc<AtomicBool>) -> Self {
        Self { watchers: HashMap::new(), next: 0, messages, lost }
    }

    /// A watcher of this folder whose events reach the loop as those of this watch.
    fn watcher(&self, folder: &Path, watch: WatchId) -> notify::Result<RecommendedWatcher> {
        let folder: Arc<Path> = folder.into();
        let (messages, lost) = (self.messages.clone(), Arc::clone(&self.lost));
        let handler = move |told| {
            let message = Message::Told(watch, Arc::clone(&folder), told);
            if let Err(TrySendError::Full(_)) = messages.try_send(message) {
                lost.store(true, Ordering::Release);
            }
        };
        RecommendedWatcher::new(handler, Config::default().with_follow_symlinks(false))
    }
}

impl System for Notify {
    fn is_recursive(&self) -> bool {
        true
    }

    fn watch(&mut self, folder: &Path, scope: Scope) -> Result<WatchId, Refused> {
        match disk::look(folder) {
            Ok(Found::Folder) => {}
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Err(Refused::This(Reason::Unreadable(folder.to_owned())));
            }
            Ok(Found::Link(_) | Found::File) | Err(_) => return Err(Refused::Gone),
        }
        let watch = WatchId(self.next);
        let mode = match scope {
            Scope::Names | Scope::Content => RecursiveMode::NonRecursive,
            Scope::Tree => RecursiveMode::Recursive,
        };
        let mut watcher = self.watcher(folder, watch).map_err(|error| {
            // What a watcher is made of, the system counts.
            Refused::All(match error.kind {
                notify::ErrorKind::Io(_) => Reason::Instances,
                _ => Reason::System(error.to_string()),
            })
        })?;
        watcher.watch(folder, mode).map_err(|error| refused(folder, error))?;
        self.watchers.insert(watch, watcher);
        self.next += 1;
        Ok(watch)
    }

    fn unwatch(&mut self, watch: WatchId) {
        self.watchers.remove(&watch);
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

fn refused(folder: &Path, error: notify::Error) -> Refused {
    match error.kind {
        notify::ErrorKind::PathNotFound => Refused::Gone,
        notify::ErrorKind::MaxFilesWatch => Refused::All(Reason::Watches { limit: None }),
        notify::ErrorKind::Io(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Refused::Gone,
            ErrorKind::PermissionDenied => Refused::This(Reason::Unreadable(folder.to_owned())),
            _ => Refused::This(Reason::System(error.to_string())),
        },
        kind => Refused::This(Reason::System(notify::Error::new(kind).to_string())),
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify").field("watches", &self.watchers.len()).finish_non_exhaustive()
    }
}
