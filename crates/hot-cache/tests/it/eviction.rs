use catzilla_hot_cache::Eviction;

use crate::kit::{Cache, build, keep, overhead, page, present, text};

/// Room for ten pages of a thousand bytes.
fn ten(eviction: Eviction) -> Cache {
    build(|builder| builder.eviction(eviction).budget(10 * (1000 + overhead())))
}

fn ask_all(cache: &Cache, keys: &str) {
    for key in keys.split(' ') {
        ask(cache, key);
    }
}

fn ask(cache: &Cache, key: &str) {
    if text(cache, key).is_none() {
        keep(cache, key, page("content", 1000));
    }
}

#[test]
fn what_is_asked_for_once_does_not_push_out_what_is_asked_for_often() {
    let cache = ten(Eviction::S3Fifo);
    for _ in 0..4 {
        ask_all(&cache, "a b c d e");
    }
    for number in 0..100 {
        ask(&cache, &number.to_string());
    }
    let popular = present(&cache).into_iter().filter(|key| key.as_str() >= "a").count();
    assert_eq!(popular, 5);
    // With LRU they are gone: that is what it is like.
    let cache = ten(Eviction::Lru);
    for _ in 0..4 {
        ask_all(&cache, "a b c d e");
    }
    for number in 0..100 {
        ask(&cache, &number.to_string());
    }
    let popular = present(&cache).into_iter().filter(|key| key.as_str() >= "a").count();
    assert_eq!(popular, 0);
}

#[test]
fn what_was_popular_does_not_stay_for_ever() {
    let cache = ten(Eviction::S3Fifo);
    for _ in 0..1000 {
        ask_all(&cache, "a b c d e f g h i");
    }
    for _ in 0..50 {
        for number in 0..9 {
            ask(&cache, &number.to_string());
        }
    }
    let old = present(&cache).into_iter().filter(|key| key.as_str() >= "a").count();
    assert!(old <= 1, "{old} old ones are left");
}

#[test]
fn the_least_recently_used_one_goes_exactly() {
    let cache = build(|b| b.eviction(Eviction::Lru).budget(3 * (1000 + overhead())));
    ask_all(&cache, "a b c a d");
    assert_eq!(present(&cache), ["a", "c", "d"]);
    ask_all(&cache, "c a e");
    assert_eq!(present(&cache), ["a", "c", "e"]);
}

/// How many of 200 small and of 20 large values are there after a while of asking for all alike. Four in five of the
/// small ones would fit beside one of the large ones.
fn small_and_large(eviction: Eviction) -> (usize, usize) {
    let cache = build(|b| b.eviction(eviction).budget(190 * (1000 + overhead())));
    let mut state = 1_u64;
    for _ in 0..20_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (key, size) = match (state >> 33) % 220 {
            number @ 200.. => (format!("large {number}"), 30_000),
            number => (format!("small {number}"), 1000),
        };
        if text(&cache, &key).is_none() {
            keep(&cache, &key, page("content", size));
        }
    }
    let all = present(&cache);
    let large = all.iter().filter(|key| key.starts_with("large")).count();
    (all.len() - large, large)
}

#[test]
fn in_the_place_of_one_large_value_stand_many_small_ones() {
    let (small, large) = small_and_large(Eviction::S3Fifo);
    assert!(small > 120, "{small} small ones and {large} large ones");
    let (fewer, _) = small_and_large(Eviction::Lru);
    assert!(fewer < small, "LRU keeps {fewer} of them");
}

#[test]
fn a_cache_of_many_shards_evicts_as_well() {
    for eviction in [Eviction::S3Fifo, Eviction::Lru] {
        // Sixteen queues.
        let cache = build(|b| b.shards(1024).eviction(eviction).budget(100 * (1000 + overhead())));
        for number in 0..1000 {
            keep(&cache, &number.to_string(), page("content", 1000));
        }
        assert_eq!(cache.stats().entries, 100);
        cache.release_to(0);
        assert_eq!(cache.stats().entries, 0);
    }
}

#[test]
fn one_that_is_picked_goes_as_if_it_had_to_make_room() {
    for eviction in [Eviction::S3Fifo, Eviction::Lru] {
        let cache = ten(eviction);
        let first = keep(&cache, "a", page("first", 1000));
        keep(&cache, "b", page("other", 1000));
        assert!(!cache.evict("b", &first), "another entry stands there");
        assert!(cache.evict("a", &first) && !cache.evict("a", &first), "it goes once");
        assert!(!first.is_resident() && text(&cache, "a").is_none());
        let second = keep(&cache, "a", page("second", 1000));
        assert!(!cache.evict("a", &first) && second.is_resident());
        let stats = cache.stats();
        assert_eq!((stats.evictions, stats.invalidations, stats.entries), (1, 0, 2));
        assert_eq!(stats.pinned, 1000 + overhead());
        drop(first);
        // Nothing of it is left in the queue: all the others find room.
        for number in 0..8 {
            keep(&cache, &number.to_string(), page("content", 1000));
        }
        assert_eq!((cache.stats().entries, cache.stats().evictions), (10, 1));
    }
}
