use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use super::*;
use crate::arena::RequestArena;
use crate::error::Error;

/// A service that has a number, and counts how many were made.
fn counting<T>(
    count: &Arc<AtomicU32>,
    make: fn(u32) -> T,
) -> impl Fn(&Resolver<'_>) -> crate::Result<T> + use<T> {
    let count = Arc::clone(count);
    move |_| Ok(make(count.fetch_add(1, Relaxed)))
}

#[derive(Debug, PartialEq)]
struct A(u32);
#[derive(Debug, PartialEq)]
struct B(u32);
#[derive(Debug, PartialEq)]
struct C(u32);

#[test]
fn scopes() {
    let count = Arc::default();
    let container = Container::builder()
        .singleton(Needs::nothing(), counting(&count, A))
        .request(Needs::nothing(), counting(&count, B))
        .transient(Needs::nothing(), counting(&count, C))
        .build()
        .unwrap();
    let (one, other) = (RequestArena::new(4096), RequestArena::new(4096));
    let first = container.in_request(&one);
    assert_eq!(first.get::<B>().unwrap(), &B(0));
    assert_eq!(first.get::<A>().unwrap(), &A(1));
    assert_eq!(first.get::<B>().unwrap(), &B(0));
    assert_eq!((first.get::<C>().unwrap(), first.get::<C>().unwrap()), (&C(2), &C(3)));
    let second = container.in_request(&other);
    assert_eq!(second.get::<A>().unwrap(), &A(1));
    assert_eq!(second.get::<B>().unwrap(), &B(4));
}

#[test]
fn names_tell_services_of_a_type_apart() {
    let container = Container::builder()
        .singleton(Needs::nothing(), |_| Ok(A(0)))
        .singleton(Needs::nothing(), |_| Ok(A(1)))
        .named("other")
        .request(Needs::of_named::<A>("other").and::<A>(), |services| {
            let (one, other) = (services.get::<A>()?, services.get_named::<A>("other")?);
            Ok(B(10 * one.0 + other.0))
        })
        .request(Needs::nothing(), |_| Ok(B(7)))
        .named("twin")
        .build()
        .unwrap();
    let arena = RequestArena::new(4096);
    let services = container.in_request(&arena);
    assert_eq!(services.get::<B>().unwrap(), &B(1));
    assert_eq!(services.get_named::<B>("twin").unwrap(), &B(7));
    let error = services.get_named::<A>("third").unwrap_err().to_string();
    assert!(error.contains("A named \"third\""), "{error}");
}

#[test]
fn a_parent_has_what_the_child_has_not() {
    let count = Arc::default();
    let parent = Container::builder()
        .singleton(Needs::nothing(), counting(&count, A))
        .request(Needs::of::<A>(), |services| Ok(B(services.get::<A>()?.0 + 10)))
        .build()
        .unwrap();
    let parent = Arc::new(parent);
    let child = || {
        let child = Container::builder().parent(Arc::clone(&parent));
        child.request(Needs::of::<B>(), |services| Ok(C(services.get::<B>()?.0 + 100)))
    };
    let child_with_own = child().singleton(Needs::nothing(), |_| Ok(A(5))).build().unwrap();
    let child = child().build().unwrap();
    let arena = RequestArena::new(4096);
    assert_eq!(child.in_request(&arena).get::<C>().unwrap(), &C(110));
    // What the parent makes is made of what the parent has.
    assert_eq!(child_with_own.in_request(&arena).get::<C>().unwrap(), &C(110));
    assert_eq!(child_with_own.in_request(&arena).get::<A>().unwrap(), &A(5));
    assert_eq!(count.load(Relaxed), 1);
}

#[track_caller]
fn refused(builder: ContainerBuilder, expected: &str) {
    let error = builder.build().unwrap_err().to_string();
    let error = error.replace("catzilla_middleware_engine::container::tests::", "");
    assert_eq!(error, expected);
}

#[test]
fn what_cannot_be_made_is_refused_when_it_is_built() {
    let a = |needs| Container::builder().singleton(needs, |_| Ok(A(0)));
    refused(
        a(Needs::nothing()).request(Needs::nothing(), |_| Ok(A(1))),
        "the service A is registered twice: name one of them",
    );
    refused(
        a(Needs::of::<B>()),
        "the service A needs the service B, which no container has: register it",
    );
    refused(a(Needs::of::<A>()), "services need each other: A -> A");
    refused(
        a(Needs::of::<B>()).request(Needs::nothing(), |_| Ok(B(0))),
        "the singleton A needs B, which lives as long as a request: make it of that scope, too",
    );
}

#[test]
fn a_circle_is_named() {
    let error = Container::builder()
        .transient(Needs::of::<B>(), |_| Ok(A(0)))
        .transient(Needs::of::<C>(), |_| Ok(B(0)))
        .transient(Needs::of::<A>(), |_| Ok(C(0)))
        .build()
        .unwrap_err();
    let ContainerError::Cycle(names) = &error else { panic!("{error}") };
    assert_eq!(names.len(), 3);
    let shown = error.to_string();
    assert!(
        shown.contains("A -> ") && shown.contains("::B -> ") && shown.contains("::C"),
        "{shown}"
    );
}

#[test]
fn a_circle_is_found_before_what_hangs_on_it() {
    // Which of them is looked at first depends on their types.
    let error = Container::builder()
        .transient(Needs::of::<B>(), |_| Ok(A(0)))
        .transient(Needs::of::<C>(), |_| Ok(B(0)))
        .transient(Needs::of::<B>(), |_| Ok(C(0)))
        .build()
        .unwrap_err();
    assert!(matches!(&error, ContainerError::Cycle(names) if names.len() == 2), "{error}");
}

#[test]
fn what_was_not_declared_is_refused() {
    let container = Container::builder()
        .singleton(Needs::nothing(), |_| Ok(A(0)))
        .request(Needs::nothing(), |services| Ok(B(services.get::<A>()?.0)))
        .build()
        .unwrap();
    let arena = RequestArena::new(4096);
    let error = container.in_request(&arena).get::<B>().unwrap_err().to_string();
    assert!(error.contains("isn't among its needs"), "{error}");
}

#[test]
fn a_singleton_that_failed_is_tried_again() {
    let tries = Arc::new(AtomicU32::new(0));
    let container = {
        let tries = Arc::clone(&tries);
        let make = move |_: &Resolver<'_>| match tries.fetch_add(1, Relaxed) {
            0 => Err(Error::new("not yet")),
            1 => panic!("not yet, either"),
            tries => Ok(A(tries)),
        };
        Container::builder().singleton(Needs::nothing(), make).build().unwrap()
    };
    let arena = RequestArena::new(4096);
    let services = container.in_request(&arena);
    let error = services.get::<A>().unwrap_err().to_string();
    assert!(error.contains("could not be made: not yet"), "{error}");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = container.in_request(&arena).get::<A>();
    }));
    assert!(panicked.is_err());
    assert_eq!(services.get::<A>().unwrap(), &A(2));
    assert_eq!(services.get::<A>().unwrap(), &A(2));
}

/// Writes down when it is dropped.
struct Dropped<const N: u32>(Arc<Mutex<Vec<u32>>>);

impl<const N: u32> Drop for Dropped<N> {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(N);
    }
}

#[test]
fn what_others_are_made_of_goes_last() {
    let log: Arc<Mutex<Vec<u32>>> = Arc::default();
    let logs = || Arc::clone(&log);
    let (one, two, three, four) = (logs(), logs(), logs(), logs());
    let container = Container::builder()
        .singleton(Needs::of::<Dropped<1>>(), move |services| {
            services.get::<Dropped<1>>()?;
            Ok(Dropped::<2>(Arc::clone(&two)))
        })
        .singleton(Needs::nothing(), move |_| Ok(Dropped::<1>(Arc::clone(&one))))
        .request(Needs::of::<Dropped<3>>().and::<Dropped<2>>(), move |services| {
            services.get::<Dropped<3>>()?;
            services.get::<Dropped<2>>()?;
            Ok(Dropped::<4>(Arc::clone(&four)))
        })
        .request(Needs::nothing(), move |_| Ok(Dropped::<3>(Arc::clone(&three))))
        .build()
        .unwrap();
    let arena = RequestArena::new(4096);
    container.in_request(&arena).get::<Dropped<4>>().unwrap();
    drop(arena);
    assert_eq!(*log.lock().unwrap(), [4, 3]);
    drop(container);
    assert_eq!(*log.lock().unwrap(), [4, 3, 2, 1]);
}

#[test]
fn singletons_are_made_once_by_many() {
    let count = Arc::default();
    let container =
        Container::builder().singleton(Needs::nothing(), counting(&count, A)).build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let arena = RequestArena::new(4096);
                assert_eq!(container.in_request(&arena).get::<A>().unwrap(), &A(0));
            });
        }
    });
    assert_eq!(count.load(Relaxed), 1);
}
