use std::time::{Duration, SystemTime};

use catzilla_hot_cache::{Begin, Held};

use super::*;
use crate::asset_key::{AssetKey, Key};
use crate::cache::CacheConfig;
use crate::cache_status::Why;
use crate::clock::{Clock, SystemClock};
use crate::direct::By;
use crate::exchange::Stage;
use crate::fs::HostFs;
use crate::mount::Mount;
use crate::mount_config::MountConfig;
use crate::notes::Claim;
use crate::open_files::OpenFiles;
use crate::store::Store;

const BUDGET: u64 = 1 << 20;
const LEN: u64 = 50_000;
const OF_VARIANT: u64 = 40_000;

fn key() -> AssetKey {
    AssetKey { mount: 0, path: "a.js".into(), is_directory: false }
}

fn source(dir: &std::path::Path, cache: &CacheConfig) -> Source {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    Source {
        fs: Arc::new(HostFs),
        store: Arc::new(Store::new(cache, 1, &clock)),
        mount: Arc::new(Mount::open(0, MountConfig::new("/", dir)).unwrap()),
        // Files haven't just changed.
        now: SystemTime::now() + Duration::from_hours(1),
        monotonic: clock.monotonic(),
        why: Why::Missing,
    }
}

/// A file, and the means to load it.
struct Scene {
    _dir: tempfile::TempDir,
    source: Source,
}

impl Scene {
    /// The file has left the cache, with a variant that was made of it.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.js"), vec![b'a'; LEN as usize]).unwrap();
        let source = source(dir.path(), &CacheConfig::new().size(BUDGET));
        let scene = Self { _dir: dir, source };
        let asset = scene.load(|_| {});
        let made = variant(&asset, OF_VARIANT);
        assert!(scene.source.store.add(&key(), &asset, &[made]).is_resident());
        scene.source.store.invalidate(&key());
        scene
    }

    /// Loads the file; `meanwhile` is what happens during that.
    fn load(&self, meanwhile: impl FnOnce(&Store)) -> Held<Asset> {
        let store = &self.source.store;
        let Begin::Load(load) = store.cache.begin(key()) else { panic!("it is held") };
        let path = RequestPath::parse(b"/a.js").unwrap();
        let loaded = self.source.load(&path, Wait::Allowed);
        meanwhile(store);
        match self.source.settle(&path, Some(load), loaded, By::Job) {
            Stage::Held { asset, .. } => asset,
            other => panic!("{other:?}"),
        }
    }
}

fn variant(asset: &Asset, len: u64) -> Variant {
    let bytes = Bytes::from(vec![b'g'; len as usize]);
    coded(&asset.identity().representation, Coding::Gzip, bytes, Grade::Best)
}

#[test]
fn what_was_made_before_is_kept_for_the_next_if_this_one_is_not_admitted() {
    let scene = Scene::new();
    for _ in 0..2 {
        let asset = scene.load(|store| store.invalidate(&key()));
        assert!(!asset.is_resident() && asset.find(Coding::Gzip).is_some());
    }
    let asset = scene.load(|_| {});
    assert!(asset.is_resident() && asset.find(Coding::Gzip).is_some());
    assert_eq!(scene.source.store.cache.stats().pinned, 0, "and nobody else has it");
}

#[test]
fn what_comes_back_needs_no_room_twice() {
    let scene = Scene::new();
    let past = scene.source.store.cache.stats().pinned;
    assert!((LEN + OF_VARIANT..BUDGET / 8).contains(&past), "{past}");
    // So much is held by slow clients that there is room for the file, but not for the variant as well, as long as both
    // are pinned for having left.
    let plain = scene.load(|_| {});
    scene.source.store.invalidate(&key());
    let slow = BUDGET - past - LEN - OF_VARIANT / 2 - plain.weight().total();
    let slow = plain.with(&[variant(&plain, slow)]);
    let _slow = scene.source.store.cache.hold(&key(), slow);
    drop(plain);
    let asset = scene.load(|_| {});
    assert!(asset.is_resident() && asset.find(Coding::Gzip).is_some());
}

#[test]
fn what_the_server_asks_for_itself_is_neither_hit_nor_miss() {
    let scene = Scene::new();
    let store = &scene.source.store;
    let count = || (store.cache.stats().hits, store.cache.stats().misses);
    let before = count();
    store.make_of_successor(key(), Claim::Improve);
    let asset = scene.load(|_| {});
    store.make_of_successor(key(), Claim::Improve);
    assert_eq!((count(), asset.hits()), (before, 0));
}

/// Large files, of which two may be held open.
struct Large(Scene);

impl Large {
    fn new(names: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(dir.path().join(name), "large").unwrap();
        }
        let mut source = source(dir.path(), &CacheConfig::new().max_file(1));
        Arc::get_mut(&mut source.store).unwrap().open_files = OpenFiles::new(2);
        Self(Scene { _dir: dir, source })
    }

    /// Asks for a file; whether it was held.
    fn get(&self, name: &str) -> bool {
        let (source, store) = (&self.0.source, &self.0.source.store);
        let path = format!("/{name}");
        let path = RequestPath::parse(path.as_bytes()).unwrap();
        let key = AssetKey { mount: 0, path: name.into(), is_directory: false };
        match store.cache.begin(key) {
            Begin::Hit(_) => true,
            Begin::Wait(_) => panic!("nobody loads it"),
            Begin::Load(load) => {
                let loaded = source.load(&path, Wait::Allowed);
                drop(source.settle(&path, Some(load), loaded, By::Job));
                false
            }
        }
    }
}

#[test]
fn of_open_files_those_are_held_that_are_asked_for() {
    let large = Large::new(&["hot", "a", "b", "c"]);
    let stats = || large.0.source.store.cache.stats();
    assert!(!large.get("hot") && large.get("hot"));
    for cold in ["a", "b", "c", "a", "b"] {
        assert!(!large.get(cold), "{cold} has lost its place to another");
        assert!(large.get("hot"), "and not this one");
    }
    assert_eq!((stats().entries, stats().evictions, stats().rejected), (2, 4, 0));
    // One that is evicted while it is read takes its place along until it has been read.
    let held = large.0.source.store.cache.peek(&(0_u64, "b", false) as &dyn Key).unwrap();
    assert!(!large.get("c"));
    assert_eq!(stats().entries, 1, "there was no place for it yet");
    drop(held);
    assert!(!large.get("c") && large.get("c"));
}
