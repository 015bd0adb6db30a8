use std::time::Duration;

use catzilla_hot_cache::{Begin, Clock, SystemClock};

use crate::kit::{TestClock, build, insert, keep, load, page, present, text};

#[test]
fn a_value_is_found_until_its_time_is_over() {
    let clock = TestClock::new();
    let ttl = Some(Duration::from_secs(10));
    let cache = build(|builder| builder.time_to_live(ttl).clock(clock.clone()));
    let held = keep(&cache, "a", page("old", 10));
    clock.advance(9);
    assert_eq!(text(&cache, "a"), Some("old"));
    clock.advance(1);
    assert_eq!(text(&cache, "a"), None);
    assert!(held.is_resident(), "a lookup removes nothing");
    let Begin::Load(load) = cache.begin("a".to_owned()) else { panic!("it is too old") };
    assert!(!held.is_resident(), "a load takes its place");
    load.finish(page("new", 10));
    assert_eq!(text(&cache, "a"), Some("new"));
    let stats = cache.stats();
    assert_eq!((stats.expirations, stats.entries, stats.hits), (1, 1, 2));
}

#[test]
fn a_value_is_as_old_as_the_beginning_of_its_load() {
    let clock = TestClock::new();
    let ttl = Some(Duration::from_secs(10));
    let cache = build(|builder| builder.time_to_live(ttl).clock(clock.clone()));
    clock.advance(5);
    let slow = load(&cache, "a");
    clock.advance(9);
    assert_eq!(slow.finish(page("content", 10)).held.born(), Duration::from_secs(5));
    assert_eq!(text(&cache, "a"), Some("content"));
    clock.advance(1);
    assert_eq!(text(&cache, "a"), None);
}

#[test]
fn a_sweep_removes_what_is_too_old() {
    let clock = TestClock::new();
    let ttl = Some(Duration::from_secs(10));
    let cache = build(|builder| builder.time_to_live(ttl).clock(clock.clone()));
    keep(&cache, "a", page("content", 10));
    keep(&cache, "b", page("content", 10));
    clock.advance(5);
    keep(&cache, "c", page("content", 10));
    assert_eq!(cache.expire(), 0);
    clock.advance(5);
    let loading = load(&cache, "d");
    assert_eq!(cache.expire(), 2);
    assert_eq!(present(&cache), ["c"]);
    loading.finish(page("content", 10));
    clock.advance(100);
    assert_eq!(cache.expire(), 2);
    assert_eq!((cache.stats().entries, cache.stats().expirations), (0, 4));
}

#[test]
fn without_a_time_to_live_values_stay() {
    let clock = TestClock::new();
    let cache = build(|builder| builder.time_to_live(None).clock(clock.clone()));
    keep(&cache, "a", page("content", 10));
    clock.advance(1_000_000_000);
    assert_eq!(text(&cache, "a"), Some("content"));
    assert_eq!(cache.expire(), 0);
}

#[test]
fn times_without_measure_are_for_ever_or_never() {
    let clock = TestClock::new();
    clock.advance(1);
    let cache = build(|b| b.time_to_live(Some(Duration::MAX)).clock(clock.clone()));
    keep(&cache, "a", page("content", 10));
    clock.advance(1_000_000);
    assert_eq!(text(&cache, "a"), Some("content"));
    let cache = build(|b| b.time_to_live(Some(Duration::ZERO)).clock(clock.clone()));
    let held = insert(&cache, "a", page("content", 10)).held;
    assert_eq!((held.text, text(&cache, "a")), ("content", None));
}

#[test]
fn the_clock_of_the_system_never_goes_back() {
    let clock = SystemClock::new();
    let times: Vec<Duration> = (0..1000).map(|_| clock.now()).collect();
    assert!(times.is_sorted());
}
