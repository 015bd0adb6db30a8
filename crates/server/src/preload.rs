//! Filling the cache with what is mounted, on a thread beside the workers: those who ask meanwhile are served.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Weak};

use catzilla_hot_cache::Begin;
use catzilla_path_security::RequestPath;
use globset::{Glob, GlobMatcher};

use crate::asset_key::{AssetKey, Key};
use crate::cache_status::Why;
use crate::direct::By;
use crate::exchange::Stage;
use crate::fs::Wait;
use crate::mount::Mount;
use crate::pipeline::Pipeline;
use crate::site::Site;
use crate::source::{Source, key_of};

/// How many files are loaded between two reports.
const REPORT: usize = 1_000;

/// What an asset weighs beside its content: names and field lines, with some to spare.
const BESIDES: u64 = 2 << 10;

/// Which files are loaded.
#[derive(Debug)]
pub(crate) struct Preload {
    globs: Vec<GlobMatcher>,
}

impl Preload {
    /// `None` if nothing is to be loaded.
    pub(crate) fn new(globs: &[String]) -> Result<Option<Self>, globset::Error> {
        let globs = globs.iter().map(|glob| Ok(Glob::new(glob)?.compile_matcher()));
        let globs: Vec<_> = globs.collect::<Result<_, _>>()?;
        Ok((!globs.is_empty()).then_some(Self { globs }))
    }

    /// A thread that does it, for mounts that it is given. Ends when the server does, too.
    pub(crate) fn start(self, pipeline: &Arc<Pipeline>) -> Preloading {
        let pipeline = Arc::downgrade(pipeline);
        let (queue, mounts) = channel::<Vec<Weak<Mount>>>();
        let thread = std::thread::Builder::new().name("catzilla-preload".to_owned());
        let work = move || {
            for mounts in mounts {
                let mounts: Vec<_> = mounts.iter().filter_map(Weak::upgrade).collect();
                self.run(&pipeline, &mounts);
            }
        };
        if let Err(err) = thread.spawn(work) {
            tracing::warn!(%err, "no thread for loading files ahead");
        }
        Preloading { queue }
    }

    fn run(&self, pipeline: &Weak<Pipeline>, mounts: &[Arc<Mount>]) {
        let mut told = vec![false; self.globs.len()];
        let mut done = Done::default();
        for mount in mounts {
            let mut folders = VecDeque::from([PathBuf::new()]);
            while let Some(folder) = folders.pop_front() {
                if mount.is_retired() {
                    break;
                }
                let mut files = Vec::new();
                for (path, kind) in list(mount, &folder) {
                    match kind {
                        Kind::Folder => folders.push_back(path),
                        Kind::File(len) => files.push((path, len)),
                    }
                }
                for (path, len) in files {
                    let mut wanted = false;
                    for (glob, told) in self.globs.iter().zip(&mut told) {
                        let matches = glob.is_match(&path);
                        wanted |= matches;
                        *told |= matches;
                    }
                    if !wanted {
                        continue;
                    }
                    let Some(pipeline) = pipeline.upgrade() else { return };
                    done.load(&pipeline, mount, &path, len);
                    if done.is_full {
                        return done.report("the cache is full: no more files are loaded ahead");
                    }
                }
            }
        }
        for (glob, _) in self.globs.iter().zip(told).filter(|(_, told)| !told) {
            let mounts: Vec<_> = mounts.iter().map(|mount| mount.prefix()).collect();
            tracing::warn!(
                pattern = glob.glob().glob(),
                ?mounts,
                "no file to load ahead matches this pattern"
            );
        }
        done.report("files are loaded ahead");
    }
}

/// The thread, for as long as there may be more to load.
#[derive(Debug)]
pub(crate) struct Preloading {
    queue: Sender<Vec<Weak<Mount>>>,
}

impl Preloading {
    /// Has files of these loaded, after those of the ones before.
    pub(crate) fn load(&self, mounts: &[Arc<Mount>]) {
        if !mounts.is_empty() {
            // If the thread couldn't be begun, that was told.
            let _ = self.queue.send(mounts.iter().map(Arc::downgrade).collect());
        }
    }
}

enum Kind {
    Folder,
    File(u64),
}

/// What lies in a folder of a mount, by name. Only names are taken from here: each file is opened beneath its root,
/// and judged, like any other.
fn list(mount: &Mount, folder: &Path) -> Vec<(PathBuf, Kind)> {
    let Ok(entries) = fs::read_dir(mount.dir().join(folder)) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            // Links are left out: what they lead to is loaded when it is asked for.
            let kind = entry.file_type().ok()?;
            let path = folder.join(entry.file_name());
            if kind.is_dir() {
                Some((path, Kind::Folder))
            } else if kind.is_file() {
                Some((path, Kind::File(entry.metadata().ok()?.len())))
            } else {
                None
            }
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

/// As clients ask for a file: an index by its folder.
fn asked_as(mount: &Mount, path: &str) -> Option<RequestPath<'static>> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let is_index = mount.config.index.first().is_some_and(|index| index == name);
    let root = RequestPath::parse(b"/").ok()?;
    match (is_index, folder) {
        (false, _) => root.join(path).ok(),
        (true, "") => Some(root),
        (true, folder) => root.join(&format!("{folder}/")).ok(),
    }
}

/// Whether another mount answers for this path of a mount: one that lies beneath it.
fn is_shadowed(site: &Site, mount: &Mount, path: &RequestPath<'_>) -> bool {
    let Ok(full) = mount.prefix.join(path.as_str()) else { return false };
    site.find(&full).is_some_and(|(other, _)| other.id != mount.id)
}

#[derive(Debug, Default)]
struct Done {
    files: usize,
    bytes: u64,
    /// Those that are too large to be held in memory.
    left: usize,
    /// One found no room but in the place of another.
    is_full: bool,
}

impl Done {
    fn load(&mut self, pipeline: &Arc<Pipeline>, mount: &Arc<Mount>, path: &Path, len: u64) {
        let Some(store) = &pipeline.store else { return };
        // A name that is no text, or that a rule refuses, can't be asked for either.
        let Some(path) = path.to_str().and_then(|path| asked_as(mount, path)) else { return };
        if is_shadowed(&pipeline.site.load(), mount, &path) {
            return;
        }
        if len > store.max_content {
            self.left += 1;
            return;
        }
        // What would push out what was loaded before it isn't loaded ahead.
        if !store.cache.has_free(len + BESIDES) {
            self.is_full = true;
            return;
        }
        let key = AssetKey::from(&key_of(mount, &path) as &dyn Key);
        let Begin::Load(load) = store.cache.begin(key) else { return };
        let source = Source {
            fs: Arc::clone(&pipeline.fs),
            store: Arc::clone(store),
            mount: Arc::clone(mount),
            now: pipeline.clock.real(),
            monotonic: pipeline.clock.monotonic(),
            why: Why::Missing,
        };
        let loaded = source.load(&path, Wait::Allowed);
        if let Stage::Held { asset, .. } = source.settle(&path, Some(load), loaded, By::Job)
            && asset.is_resident()
        {
            self.files += 1;
            self.bytes += len;
            if self.files.is_multiple_of(REPORT) {
                self.report("loading files ahead");
            }
        }
    }

    fn report(&self, what: &str) {
        let (files, bytes, left) = (self.files, self.bytes, self.left);
        tracing::info!(files, bytes, too_large = left, "{what}");
    }
}
