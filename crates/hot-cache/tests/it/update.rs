use crate::kit::{Page, TestClock, build, insert, keep, load, overhead, page, present, text};
use catzilla_hot_cache::{Eviction, Outcome};
use std::time::Duration;

fn with_variants(content: u64, variants: u64) -> Page {
    Page { text: "with variants", content, variants }
}

#[test]
fn a_value_is_replaced_by_one_that_was_made_of_it() {
    let cache = build(|builder| builder);
    let held = keep(&cache, "a", page("plain", 100));
    assert!(text(&cache, "a").is_some());
    let newer = cache.update("a", &held, with_variants(100, 40)).unwrap();
    assert!(cache.get("a").unwrap().ptr_eq(&newer));
    assert_eq!(newer.hits(), 2, "accesses go on");
    assert!(newer.is_resident() && !held.is_resident());
    assert_eq!(held.text, "plain", "who holds the old one keeps it");
    let stats = cache.stats();
    assert_eq!((stats.resident.content, stats.resident.variants), (100, 40));
    assert_eq!(stats.pinned, 100 + overhead());
    assert_eq!((stats.hits, stats.updates, stats.entries), (2, 1, 1));
    drop(held);
    assert_eq!(cache.stats().pinned, 0);
}

#[test]
fn an_update_does_not_bring_back_what_was_invalidated() {
    let cache = build(|builder| builder);
    let held = keep(&cache, "a", page("old", 100));
    cache.invalidate("a");
    assert!(cache.update("a", &held, with_variants(100, 40)).is_none());
    assert_eq!(text(&cache, "a"), None);
    let loading = load(&cache, "a");
    assert!(cache.update("a", &held, with_variants(100, 40)).is_none());
    loading.finish(page("new", 10));
    assert!(cache.update("a", &held, with_variants(100, 40)).is_none());
    assert_eq!(text(&cache, "a"), Some("new"));
    assert!(cache.update("b", &held, with_variants(100, 40)).is_none(), "another key");
}

#[test]
fn of_two_updates_of_one_value_the_first_happens() {
    let cache = build(|builder| builder);
    let held = keep(&cache, "a", page("plain", 100));
    assert!(cache.update("a", &held, page("one", 100)).is_some());
    assert!(cache.update("a", &held, page("two", 100)).is_none());
    assert_eq!(text(&cache, "a"), Some("one"));
}

#[test]
fn an_update_may_evict_others_but_not_itself() {
    for eviction in [Eviction::S3Fifo, Eviction::Lru] {
        let cache = build(|b| b.eviction(eviction).budget(3 * (1000 + overhead())));
        let held = keep(&cache, "a", page("plain", 1000));
        keep(&cache, "b", page("content", 1000));
        keep(&cache, "c", page("content", 1000));
        assert!(cache.update("a", &held, with_variants(1000, 500)).is_some());
        assert_eq!(present(&cache).len(), 2);
        assert_eq!(text(&cache, "a"), Some("with variants"));
        let stats = cache.stats();
        assert!(stats.resident.total() <= stats.budget);
    }
}

#[test]
fn an_update_that_is_too_large_leaves_the_value_as_it_is() {
    let cache = build(|builder| builder.max_entry(120).budget(300 + overhead()));
    let held = keep(&cache, "a", page("plain", 100));
    assert!(cache.update("a", &held, with_variants(121, 0)).is_none());
    assert!(cache.get("a").unwrap().ptr_eq(&held));
    assert!(cache.update("a", &held, with_variants(100, 200)).is_some(), "variants are beside");
    let cache = build(|builder| builder.budget(100 + overhead()));
    let held = keep(&cache, "a", page("plain", 100));
    assert!(cache.update("a", &held, with_variants(100, 1)).is_none(), "over the budget");
    assert!(cache.update("a", &held, page("shorter", 90)).is_some());
    assert_eq!(cache.stats().rejected, 1);
}

#[test]
fn an_update_does_not_make_a_value_younger() {
    let clock = TestClock::new();
    let ttl = Some(Duration::from_secs(10));
    let cache = build(|builder| builder.time_to_live(ttl).clock(clock.clone()));
    let held = keep(&cache, "a", page("plain", 100));
    clock.advance(9);
    let newer = cache.update("a", &held, with_variants(100, 20)).unwrap();
    assert_eq!(newer.born(), held.born());
    assert!(text(&cache, "a").is_some());
    clock.advance(1);
    assert_eq!(text(&cache, "a"), None);
}

#[test]
fn a_value_that_was_updated_can_be_evicted() {
    for eviction in [Eviction::S3Fifo, Eviction::Lru] {
        let cache = build(|builder| builder.eviction(eviction));
        let held = keep(&cache, "a", page("plain", 100));
        drop(cache.update("a", &held, with_variants(100, 20)));
        drop(held);
        cache.release_to(0);
        assert_eq!(cache.stats().entries, 0);
        assert_eq!(insert(&cache, "a", page("new", 1)).outcome, Outcome::Admitted);
    }
}
