//! From changes of files to what the cache forgets: the watcher tells names beneath folders, the cache knows paths
//! beneath mounts.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use catzilla_content_coding::sidecar;
use catzilla_file_watcher::{Change, ChangeKind, Coverage, RootId, Watcher};

use crate::mount::Mount;
use crate::site::Site;
use crate::store::Store;

/// Watches the folders of all mounts that want events. `None` where there are none, or where nothing can be watched:
/// then files are looked at.
pub(crate) fn watch(site: &ArcSwap<Site>, store: &Arc<Store>) -> Option<Watcher> {
    let mounts: Vec<Arc<Mount>> = site
        .load()
        .mounts()
        .iter()
        .filter(|mount| mount.config.freshness.wants_events())
        .cloned()
        .collect();
    if mounts.is_empty() {
        return None;
    }
    let mut builder = Watcher::builder();
    for mount in &mounts {
        builder = builder.root(absolute(mount.dir()));
    }
    let (told, of_coverage) = (mounts.clone(), mounts.clone());
    let store = Arc::clone(store);
    let started = builder
        .on_coverage(move |root, coverage| cover(&of_coverage, root, coverage))
        .start_batched(move |changes| forget(&store, &told, changes));
    match started {
        Ok(watcher) => {
            // What can't be watched from the start on is told here, what comes later by `on_coverage`.
            for root in (0..mounts.len()).map(RootId::new) {
                cover(&mounts, root, &watcher.coverage(root));
            }
            Some(watcher)
        }
        Err(err) => {
            tracing::warn!(%err, "files can't be watched: each is looked at once a second when it is asked for");
            let none = Coverage::None(catzilla_file_watcher::Reason::System(err.to_string()));
            for mount in &mounts {
                mount.set_coverage(&none);
            }
            None
        }
    }
}

/// A watcher's root has to be found again after the process has gone elsewhere.
fn absolute(dir: &Path) -> PathBuf {
    std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned())
}

fn cover(mounts: &[Arc<Mount>], root: RootId, coverage: &Coverage) {
    let Some(mount) = mounts.get(root.index()) else { return };
    if *coverage != Coverage::Full {
        tracing::warn!(
            mount = mount.prefix(),
            "{coverage}; held files are looked at once a second when they are asked for"
        );
    }
    mount.set_coverage(coverage);
}

/// Has the cache forget what changes concern. It is searched once for all folders among them.
fn forget(store: &Store, mounts: &[Arc<Mount>], changes: &[Change]) {
    let mut folders: HashMap<u32, HashSet<&str>> = HashMap::new();
    for change in changes {
        let Some(mount) = mounts.get(change.root.index()) else { continue };
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
                if change.kind == ChangeKind::Root
                    && let Err(err) = mount.reopen_if_replaced()
                {
                    tracing::warn!(mount = mount.prefix(), %err, "the folder was replaced but can't be opened");
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
