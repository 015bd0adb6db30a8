use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use catzilla_hot_cache::{Begin, Outcome, Wait, Waited};

use crate::kit::{Page, build, insert, load, page, present, text, wait};

/// Counts how often it is woken.
#[derive(Default)]
struct Alarm(AtomicUsize);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll(wait: &mut Wait<String, Page>, waker: &Waker) -> Poll<Waited<String, Page>> {
    pin!(wait).poll(&mut Context::from_waker(waker))
}

fn is_pending(wait: &mut Wait<String, Page>) -> bool {
    poll(wait, Waker::noop()).is_pending()
}

#[test]
fn what_is_loaded_goes_to_all_who_wait_as_it_is() {
    let cache = build(|builder| builder);
    let load = load(&cache, "a");
    let waits = [wait(&cache, "a"), wait(&cache, "a")];
    let finished = load.finish(page("content", 100));
    assert_eq!(finished.outcome, Outcome::Admitted);
    for wait in waits {
        let Waited::Value(held) = wait.wait_blocking() else { panic!("it was loaded") };
        assert!(held.ptr_eq(&finished.held));
    }
    assert!(cache.get("a").unwrap().ptr_eq(&finished.held));
}

#[test]
fn what_is_not_kept_goes_to_all_who_wait_as_well() {
    let cache = build(|builder| builder.max_entry(99));
    let load = load(&cache, "a");
    let wait = wait(&cache, "a");
    let finished = load.finish(page("large", 100));
    assert_eq!(finished.outcome, Outcome::TooLarge);
    let Waited::Value(held) = wait.wait_blocking() else { panic!("it was loaded") };
    assert!(held.ptr_eq(&finished.held) && !held.is_resident());
    assert_eq!(text(&cache, "a"), None);
}

#[test]
fn a_cache_without_a_budget_still_makes_one_load_of_many() {
    let cache = build(|builder| builder.budget(0));
    let load = load(&cache, "a");
    let wait = wait(&cache, "a");
    assert_eq!(load.finish(page("content", 0)).outcome, Outcome::NoRoom);
    let Waited::Value(held) = wait.wait_blocking() else { panic!("it was loaded") };
    assert_eq!(held.text, "content");
    assert_eq!(present(&cache), [""; 0]);
}

#[test]
fn what_is_shared_is_not_kept() {
    let cache = build(|builder| builder);
    let load = load(&cache, "a");
    let wait = wait(&cache, "a");
    let held = load.share(page("of the moment", 100));
    let Waited::Value(waited) = wait.wait_blocking() else { panic!("it was loaded") };
    assert!(waited.ptr_eq(&held));
    assert_eq!(text(&cache, "a"), None);
    drop(insert(&cache, "a", page("later", 1)));
    assert_eq!(text(&cache, "a"), Some("later"));
}

#[test]
fn when_nothing_comes_of_a_load_all_who_wait_go_on_alone() {
    let cache = build(|builder| builder);
    let first = load(&cache, "a");
    let waits = [wait(&cache, "a"), wait(&cache, "a")];
    first.decline();
    for wait in waits {
        assert!(matches!(wait.wait_blocking(), Waited::Declined));
    }
    // Nothing is remembered: the next one loads.
    drop(load(&cache, "a"));
}

#[test]
fn a_load_that_is_dropped_goes_to_the_one_who_waits_longest() {
    let cache = build(|builder| builder);
    let first = load(&cache, "a");
    let (mut second, mut third) = (wait(&cache, "a"), wait(&cache, "a"));
    let (alarm, other) = (Arc::new(Alarm::default()), Arc::new(Alarm::default()));
    assert!(poll(&mut second, &Arc::clone(&alarm).into()).is_pending());
    assert!(poll(&mut third, &Arc::clone(&other).into()).is_pending());
    drop(first);
    assert_eq!((alarm.0.load(SeqCst), other.0.load(SeqCst)), (1, 0), "one is woken");
    let mut newcomer = wait(&cache, "a");
    let Poll::Ready(Waited::Load(taken)) = poll(&mut second, Waker::noop()) else {
        panic!("it is its turn")
    };
    assert!(is_pending(&mut third) && is_pending(&mut newcomer));
    assert_eq!(taken.key(), "a");
    taken.finish(page("by the second", 1));
    for wait in [third, newcomer] {
        let Waited::Value(held) = wait.wait_blocking() else { panic!("it was loaded") };
        assert_eq!(held.text, "by the second");
    }
    assert_eq!(cache.stats().loads, 1);
}

#[test]
fn a_panic_hands_a_load_over() {
    let cache = build(|builder| builder);
    let first = load(&cache, "a");
    let second = wait(&cache, "a");
    let panicked = catch_unwind(AssertUnwindSafe(move || {
        let _load = first;
        std::panic::resume_unwind(Box::new("the disk is on fire"));
    }));
    assert!(panicked.is_err());
    let Waited::Load(load) = second.wait_blocking() else { panic!("nobody else is there") };
    load.finish(page("saved", 1));
    assert_eq!(text(&cache, "a"), Some("saved"));
}

#[test]
fn a_load_that_is_dropped_while_nobody_waits_leaves_nothing_behind() {
    let cache = build(|builder| builder);
    drop(load(&cache, "a"));
    assert!(!cache.invalidate("a"), "there is no trace of it");
    drop(wait_then_leave(&cache));
    assert!(!cache.invalidate("a"));
}

/// A load that somebody had waited for.
fn wait_then_leave(cache: &crate::kit::Cache) -> catzilla_hot_cache::Load<String, Page> {
    let load = load(cache, "a");
    let mut wait = wait(cache, "a");
    assert!(is_pending(&mut wait));
    load
}

#[test]
fn one_who_goes_away_is_not_given_the_load() {
    let cache = build(|builder| builder);
    let first = load(&cache, "a");
    let (second, third) = (wait(&cache, "a"), wait(&cache, "a"));
    drop(second);
    drop(first);
    assert!(matches!(third.wait_blocking(), Waited::Load(_)));
}

#[test]
fn one_who_was_given_the_load_and_goes_away_passes_it_on() {
    let cache = build(|builder| builder);
    let first = load(&cache, "a");
    let (mut second, mut third) = (wait(&cache, "a"), wait(&cache, "a"));
    let alarm = Arc::new(Alarm::default());
    assert!(is_pending(&mut second));
    assert!(poll(&mut third, &Arc::clone(&alarm).into()).is_pending());
    drop(first);
    drop(second);
    assert_eq!(alarm.0.load(SeqCst), 1);
    assert!(matches!(third.wait_blocking(), Waited::Load(_)));
    assert!(!cache.invalidate("a"), "and dropped it, with nobody left");
}

#[test]
fn the_latest_waker_is_woken() {
    let cache = build(|builder| builder);
    let load = load(&cache, "a");
    let mut wait = wait(&cache, "a");
    let (old, new) = (Arc::new(Alarm::default()), Arc::new(Alarm::default()));
    for alarm in [&old, &new, &new] {
        assert!(poll(&mut wait, &Arc::clone(alarm).into()).is_pending());
    }
    load.finish(page("content", 1));
    assert_eq!((old.0.load(SeqCst), new.0.load(SeqCst)), (0, 1));
}

#[test]
fn loads_and_waits_are_things_to_send() {
    fn assert_send<T: Send + 'static>() {}
    assert_send::<Begin<String, Page>>();
    assert_send::<Wait<String, Page>>();
    assert_send::<Waited<String, Page>>();
}

#[test]
fn a_value_held_outside_is_not_found_and_weighs_as_pinned() {
    let cache = build(|builder| builder);
    let held = cache.hold(&"a".to_owned(), page("content", 1000));
    assert!(cache.get("a").is_none() && !held.is_resident());
    let stats = cache.stats();
    assert_eq!((stats.entries, stats.resident.total()), (0, 0));
    assert!(stats.pinned >= 1000);
    drop(held);
    assert_eq!(cache.stats().pinned, 0);
}
