use catzilla_hot_cache::{Begin, Weight};

use crate::kit::{Page, build, insert, keep, load, overhead, page, text, wait};

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
