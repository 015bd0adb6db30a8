//! What a lookup costs, and what everything else does: `cargo bench -p catzilla-benches --bench hot_cache`.
//!
//! How often caches hit, and what two threads make of it, is the business of `hit-ratio`.

use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::io;
use std::sync::Arc;

use catzilla_benches::micro::Suite;
use catzilla_hot_cache::{Begin, Builder, Clock, Eviction, HotCache, SystemClock, Weight};
use catzilla_testkit::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Key = Arc<str>;
/// Not seeded at random, so that instructions don't depend on luck.
type Hasher = foldhash::fast::FixedState;
type Cache = HotCache<Key, u64, Hasher>;

/// Entries in a cache.
const ENTRIES: usize = 10_000;

/// Bytes of a key, as paths have them.
const KEY: usize = 40;

/// What an entry of the churning caches weighs, so that they are full.
const CONTENT: u64 = 4096;

fn main() -> io::Result<()> {
    let mut suite = Suite::new("hot_cache");
    found(&mut suite);
    hashers(&mut suite);
    missing(&mut suite);
    load(&mut suite);
    let clock = SystemClock::new();
    suite.case("clock of the system", move || clock.now());
    suite.run()
}

/// Names of files, one longer than the other by nothing.
fn keys(count: usize) -> Vec<Key> {
    (0..count).map(|number| format!("/std/collections/hash_map/{number:014}").into()).collect()
}

/// Jumps through all keys, so that the next one isn't in the processor's cache by chance.
fn cycle(keys: Vec<Key>) -> impl FnMut() -> Key {
    assert!(keys.iter().all(|key| key.len() == KEY));
    let mut place = 0;
    move || {
        place = (place + 7919) % keys.len();
        Arc::clone(&keys[place])
    }
}

fn build(builder: Builder<Key, u64>) -> Cache {
    let builder = builder.hasher(Hasher::default());
    builder.build(|_: &Key, _: &u64| Weight::content(CONTENT))
}

fn fill(cache: &Cache) {
    for key in keys(ENTRIES) {
        let Begin::Load(load) = cache.begin(key) else { panic!("an empty cache") };
        load.finish(1);
    }
    assert_eq!(cache.stats().entries, ENTRIES as u64);
}

fn found(suite: &mut Suite<'_>) {
    for (name, eviction, has_time) in [
        ("get, found", Eviction::S3Fifo, true),
        ("get, found, no time to live", Eviction::S3Fifo, false),
        ("get, found, LRU", Eviction::Lru, true),
    ] {
        let mut builder = HotCache::builder().eviction(eviction);
        if !has_time {
            builder = builder.time_to_live(None);
        }
        let cache = build(builder);
        fill(&cache);
        let keys = keys(ENTRIES);
        let mut place = 0;
        suite
            .case(name, move || {
                place = (place + 7919) % keys.len();
                cache.get(black_box(&*keys[place])).expect("all are there")
            })
            .beside("get, found, quick_cache");
    }
    let room = 2 * ENTRIES;
    let cache = quick_cache::sync::Cache::with(
        room,
        room as u64,
        quick_cache::UnitWeighter,
        Hasher::default(),
        quick_cache::sync::DefaultLifecycle::default(),
    );
    for key in keys(ENTRIES) {
        cache.insert(key, Arc::new(1_u64));
    }
    let names = keys(ENTRIES);
    let mut place = 0;
    suite.case("get, found, quick_cache", move || {
        place = (place + 7919) % names.len();
        cache.get(black_box(&*names[place])).expect("all are there")
    });
}

fn hashers(suite: &mut Suite<'_>) {
    hash(suite, "hash, foldhash fast", foldhash::fast::RandomState::default());
    hash(suite, "hash, foldhash quality", foldhash::quality::RandomState::default());
    hash(suite, "hash, ahash", ahash::RandomState::default());
    hash(suite, "hash, SipHash", RandomState::default());
}

fn hash(suite: &mut Suite<'_>, name: &'static str, hasher: impl BuildHasher + 'static) {
    let key = keys(1).remove(0);
    suite.case(name, move || hasher.hash_one(black_box(&*key))).bytes(KEY);
}

fn missing(suite: &mut Suite<'_>) {
    let cache = build(HotCache::builder());
    fill(&cache);
    let other = "/std/collections/hash_map/nothing-like-it";
    assert!(cache.get(other).is_none());
    suite.case("get, missing", move || cache.get(black_box(other)).is_none());
}

fn load(suite: &mut Suite<'_>) {
    let cache = build(HotCache::builder());
    let mut next = cycle(keys(ENTRIES));
    suite.case("begin, finish, invalidate", move || {
        let key = next();
        let Begin::Load(load) = cache.begin(Arc::clone(&key)) else { panic!("it isn't there") };
        load.finish(1);
        cache.invalidate(&*key)
    });

    for (name, eviction) in [
        ("begin, finish, evict another", Eviction::S3Fifo),
        ("begin, finish, evict another, LRU", Eviction::Lru),
    ] {
        // A tenth of the keys fits, and the one that is asked for isn't among them.
        let cache =
            build(HotCache::builder().budget(ENTRIES as u64 / 10 * CONTENT).eviction(eviction));
        let mut next = cycle(keys(ENTRIES));
        suite.case(name, move || match cache.begin(next()) {
            Begin::Load(load) => drop(load.finish(1)),
            _ => panic!("it was evicted long ago"),
        });
    }

    let cache = build(HotCache::builder());
    fill(&cache);
    let mut next = cycle(keys(ENTRIES));
    suite.case("update", move || {
        let key = next();
        let held = cache.get(&key).expect("all are there");
        cache.update(&key, &held, 2).expect("nobody else does")
    });
}
