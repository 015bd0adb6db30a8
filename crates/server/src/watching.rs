//! From changes of files to what the cache forgets: the watcher tells names beneath folders, the cache knows paths
//! beneath mounts.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use catzilla_content_coding::sidecar;
use catzilla_file_watcher::{Change, ChangeKind, Coverage, Reason, RootId, Watcher};

use crate::mount::Mount;
use crate::store::Store;

/// The watcher of a server, and whose folders it watches.
#[derive(Debug)]
pub(crate) struct Watching {
    store: Arc<Store>,
    /// Begun by the first mount that wants events.
    watcher: Option<Watcher>,
    roots: Roots,
}

/// Which mount a root of the watcher is the folder of, as the watcher's thread sees it.
type Roots = Arc<Mutex<HashMap<RootId, Arc<Mount>>>>;

impl Watching {
    pub(crate) fn new(store: &Arc<Store>) -> Self {
        Self { store: Arc::clone(store), watcher: None, roots: Roots::default() }
    }

    /// Watches the folders of those mounts that want events. Nothing is held of them yet. Where nothing can be watched,
    /// files are looked at.
    pub(crate) fn follow(&mut self, mounts: &[Arc<Mount>]) {
        for mount in mounts.iter().filter(|mount| mount.config.freshness.wants_events()) {
            if let Err(err) = self.follow_one(mount) {
                cover(mount, &Coverage::None(Reason::System(err.to_string())));
            }
        }
    }

    fn follow_one(&mut self, mount: &Arc<Mount>) -> io::Result<()> {
        let watcher = match &self.watcher {
            Some(watcher) => watcher,
            None => self.watcher.insert(start(&self.store, &self.roots)?),
        };
        let root = watcher.add_root(absolute(mount.dir()))?;
        {
            let mut roots = lock(&self.roots);
            roots.insert(root, Arc::clone(mount));
            // Under the lock, so that what the thread tells of it comes after.
            cover(mount, &watcher.coverage(root));
        }
        // Another folder may have come since it was opened; from now on that is told.
        reopen(mount);
        Ok(())
    }

    /// Watches the folder of a mount no more.
    pub(crate) fn leave(&self, mount: &Mount) {
        let root = {
            let mut roots = lock(&self.roots);
            let root = roots.iter().find_map(|(root, of)| (of.id == mount.id).then_some(*root));
            root.inspect(|root| _ = roots.remove(root))
        };
        if let (Some(watcher), Some(root)) = (&self.watcher, root)
            && let Err(err) = watcher.remove_root(root)
        {
            tracing::warn!(mount = mount.prefix(), %err, "the folder is watched still");
        }
    }
}

/// A watcher that has the cache forget what changes.
fn start(store: &Arc<Store>, roots: &Roots) -> io::Result<Watcher> {
    let (told, of_coverage, store) = (Arc::clone(roots), Arc::clone(roots), Arc::clone(store));
    Watcher::builder()
        .on_coverage(move |root, coverage| {
            if let Some(mount) = lock(&of_coverage).get(&root) {
                cover(mount, coverage);
            }
        })
        .start_batched(move |changes| forget(&store, &lock(&told), changes))
}

fn lock(roots: &Roots) -> MutexGuard<'_, HashMap<RootId, Arc<Mount>>> {
    roots.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A watcher's root has to be found again after the process has gone elsewhere.
fn absolute(dir: &Path) -> PathBuf {
    std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned())
}

fn cover(mount: &Mount, coverage: &Coverage) {
    if *coverage != Coverage::Full {
        tracing::warn!(
            mount = mount.prefix(),
            "{coverage}; held files are looked at once a second when they are asked for"
        );
    }
    mount.set_coverage(coverage);
}

fn reopen(mount: &Mount) {
    if let Err(err) = mount.reopen_if_replaced() {
        tracing::warn!(mount = mount.prefix(), %err, "the folder was replaced but can't be opened");
    }
}

/// Has the cache forget what changes concern. It is searched once for all folders among them.
fn forget(store: &Store, mounts: &HashMap<RootId, Arc<Mount>>, changes: &[Change]) {
    let mut folders: HashMap<u64, HashSet<&str>> = HashMap::new();
    for change in changes {
        let Some(mount) = mounts.get(&change.root) else { continue };
        // Names that are no text can't be asked for, but what lies beneath such a folder can't either.
        let path = change.path.to_str();
        match (change.kind, path) {
            (ChangeKind::File, Some(path)) => forget_file(store, mount, path),
            (ChangeKind::Folder, Some(path)) => {
                forget_file(store, mount, path);
                folders.entry(mount.id).or_default().insert(path);
            }
            (ChangeKind::File | ChangeKind::Folder, None) => {}
            _ => {
                if change.kind == ChangeKind::Root {
                    reopen(mount);
                }
                folders.entry(mount.id).or_default().insert("");
            }
        }
    }
    if !folders.is_empty() {
        store.cache.invalidate_if(|key| {
            folders.get(&key.mount).is_some_and(|folders| is_beneath(&key.path, folders))
        });
    }
}

/// A file answers for its own path, for the folder whose index it is, and for what it lies beside compressed.
fn forget_file(store: &Store, mount: &Mount, path: &str) {
    let forget = |path: &str, is_directory| store.invalidate(&(mount.id, path, is_directory));
    for path in
        [Some(path), sidecar::source_of(path).map(|(source, _)| source)].into_iter().flatten()
    {
        forget(path, false);
        forget(path, true);
        for name in &mount.config.index {
            if let Some(folder) = path.strip_suffix(&**name)
                && (folder.is_empty() || folder.ends_with('/'))
            {
                forget(folder.trim_end_matches('/'), true);
            }
        }
    }
}

/// Whether a path is one of these folders or lies beneath one; all lie beneath the empty one.
fn is_beneath(path: &str, folders: &HashSet<&str>) -> bool {
    let ends = path.match_indices('/').map(|(end, _)| end);
    folders.contains("") || ends.chain([path.len()]).any(|end| folders.contains(&path[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beneath_is_on_borders_of_names() {
        for (path, folders, expected) in [
            ("a", &["a"][..], true),
            ("a/b", &["a"], true),
            ("ab", &["a"], false),
            ("b/a", &["a"], false),
            ("anything", &[""], true),
            ("a/b/c", &["a/b"], true),
            ("a", &["a/b"], false),
            ("a/b/c", &["x", "a/b/c"], true),
            ("a/b/c", &[], false),
        ] {
            let folders = folders.iter().copied().collect();
            assert_eq!(is_beneath(path, &folders), expected, "{path} beneath {folders:?}");
        }
    }
}
