//! Real threads for as long as a test may take, and what must hold then.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use catzilla_hot_cache::{Begin, Eviction, Held, HotCache, Load, Waited, Weight};

const KEYS: u64 = 32;

/// A version of a file, with its number.
type Cache = HotCache<u64, (u64, u64)>;

fn build(eviction: Eviction) -> Cache {
    HotCache::builder()
        // Room for about half of them: evictions happen all the time.
        .budget(16 * 1500)
        .shards(64)
        .eviction(eviction)
        .build(|key: &u64, _: &(u64, u64)| Weight::content(500 + key * 30))
}

/// The files: their latest versions.
struct Files([AtomicU64; KEYS as usize]);

impl Files {
    fn read(&self, key: u64) -> (u64, u64) {
        (key, self.0[key as usize].load(SeqCst))
    }
}

fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// A request: whatever it gets is no older than what was the latest version when it began and had been made known.
fn request(cache: &Cache, files: &Files, known: &Files, key: u64, dice: u64) {
    let oldest = known.read(key).1;
    let load = |load: Load<u64, (u64, u64)>| match dice % 16 {
        0 => None,
        1 => {
            load.decline();
            None
        }
        2 => Some(load.share(files.read(key))),
        _ => Some(load.finish(files.read(key)).held),
    };
    let held = match cache.get(&key) {
        Some(held) => Some(held),
        None => match cache.begin(key) {
            Begin::Hit(held) => Some(held),
            Begin::Load(ours) => load(ours),
            Begin::Wait(wait) if dice.is_multiple_of(32) => {
                drop(wait);
                None
            }
            Begin::Wait(wait) => match wait.wait_blocking() {
                Waited::Value(held) => Some(held),
                Waited::Load(ours) => load(ours),
                Waited::Declined => None,
            },
        },
    };
    if let Some(held) = held {
        assert_eq!(held.0, key);
        assert!(held.1 >= oldest, "version {} of {key} after {oldest}", held.1);
        if dice.is_multiple_of(8)
            && let Some(variant) = cache.update(&key, &held, *held)
        {
            assert!(variant.1 >= oldest);
        }
    }
}

fn nothing_stale_is_found_and_the_books_are_exact(eviction: Eviction) {
    let cache = build(eviction);
    let new = || Files([const { AtomicU64::new(0) }; KEYS as usize]);
    // What files are, and what was invalidated before: `known` follows `files`.
    let (files, known, stop) = (new(), new(), AtomicBool::new(false));
    thread::scope(|scope| {
        let mut readers = Vec::new();
        for seed in 1..=4 {
            let (cache, files, known) = (&cache, &files, &known);
            readers.push(scope.spawn(move || {
                let mut state = 0x1234_5678 * seed;
                for _ in 0..40_000 {
                    let dice = random(&mut state);
                    request(cache, files, known, dice % KEYS, dice >> 32);
                }
            }));
        }
        let writer = scope.spawn(|| {
            let mut state = 99;
            while !stop.load(SeqCst) {
                let key = random(&mut state) % KEYS;
                let version = files.0[key as usize].fetch_add(1, SeqCst) + 1;
                match version % 8 {
                    0 => _ = cache.invalidate_if(|other| other / 4 == key / 4),
                    1 if key == 0 => _ = cache.invalidate_all(),
                    _ => _ = cache.invalidate(&key),
                }
                known.0[key as usize].store(version, SeqCst);
                if version % 64 == 0 {
                    cache.release_to(1000);
                    cache.expire();
                }
                let now = cache.stats();
                assert!(now.resident.total() <= now.budget, "{now:?}");
            }
        });
        for reader in readers {
            reader.join().unwrap();
        }
        stop.store(true, SeqCst);
        writer.join().unwrap();
    });

    let entries: Vec<Held<_>> =
        cache.hottest(1000).iter().filter_map(|(key, _)| cache.get(key)).collect();
    for held in &entries {
        assert_eq!(**held, files.read(held.0), "the latest version is left, or nothing");
    }
    let stats = cache.stats();
    let weight: u64 = entries.iter().map(|held| held.weight().total()).sum();
    assert_eq!((stats.resident.total(), stats.pinned), (weight, 0));
    assert_eq!(stats.entries, entries.len() as u64);
    drop(entries);
    cache.release_to(0);
    let stats = cache.stats();
    assert_eq!((stats.entries, stats.resident.total(), stats.pinned), (0, 0, 0));
    assert_eq!(cache.invalidate_all(), 0, "no load was left behind");
    assert!(stats.evictions > 0 && stats.waits > 0 && stats.updates > 0, "{stats:?}");
}

#[test]
fn nothing_stale_is_found_and_the_books_are_exact_with_s3_fifo() {
    nothing_stale_is_found_and_the_books_are_exact(Eviction::S3Fifo);
}

#[test]
fn nothing_stale_is_found_and_the_books_are_exact_with_lru() {
    nothing_stale_is_found_and_the_books_are_exact(Eviction::Lru);
}
