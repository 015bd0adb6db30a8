use catzilla_hot_cache::{Outcome, Waited};

use crate::kit::{build, keep, load, page, present, text, wait};

#[test]
fn an_invalidation_removes_one_key() {
    let cache = build(|builder| builder);
    keep(&cache, "a", page("old", 10));
    keep(&cache, "b", page("content", 10));
    assert!(cache.invalidate("a"));
    assert!(!cache.invalidate("a"), "it is gone already");
    assert_eq!((text(&cache, "a"), text(&cache, "b")), (None, Some("content")));
    keep(&cache, "a", page("new", 10));
    assert_eq!(text(&cache, "a"), Some("new"));
}

#[test]
fn a_value_that_was_found_old_goes_and_not_what_came_after_it() {
    let cache = build(|builder| builder);
    let is_old = |page: &crate::kit::Page| page.text == "old";
    assert!(!cache.invalidate_when("a", is_old), "nothing is there");
    keep(&cache, "a", page("old", 10));
    assert!(cache.invalidate_when("a", is_old));
    let loading = load(&cache, "a");
    assert!(!cache.invalidate_when("a", is_old) && !loading.is_stale(), "it began later");
    loading.finish(page("new", 10));
    assert!(!cache.invalidate_when("a", is_old));
    assert_eq!(text(&cache, "a"), Some("new"));
    assert_eq!(cache.stats().invalidations, 1);
}

#[test]
fn an_invalidation_wins_over_the_load_that_began_before_it() {
    let cache = build(|builder| builder);
    let old = load(&cache, "a");
    let before = wait(&cache, "a");
    assert!(!old.is_stale());
    assert!(cache.invalidate("a"), "a load under way counts");
    assert!(old.is_stale());
    // Who comes later loads anew, and doesn't wait for the old one.
    let new = load(&cache, "a");
    let after = wait(&cache, "a");

    let finished = old.finish(page("old", 10));
    assert_eq!(finished.outcome, Outcome::Invalidated);
    let Waited::Value(held) = before.wait_blocking() else { panic!("it was loaded") };
    assert_eq!(held.text, "old", "who came before may have it");
    assert_eq!(text(&cache, "a"), None);

    assert_eq!(new.finish(page("new", 10)).outcome, Outcome::Admitted);
    let Waited::Value(held) = after.wait_blocking() else { panic!("it was loaded") };
    assert_eq!(held.text, "new");
    assert_eq!(text(&cache, "a"), Some("new"));
}

#[test]
fn an_old_load_that_ends_last_does_not_replace_a_newer_value() {
    let cache = build(|builder| builder);
    let old = load(&cache, "a");
    cache.invalidate("a");
    keep(&cache, "a", page("new", 10));
    assert_eq!(old.finish(page("old", 10)).outcome, Outcome::Invalidated);
    assert_eq!(text(&cache, "a"), Some("new"));
}

#[test]
fn a_stale_load_that_is_dropped_does_not_disturb_the_new_one() {
    let cache = build(|builder| builder);
    let old = load(&cache, "a");
    cache.invalidate("a");
    let new = load(&cache, "a");
    drop(old);
    let waiting = wait(&cache, "a");
    new.finish(page("new", 10));
    assert!(matches!(waiting.wait_blocking(), Waited::Value(_)));
}

#[test]
fn all_below_a_folder_goes_at_once() {
    let cache = build(|builder| builder);
    for key in ["css/a", "css/b", "css", "csss/a", "js/a"] {
        keep(&cache, key, page("content", 10));
    }
    let under_way = load(&cache, "css/c");
    assert_eq!(cache.invalidate_if(|key| key.starts_with("css/")), 3);
    assert_eq!(present(&cache), ["css", "csss/a", "js/a"]);
    assert_eq!(under_way.finish(page("old", 10)).outcome, Outcome::Invalidated);
    assert_eq!(cache.invalidate_if(|key| key.starts_with("css/")), 0);
}

#[test]
fn everything_goes_at_once() {
    let cache = build(|builder| builder);
    for key in ["a", "b", "c"] {
        keep(&cache, key, page("content", 10));
    }
    let under_way = load(&cache, "d");
    assert_eq!(cache.invalidate_all(), 4);
    assert_eq!(present(&cache), [""; 0]);
    assert_eq!(under_way.finish(page("old", 10)).outcome, Outcome::Invalidated);
    assert_eq!(cache.invalidate_all(), 0);
}

#[test]
fn nothing_is_remembered_about_keys_that_do_not_exist() {
    let cache = build(|builder| builder);
    assert!(!cache.invalidate("a"));
    assert_eq!(cache.invalidate_if(|_| true), 0);
    assert_eq!(load(&cache, "a").finish(page("content", 10)).outcome, Outcome::Admitted);
}
