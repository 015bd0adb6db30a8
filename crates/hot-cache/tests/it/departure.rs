use std::sync::{Arc, Mutex};
use std::time::Duration;

use catzilla_hot_cache::{Held, HotCache};

use crate::kit::{Page, TestClock, build, keep, page};

/// A cache, and the texts of what left it, in order.
fn watched(clock: &Arc<TestClock>) -> (HotCache<String, Page>, Arc<Mutex<Vec<&'static str>>>) {
    let left = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&left);
    let ttl = Some(Duration::from_secs(10));
    let cache = build(|builder| {
        let builder = builder
            .time_to_live(ttl)
            .clock(Arc::clone(clock) as Arc<dyn catzilla_hot_cache::Clock>);
        builder.on_departure(move |held: Held<Page>| {
            assert!(!held.is_resident());
            told.lock().unwrap().push(held.text);
        })
    });
    (cache, left)
}

#[test]
fn what_is_invalidated_or_too_old_is_given_back() {
    let clock = TestClock::new();
    let (cache, left) = watched(&clock);
    for text in ["a", "b", "c"] {
        keep(&cache, text, page(text, 10));
    }
    cache.invalidate("a");
    cache.invalidate_if(|key| key == "b");
    cache.invalidate_all();
    keep(&cache, "d", page("swept", 10));
    keep(&cache, "e", page("too old", 10));
    clock.advance(10);
    // Looked up, one is found too old; the other is swept.
    drop(keep(&cache, "e", page("new", 10)));
    cache.expire();
    assert_eq!(*left.lock().unwrap(), ["a", "b", "c", "too old", "swept"]);
}

#[test]
fn what_is_evicted_or_replaced_by_an_update_is_not() {
    let (cache, left) = watched(&TestClock::new());
    let held = keep(&cache, "a", page("plain", 100));
    assert!(cache.update("a", &held, page("newer", 100)).is_some());
    drop(held);
    cache.release_to(0);
    assert!(cache.get("a").is_none() && left.lock().unwrap().is_empty());
}

#[test]
fn a_weak_hold_finds_what_somebody_still_holds() {
    let cache = build(|builder| builder);
    let weak = keep(&cache, "a", page("content", 10)).downgrade();
    let hits = cache.stats().hits;
    let held = weak.upgrade().expect("the cache holds it");
    assert_eq!((held.text, cache.stats().hits), ("content", hits));
    cache.invalidate("a");
    assert!(weak.upgrade().is_some_and(|again| again.ptr_eq(&held)));
    drop(held);
    assert!(weak.upgrade().is_none());
    assert_eq!(cache.stats().pinned, 0, "it keeps nothing alive");
}
