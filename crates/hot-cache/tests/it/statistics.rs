use std::time::Duration;

use catzilla_hot_cache::{Begin, Eviction, Weight};

use crate::kit::{Page, TestClock, build, insert, keep, load, overhead, page, text, wait};

#[test]
fn everything_is_counted() {
    let cache = build(|builder| builder.max_entry(1000).budget(2 * (1000 + overhead())));
    assert_eq!(text(&cache, "a"), None);
    let loading = load(&cache, "a");
    let waiting = wait(&cache, "a");
    drop(loading.finish(page("content", 1000)));
    drop(waiting);
    assert!(text(&cache, "a").is_some());
    assert!(matches!(cache.begin("a".to_owned()), Begin::Hit(_)));
    drop(insert(&cache, "b", page("large", 1001)));
    drop(insert(&cache, "b", Page { text: "", content: 600, variants: 400 }));
    let held = cache.get("b").unwrap();
    keep(&cache, "c", page("content", 1000));
    cache.invalidate("b");

    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses), (3, 1), "hits of entries that are gone count");
    assert_eq!((stats.loads, stats.waits, stats.insertions), (4, 1, 3));
    assert_eq!((stats.evictions, stats.expirations, stats.invalidations), (1, 0, 1));
    assert_eq!((stats.rejected, stats.updates, stats.entries), (1, 0, 1));
    let resident = Weight { content: 1000, variants: 0, overhead: overhead() };
    assert_eq!((stats.resident, stats.pinned), (resident, 1000 + overhead()));
    assert_eq!(stats.budget, 2 * (1000 + overhead()));
    drop(held);
}

#[test]
fn the_hottest_come_first() {
    let cache = build(|builder| builder);
    for (key, hits) in [("a", 1), ("b", 5), ("c", 3), ("d", 0)] {
        keep(&cache, key, page("content", 10));
        for _ in 0..hits {
            assert!(text(&cache, key).is_some());
        }
    }
    let hottest = |count| cache.hottest(count);
    let of = |key: &str, hits| (key.to_owned(), hits);
    assert_eq!(hottest(2), [of("b", 5), of("c", 3)]);
    assert_eq!(hottest(9), [of("b", 5), of("c", 3), of("a", 1), of("d", 0)]);
    assert_eq!(hottest(0), []);
}

#[test]
fn a_peek_is_no_access() {
    for eviction in [Eviction::S3Fifo, Eviction::Lru] {
        let clock = TestClock::new();
        let time = Duration::from_secs(1);
        let cache = build(|builder| {
            let builder = builder.clock(clock.clone()).time_to_live(Some(time)).eviction(eviction);
            builder.budget(2 * (1000 + overhead()))
        });
        keep(&cache, "old", page("content", 1000));
        keep(&cache, "young", page("content", 1000));
        for _ in 0..10 {
            assert_eq!(cache.peek("old").map(|page| page.text), Some("content"));
            assert!(cache.peek("nothing").is_none());
        }
        let stats = cache.stats();
        assert_eq!((stats.hits, stats.misses), (0, 0));
        assert_eq!(cache.peek("old").unwrap().hits(), 0);
        assert!(text(&cache, "young").is_some());
        keep(&cache, "new", page("content", 1000));
        assert!(cache.peek("old").is_none(), "it has made room, as it was never asked for");
        assert!(cache.peek("young").is_some());
        clock.advance(1);
        assert!(cache.peek("young").is_none(), "too old");
        assert_eq!(cache.stats().entries, 2, "and left where it is");
    }
}
