//! The ledger beside what the allocator says.

use catzilla_hot_cache::{Begin, Eviction, HotCache, Weight};
use catzilla_testkit::counting::bytes_in_use;

type Cache = HotCache<String, Vec<u8>>;

fn build(budget: u64, eviction: Eviction) -> Cache {
    let weigh = |key: &String, value: &Vec<u8>| Weight {
        content: value.capacity() as u64,
        variants: 0,
        // The key is there twice: in the map, and in the queue.
        overhead: 2 * key.capacity() as u64,
    };
    HotCache::builder().budget(budget).eviction(eviction).time_to_live(None).build(weigh)
}

/// From 256 bytes to 32 KiB, as files are: many small ones, few large ones.
fn size(number: u64) -> usize {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    256 << (spread % 8).min(spread / 16 % 8)
}

fn insert(cache: &Cache, number: u64) {
    let key = format!("/a/path/of/some/length/{number}");
    let Begin::Load(load) = cache.begin(key) else { return };
    load.finish(vec![0; size(number)]);
}

/// The ledger is within a twentieth of what was allocated since `before`.
#[track_caller]
fn check(cache: &Cache, before: isize) {
    let allocated = (bytes_in_use() - before) as f64;
    let stats = cache.stats();
    let ledger = (stats.resident.total() + stats.pinned) as f64;
    let ratio = ledger / allocated;
    assert!(
        (0.95..1.05).contains(&ratio),
        "{ledger} in the ledger, {allocated} allocated: {ratio}"
    );
}

fn ledger_and_allocator_agree(eviction: Eviction) {
    let before = bytes_in_use();
    let cache = build(u64::MAX, eviction);
    for entries in [2000, 3000, 5000, 8000, 12_000, 20_000_u64] {
        for number in 0..entries {
            insert(&cache, number);
        }
        assert_eq!(cache.stats().entries, entries);
        check(&cache, before);
    }
    // Other sizes in the same places.
    for number in 0..5000_u64 {
        let key = format!("/a/path/of/some/length/{number}");
        let held = cache.get(key.as_str()).expect("nothing was evicted");
        let next = vec![1; size(number + 77)];
        assert!(cache.update(key.as_str(), &held, next).is_some());
    }
    check(&cache, before);
    // Half of it goes.
    cache.set_budget(cache.stats().resident.total() / 2);
    check(&cache, before);
    // Others come and push out others.
    for number in 100_000..120_000 {
        insert(&cache, number);
    }
    check(&cache, before);
    cache.invalidate_all();
    assert_eq!(cache.stats().resident, Weight::default());
    assert_eq!(cache.stats().pinned, 0);
    let left = bytes_in_use() - before;
    assert!(left < 100_000, "{left} bytes are left");
    drop(cache);
    assert_eq!(bytes_in_use(), before, "nothing leaks");
}

#[test]
fn ledger_and_allocator_agree_with_s3_fifo() {
    ledger_and_allocator_agree(Eviction::S3Fifo);
}

#[test]
fn ledger_and_allocator_agree_with_lru() {
    ledger_and_allocator_agree(Eviction::Lru);
}

#[test]
fn what_is_held_outside_is_in_the_ledger_as_well() {
    let before = bytes_in_use();
    let cache = build(u64::MAX, Eviction::S3Fifo);
    for number in 0..4000 {
        insert(&cache, number);
    }
    let held: Vec<_> =
        cache.hottest(2000).into_iter().filter_map(|(key, _)| cache.get(&key)).collect();
    cache.release_to(0);
    let stats = cache.stats();
    assert_eq!(stats.resident, Weight::default());
    assert!(stats.pinned > 1_000_000);
    let content: u64 = held.iter().map(|held| held.len() as u64).sum();
    let allocated = (bytes_in_use() - before) as u64;
    assert!(allocated > content && allocated < stats.pinned * 21 / 20);
    drop(held);
    assert_eq!(cache.stats().pinned, 0);
}
