//! Many clients at work while mounts come, go and are replaced: no request is lost, and each is answered by what was
//! mounted while it was under way.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use catzilla_path_security::{OpenError, Opened, RequestPath, Root};
use catzilla_server::{CacheConfig, Fs, HostFs, MountConfig, ServerBuilder, Wait};
use tempfile::TempDir;

use super::{folder, gone};
use crate::client::{Answer, Client};
use crate::site::{Site, noise};

/// How often the mounts are changed.
const CHANGES: usize = 240;

const CLIENTS: usize = 8;

/// Folders, used in turn.
const FOLDERS: usize = 16;

/// Content of so many bytes is held in memory, in a memory file, and not at all.
const FILES: [(&str, usize); 3] =
    [("small.txt", 900), ("middle.bin", 135_000), ("large.bin", 150_000)];

const MAX_FILE: u64 = 140_000;

/// One in three opens and reads has to wait: a request is more often under way while the mounts change.
#[derive(Debug, Clone, Default)]
struct Patchy(Arc<AtomicUsize>);

impl Patchy {
    fn must_wait(&self, wait: Wait) -> bool {
        wait == Wait::Never && self.0.fetch_add(1, Ordering::Relaxed).is_multiple_of(3)
    }
}

impl Fs for Patchy {
    fn open(&self, root: &Root, path: &RequestPath<'_>, wait: Wait) -> Result<Opened, OpenError> {
        if self.must_wait(wait) {
            return Err(OpenError::WouldBlock);
        }
        HostFs.open(root, path, wait)
    }
}

/// What is mounted at `/x` after so many changes: one of the folders or nothing, so that `/` answers.
fn folder_after(changes: usize) -> Option<usize> {
    (!changes.is_multiple_of(4)).then_some(changes % FOLDERS)
}

fn content(folder: usize, file: usize) -> Vec<u8> {
    noise(FILES[file].1, (folder * FILES.len() + file + 1) as u64)
}

fn config(changes: usize, folders: &[TempDir]) -> MountConfig {
    let dir = folders[changes % FOLDERS].path();
    MountConfig::new("/x", dir).header("X-Changes", &changes.to_string()).unwrap()
}

/// The mounts, and how often they have been changed.
struct Scene {
    site: Site,
    folders: Vec<TempDir>,
    /// Of each file, in each folder; the last is the one beneath `/`.
    contents: Vec<Vec<Vec<u8>>>,
    /// Changes that have begun, and those that are done.
    begun: AtomicUsize,
    done: AtomicUsize,
    answers: AtomicUsize,
    ends: AtomicBool,
}

impl Scene {
    fn change(&self) {
        let next = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let handle = &self.site.handle;
        match (next % 4, next % 8) {
            (0, 0) => handle.unmount("/x"),
            (0, _) => handle.set_mounts([MountConfig::new("/", self.site.path(""))]),
            (1, _) => handle.mount(config(next, &self.folders)),
            (2, _) => handle.replace(config(next, &self.folders)),
            _ => handle.set_mounts([
                config(next, &self.folders),
                MountConfig::new("/", self.site.path("")),
            ]),
        }
        .unwrap();
        self.done.store(next, Ordering::SeqCst);
        // So that each is used.
        let answers = self.answers.load(Ordering::Relaxed);
        while next < CHANGES && self.answers.load(Ordering::Relaxed) < answers + CLIENTS / 2 {
            assert!(!self.ends.load(Ordering::Relaxed), "a client has failed");
            std::thread::yield_now();
        }
    }

    /// Asks until all is done.
    fn ask(&self, client: usize) {
        let _ends = Ends(self);
        let mut connection = self.site.connect();
        let mut tags: HashMap<usize, Vec<(String, Option<usize>)>> = HashMap::new();
        let mut turn = client;
        while self.done.load(Ordering::SeqCst) < CHANGES {
            turn += 1;
            let file = turn % FILES.len();
            let from = self.done.load(Ordering::SeqCst);
            let (answer, tag) = Self::request(&mut connection, turn, file, tags.get(&file));
            let possible = from..=self.begun.load(Ordering::SeqCst);
            let folder = judge(&answer, &self.contents[file], tag, &possible);
            if let (200, Some(tag)) = (answer.status, answer.field("etag")) {
                tags.entry(file).or_default().push((tag.to_owned(), folder));
            }
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One request; every second one with the tag of an earlier answer, if there is one.
    fn request<'t>(
        client: &mut Client,
        turn: usize,
        file: usize,
        tags: Option<&'t Vec<(String, Option<usize>)>>,
    ) -> (Answer, Option<&'t (String, Option<usize>)>) {
        let path = format!("/x/{}", FILES[file].0);
        match tags.and_then(|tags| tags.iter().rev().nth(turn % 3)) {
            Some(tag) if turn.is_multiple_of(2) => {
                (client.ask("GET", &path, &[("If-None-Match", &tag.0)]), Some(tag))
            }
            _ => (client.get(&path), None),
        }
    }
}

/// Which folder it came from, if that was one of the possible ones.
#[track_caller]
fn judge(
    answer: &Answer,
    contents: &[Vec<u8>],
    tag: Option<&(String, Option<usize>)>,
    possible: &RangeInclusive<usize>,
) -> Option<usize> {
    let said = answer.field("x-changes").map(|text| text.parse::<usize>().unwrap());
    let folder = if let Some(changes) = said {
        assert!(possible.contains(&changes), "{changes} changes were made: {possible:?}");
        folder_after(changes)
    } else {
        assert!(possible.clone().any(|changes| folder_after(changes).is_none()), "{possible:?}");
        None
    };
    match answer.status {
        200 => {
            assert!(answer.body == contents[folder.unwrap_or(FOLDERS)], "of another mount");
        }
        304 => assert_eq!(tag.expect("a condition").1, folder, "another mount's tag"),
        status => panic!("status {status}"),
    }
    folder
}

/// Says that a client has ended, in whatever way.
struct Ends<'a>(&'a Scene);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.ends.store(true, Ordering::Relaxed);
    }
}

fn files(folder_number: usize) -> Vec<(String, Vec<u8>)> {
    FILES
        .iter()
        .enumerate()
        .map(|(file, (name, _))| ((*name).to_owned(), content(folder_number, file)))
        .collect()
}

fn check(set: impl FnOnce(ServerBuilder) -> ServerBuilder) {
    let folders = (0..FOLDERS).map(|number| {
        let files = files(number);
        let files: Vec<_> = files.iter().map(|(name, content)| (&**name, &**content)).collect();
        folder(&files)
    });
    let beneath: Vec<_> =
        files(FOLDERS).into_iter().map(|(name, content)| (format!("x/{name}"), content)).collect();
    let beneath: Vec<_> = beneath.iter().map(|(name, content)| (&**name, &**content)).collect();
    let workers = NonZeroUsize::new(2).unwrap();
    let scene = Scene {
        folders: folders.collect(),
        contents: (0..FILES.len())
            .map(|file| (0..=FOLDERS).map(|folder| content(folder, file)).collect())
            .collect(),
        site: Site::with(
            &beneath,
            |server| set(server.fs(Patchy::default()).threads(workers)),
            |mount| mount,
        ),
        begun: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        answers: AtomicUsize::new(0),
        ends: AtomicBool::new(false),
    };
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn({
                let scene = &scene;
                move || scene.ask(client)
            });
        }
        for _ in 0..CHANGES {
            scene.change();
        }
    });
    gone(&scene.site);
    let stats = scene.site.handle.stats();
    assert_eq!(stats.requests, scene.answers.load(Ordering::Relaxed) as u64);
    assert_eq!((stats.server_error, stats.client_error, stats.cut_short), (0, 0, 0), "{stats:?}");
    assert!(stats.parked > 100, "hardly any had to wait: {stats:?}");
    if let Some(cache) = scene.site.handle.cache_stats() {
        assert!(cache.entries <= FILES.len() as u64, "of the last ones alone: {cache:?}");
    }
}

#[test]
fn no_request_is_lost_and_each_is_answered_by_one_site() {
    check(|server| server.cache(CacheConfig::new().max_file(MAX_FILE)));
}

#[test]
fn no_request_is_lost_without_a_cache() {
    check(ServerBuilder::no_cache);
}
