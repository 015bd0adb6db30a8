use std::future::{pending, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use catzilla_hot_cache::Waited;

use crate::kit::{build, load, page, text, wait};

#[test]
fn a_value_is_loaded_once() {
    let cache = build(|builder| builder);
    let key = "a".to_owned();
    let held = cache.get_or_load(&key, || Ok::<_, ()>(page("content", 10))).unwrap();
    let again = cache.get_or_load(&key, || Err("loaded again")).unwrap();
    assert!(held.ptr_eq(&again));
}

#[test]
fn an_error_goes_to_the_caller_and_leaves_nothing_behind() {
    let cache = build(|builder| builder);
    let key = "a".to_owned();
    assert_eq!(cache.get_or_load(&key, || Err("no disk")).unwrap_err(), "no disk");
    let held = cache.get_or_load(&key, || Ok::<_, ()>(page("content", 10))).unwrap();
    assert_eq!(held.text, "content");
}

#[test]
fn a_future_waits_for_the_load_of_somebody_else() {
    let cache = build(|builder| builder);
    let key = "a".to_owned();
    let theirs = load(&cache, "a");
    let mut ours = pin!(cache.get_or_load_async(&key, || ready(Err("loaded again"))));
    let mut context = Context::from_waker(Waker::noop());
    assert!(ours.as_mut().poll(&mut context).is_pending());
    theirs.finish(page("content", 10));
    let Poll::Ready(Ok(held)) = ours.as_mut().poll(&mut context) else { panic!("it was loaded") };
    assert_eq!(held.text, "content");
}

#[test]
fn after_a_load_came_to_nothing_each_loads_alone() {
    let cache = build(|builder| builder);
    let key = "a".to_owned();
    let theirs = load(&cache, "a");
    let value = || ready(Ok::<_, ()>(page("alone", 10)));
    let mut ours = pin!(cache.get_or_load_async(&key, value));
    let mut context = Context::from_waker(Waker::noop());
    assert!(ours.as_mut().poll(&mut context).is_pending());
    theirs.decline();
    let Poll::Ready(Ok(held)) = ours.as_mut().poll(&mut context) else { panic!("it is ready") };
    assert_eq!((held.text, held.is_resident()), ("alone", false));
    assert_eq!(text(&cache, "a"), None);
}

#[test]
fn a_future_that_is_dropped_hands_its_load_over() {
    let cache = build(|builder| builder);
    let key = "a".to_owned();
    let mut context = Context::from_waker(Waker::noop());
    let waiting = {
        let mut ours = pin!(cache.get_or_load_async(&key, pending::<Result<_, ()>>));
        assert!(ours.as_mut().poll(&mut context).is_pending());
        wait(&cache, "a")
    };
    assert!(matches!(waiting.wait_blocking(), Waited::Load(_)));
}
