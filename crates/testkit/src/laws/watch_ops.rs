//! A cache that forgets what it is told to, beside real files: whatever happens to them, it ends up without anything
//! that is different from what is on the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use catzilla_file_watcher::{Change, ChangeKind, Coverage, RootId, Watcher};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const TEXTS: [&str; 4] = ["a", "b/c", "../a", "nowhere"];
/// Far longer than any machine takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Random operations on a tree whose root is reached by a link, with loads in between; once a last file is told of,
/// what the cache holds is what is on the disk.
///
/// Names of files that have had two are left out: nobody tells one of what is written to the other.
///
/// # Panics
///
/// When that isn't so, or when a temporary folder can't be made or watched.
pub fn check(data: &[u8]) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let site = Site::of(place.path());
    let cache = Arc::new(Mutex::new(Cache::default()));
    let (sender, changes) = mpsc::channel();
    let watcher = Watcher::builder().root(site.root()).start({
        let cache = Arc::clone(&cache);
        move |change| {
            lock(&cache).forget(&change);
            drop(sender.send(change));
        }
    });
    let watcher = watcher.expect("an absolute path");
    assert_eq!(watcher.coverage(RootId::FIRST), Coverage::Full);
    // Whatever an input is too short for, the next one has.
    let _ = operate(&mut Unstructured::new(data), &site, &cache);
    site.restore();
    quiesce(&site, &changes);
    drop(watcher);
    lock(&cache).compare(&site);
}

fn operate(input: &mut Unstructured<'_>, site: &Site, cache: &Mutex<Cache>) -> Result<()> {
    for _ in 0..input.int_in_range(1..=32)? {
        if input.arbitrary()? {
            let path = path(input)?;
            lock(cache).load(site, path);
            continue;
        }
        let op = input.int_in_range(0..=15)?;
        let at = site.root().join(path(input)?);
        let to = site.root().join(path(input)?);
        lock(cache).log.push(format!("operation {op} at {}, {}", at.display(), to.display()));
        // What can't be done isn't.
        drop(match op {
            0..=2 => fs::write(&at, input.bytes(1)?),
            3 => fs::create_dir(&at),
            4 => fs::create_dir_all(&at),
            5 | 6 => fs::rename(&at, &to),
            7 => fs::remove_file(&at),
            8 => fs::remove_dir_all(&at),
            9 => lock(cache).link(&at, &to),
            10 => symlink(input.choose(&TEXTS)?, &at),
            11 => chmod(&at, *input.choose(&[0o700, 0o755, 0o777])?),
            12 => site.point(input.int_in_range(1..=2)?),
            13 => site.rebuild(),
            14 => fs::rename(site.place.join("way"), site.place.join("gone")),
            _ => fs::rename(site.place.join("gone"), site.place.join("way")),
        });
    }
    Ok(())
}

/// A path beneath the root.
fn path(input: &mut Unstructured<'_>) -> Result<PathBuf> {
    let mut path = PathBuf::new();
    for _ in 0..input.int_in_range(1..=3)? {
        path.push(input.choose(&NAMES)?);
    }
    Ok(path)
}

/// Waits until all is told: a new file is told of by its own name.
fn quiesce(site: &Site, changes: &Receiver<Change>) {
    for number in 0.. {
        let name = format!("sentinel{number}");
        fs::write(site.root().join(&name), "").expect("the root stands");
        loop {
            let change = changes.recv_timeout(PATIENCE).expect("a change is told of a new file");
            if change.kind == ChangeKind::File && change.path == Path::new(&name) {
                return;
            }
            if change.concerns(name.as_ref()) {
                // Everything may have changed before the file was there: once more.
                break;
            }
        }
    }
}

/// `way/current` is a link to one of the releases; it is the root.
struct Site {
    place: PathBuf,
}

impl Site {
    fn of(place: &Path) -> Self {
        let site = Self { place: place.to_owned() };
        site.restore();
        site
    }

    fn root(&self) -> PathBuf {
        self.place.join("way/current")
    }

    /// Makes the root stand, if it doesn't.
    fn restore(&self) {
        let way = self.place.join("way");
        if !way.exists() {
            drop(fs::rename(self.place.join("gone"), &way));
        }
        for folder in ["way", "releases/1", "releases/2"] {
            fs::create_dir_all(self.place.join(folder)).expect("a folder");
        }
        if !self.root().exists() {
            self.point(1).expect("a link");
        }
    }

    /// Swaps the link, the careful way.
    fn point(&self, release: u32) -> io::Result<()> {
        let beside = self.place.join("way/new");
        symlink(&format!("../releases/{release}"), &beside)?;
        fs::rename(beside, self.root())
    }

    /// As `rm -rf dist && build` does.
    fn rebuild(&self) -> io::Result<()> {
        let release = self.place.join("way").join(fs::read_link(self.root())?);
        fs::remove_dir_all(&release)?;
        fs::create_dir(&release)?;
        fs::write(release.join("a"), "rebuilt")
    }
}

/// What was seen beneath the root, until told otherwise.
#[derive(Default)]
struct Cache {
    held: BTreeMap<PathBuf, Seen>,
    /// Files that have, or had, a second name.
    linked: BTreeSet<u64>,
    log: Vec<String>,
}

#[derive(Debug, PartialEq)]
enum Seen {
    Nothing,
    Folder(Permissions),
    Link(PathBuf),
    File { inode: u64, permissions: Permissions, content: Vec<u8> },
}

impl Cache {
    fn load(&mut self, site: &Site, path: PathBuf) {
        let seen = see(&site.root(), &path);
        self.log.push(format!("{} is {seen:?}", path.display()));
        self.held.insert(path, seen);
    }

    fn forget(&mut self, change: &Change) {
        self.log.push(format!("told: {change:?}"));
        self.held.retain(|path, _| !change.concerns(path));
    }

    fn link(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.linked.insert(inode(&fs::symlink_metadata(from)?));
        fs::hard_link(from, to)
    }

    fn compare(&self, site: &Site) {
        for (path, held) in &self.held {
            if !matches!(held, Seen::File { inode, .. } if self.linked.contains(inode)) {
                let seen = see(&site.root(), path);
                assert_eq!(*held, seen, "{}: {:#?}", path.display(), self.log);
            }
        }
    }
}

/// What stands at a path beneath the root, if no link beneath it is on the way.
fn see(root: &Path, path: &Path) -> Seen {
    let mut at = root.to_owned();
    let mut names = path.iter().peekable();
    while let Some(name) = names.next() {
        at.push(name);
        let Ok(metadata) = fs::symlink_metadata(&at) else {
            return Seen::Nothing;
        };
        if names.peek().is_none() {
            return see_here(&at, &metadata).unwrap_or(Seen::Nothing);
        }
        if !metadata.is_dir() {
            return Seen::Nothing;
        }
    }
    Seen::Nothing
}

fn see_here(at: &Path, metadata: &Metadata) -> io::Result<Seen> {
    let permissions = metadata.permissions();
    Ok(if metadata.is_dir() {
        Seen::Folder(permissions)
    } else if metadata.is_symlink() {
        Seen::Link(fs::read_link(at)?)
    } else {
        Seen::File { inode: inode(metadata), permissions, content: fs::read(at)? }
    })
}

fn lock(cache: &Mutex<Cache>) -> MutexGuard<'_, Cache> {
    // A law that is broken panics on one thread; the other one shall not hide it.
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

#[cfg(not(unix))]
fn symlink(_: &str, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn chmod(_: &Path, _: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(unix)]
fn symlink(text: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(text, path)
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}
