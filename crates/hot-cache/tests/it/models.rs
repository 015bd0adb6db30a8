//! The state machines, in thousands of interleavings of a few threads.
//!
//! `RUSTFLAGS="--cfg shuttle" cargo test -p catzilla-hot-cache --release`. A schedule that fails is printed and can be
//! replayed.

use std::hash::{BuildHasherDefault, DefaultHasher};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use catzilla_hot_cache::{Begin, Eviction, Held, HotCache, Load, Outcome, Waited, Weight};
use shuttle::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use shuttle::thread;

type Cache = HotCache<u32, u64, BuildHasherDefault<DefaultHasher>>;

/// Of each value; several times the cache's own overhead.
const CONTENT: u64 = 10_000;

fn cache(budget: u64, eviction: Eviction) -> Cache {
    HotCache::builder()
        .budget(budget)
        .eviction(eviction)
        .time_to_live(None)
        .hasher(BuildHasherDefault::default())
        .build(|_: &u32, _: &u64| Weight::content(CONTENT))
}

fn roomy() -> Cache {
    cache(1 << 30, Eviction::S3Fifo)
}

/// Tries many schedules: some at random, some that change threads rarely and in unlucky moments.
fn explore(model: impl Fn() + Send + Sync + 'static) {
    let model = Arc::new(model);
    let again = Arc::clone(&model);
    shuttle::check_random(move || model(), 3000);
    shuttle::check_pct(move || again(), 3000, 3);
}

fn spawn(work: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::spawn(work)
}

fn join(threads: Vec<thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

/// What must hold when everybody has gone home.
fn check_quiet(cache: &Cache) {
    let stats = cache.stats();
    let entries = cache.hottest(usize::MAX - 1);
    assert_eq!(stats.entries, entries.len() as u64);
    let held: Vec<Held<u64>> = entries.iter().filter_map(|(key, _)| cache.get(key)).collect();
    assert_eq!(held.len(), entries.len());
    let weight: u64 = held.iter().map(|held| held.weight().total()).sum();
    assert_eq!(stats.resident.total(), weight, "the ledger is what the entries weigh");
    assert_eq!(stats.pinned, 0);
    assert!(held.iter().all(Held::is_resident));
    drop(held);
    cache.release_to(0);
    let stats = cache.stats();
    assert_eq!(stats.entries, 0, "whatever is in the map is in a queue as well");
    assert_eq!((stats.resident, stats.pinned), (Weight::default(), 0));
    assert_eq!(cache.invalidate_all(), 0, "no load is left behind");
}

/// Gets a value, loading it by `load` when it is this thread's turn.
fn obtain(
    cache: &Cache,
    key: u32,
    load: impl FnOnce(Load<u32, u64>) -> Option<Held<u64>>,
) -> Option<Held<u64>> {
    match cache.begin(key) {
        Begin::Hit(held) => Some(held),
        Begin::Load(ours) => load(ours),
        Begin::Wait(wait) => match wait.wait_blocking() {
            Waited::Value(held) => Some(held),
            Waited::Load(ours) => load(ours),
            Waited::Declined => None,
        },
    }
}

#[test]
fn one_loads_and_all_have_the_value() {
    explore(|| {
        let cache = roomy();
        let loads = Arc::new(AtomicU64::new(0));
        let threads = (0..3).map(|_| {
            let (cache, loads) = (cache.clone(), Arc::clone(&loads));
            spawn(move || {
                let held = obtain(&cache, 1, |load| {
                    let finished = load.finish(loads.fetch_add(1, SeqCst));
                    assert_eq!(finished.outcome, Outcome::Admitted);
                    Some(finished.held)
                });
                assert_eq!(*held.unwrap(), 0);
            })
        });
        join(threads.collect());
        assert_eq!(cache.stats().loads, 1);
        check_quiet(&cache);
    });
}

#[test]
fn a_load_that_is_dropped_goes_to_one_who_waits() {
    explore(|| {
        let cache = roomy();
        let tries = Arc::new(AtomicUsize::new(0));
        let threads = (0..3).map(|_| {
            let (cache, tries) = (cache.clone(), Arc::clone(&tries));
            spawn(move || {
                // The first two who try give up.
                let held = obtain(&cache, 1, |load| {
                    (tries.fetch_add(1, SeqCst) == 2).then(|| load.finish(7).held)
                });
                assert!(held.is_none_or(|held| *held == 7));
            })
        });
        join(threads.collect());
        // Nobody waits for ever (they were joined), and the load went through all hands.
        assert_eq!(tries.load(SeqCst), 3);
        check_quiet(&cache);
    });
}

#[test]
fn who_is_given_a_load_and_goes_away_passes_it_on() {
    explore(|| {
        let cache = roomy();
        let Begin::Load(load) = cache.begin(1) else { panic!("an empty cache") };
        let impatient = {
            let cache = cache.clone();
            spawn(move || {
                let Begin::Wait(wait) = cache.begin(1) else { return };
                let mut wait = pin!(wait);
                let mut context = Context::from_waker(Waker::noop());
                if let Poll::Ready(Waited::Load(load)) = wait.as_mut().poll(&mut context) {
                    drop(load);
                }
            })
        };
        let patient = {
            let cache = cache.clone();
            spawn(move || {
                let held = obtain(&cache, 1, |load| Some(load.finish(7).held));
                assert_eq!(*held.expect("everybody else gives up"), 7);
            })
        };
        drop(load);
        join(vec![impatient, patient]);
        check_quiet(&cache);
    });
}

#[test]
fn when_a_load_is_declined_nobody_waits_for_ever() {
    explore(|| {
        let cache = roomy();
        let threads = (0..3).map(|_| {
            let cache = cache.clone();
            spawn(move || {
                let held = obtain(&cache, 1, |load| {
                    load.decline();
                    None
                });
                assert!(held.is_none());
            })
        });
        join(threads.collect());
        check_quiet(&cache);
    });
}

#[test]
fn what_is_shared_is_not_kept() {
    explore(|| {
        let cache = roomy();
        let threads = (0..3).map(|n| {
            let cache = cache.clone();
            spawn(move || {
                assert!(obtain(&cache, 1, |load| Some(load.share(n))).is_some());
            })
        });
        join(threads.collect());
        assert_eq!(cache.stats().entries, 0);
        check_quiet(&cache);
    });
}

#[test]
fn an_invalidation_wins_over_loads() {
    explore(|| {
        let cache = roomy();
        let file = Arc::new(AtomicU64::new(0));
        let reader = || {
            let (cache, file) = (cache.clone(), Arc::clone(&file));
            spawn(move || {
                obtain(&cache, 1, |load| Some(load.finish(file.load(SeqCst)).held));
            })
        };
        let writer = {
            let (cache, file) = (cache.clone(), Arc::clone(&file));
            spawn(move || {
                for version in 1..=2 {
                    file.store(version, SeqCst);
                    cache.invalidate(&1);
                    if let Some(held) = cache.get(&1) {
                        assert!(*held >= version, "{} after {version}", *held);
                    }
                    let held = obtain(&cache, 1, |load| Some(load.finish(file.load(SeqCst)).held));
                    assert!(*held.unwrap() >= version, "joined a load from before");
                }
            })
        };
        join(vec![reader(), reader(), writer]);
        assert!(cache.get(&1).is_none_or(|held| *held == 2));
        check_quiet(&cache);
    });
}

#[test]
fn an_invalidation_of_many_wins_as_well() {
    explore(|| {
        let cache = roomy();
        let file = Arc::new(AtomicU64::new(0));
        let reader = {
            let (cache, file) = (cache.clone(), Arc::clone(&file));
            spawn(move || {
                for key in 1..=2 {
                    obtain(&cache, key, |load| Some(load.finish(file.load(SeqCst)).held));
                }
            })
        };
        let writer = |all: bool| {
            let (cache, file) = (cache.clone(), Arc::clone(&file));
            spawn(move || {
                let version = file.fetch_add(1, SeqCst) + 1;
                if all {
                    cache.invalidate_all();
                } else {
                    cache.invalidate_if(|key| *key <= 2);
                }
                assert!(cache.get(&1).is_none_or(|held| *held >= version));
            })
        };
        join(vec![reader, writer(true), writer(false)]);
        assert!(cache.get(&2).is_none_or(|held| *held == 2));
        check_quiet(&cache);
    });
}

fn evictions_and_invalidations_leave_the_books_exact(eviction: Eviction) {
    explore(move || {
        // Room for two.
        let cache = cache(2 * CONTENT + 2000, eviction);
        let loader = |keys: [u32; 3]| {
            let cache = cache.clone();
            spawn(move || {
                for key in keys {
                    obtain(&cache, key, |load| Some(load.finish(key.into()).held));
                    let stats = cache.stats();
                    assert!(stats.resident.total() <= stats.budget, "{stats:?}");
                }
            })
        };
        let invalidator = {
            let cache = cache.clone();
            spawn(move || {
                for key in 1..=4 {
                    cache.invalidate(&key);
                }
            })
        };
        join(vec![loader([1, 2, 3]), loader([4, 1, 2]), invalidator]);
        check_quiet(&cache);
    });
}

#[test]
fn evictions_by_s3_fifo_and_invalidations_leave_the_books_exact() {
    evictions_and_invalidations_leave_the_books_exact(Eviction::S3Fifo);
}

#[test]
fn evictions_by_lru_and_invalidations_leave_the_books_exact() {
    evictions_and_invalidations_leave_the_books_exact(Eviction::Lru);
}

fn an_update_brings_nothing_back(eviction: Eviction) {
    explore(move || {
        let cache = cache(2 * CONTENT + 2000, eviction);
        let file = Arc::new(AtomicU64::new(1));
        let updater = {
            let (cache, file) = (cache.clone(), Arc::clone(&file));
            spawn(move || {
                let load = |load: Load<u32, u64>| Some(load.finish(file.load(SeqCst)).held);
                let Some(held) = obtain(&cache, 1, load) else { return };
                // A variant of what it holds: a hundred times as much.
                if let Some(variant) = cache.update(&1, &held, *held * 100) {
                    assert!(!held.is_resident());
                    assert!(!held.ptr_eq(&variant));
                }
            })
        };
        let evictor = {
            let cache = cache.clone();
            spawn(move || {
                for key in [2, 3] {
                    obtain(&cache, key, |load| Some(load.finish(2).held));
                }
            })
        };
        let writer = {
            let (cache, file) = (cache.clone(), Arc::clone(&file));
            spawn(move || {
                file.store(2, SeqCst);
                cache.invalidate(&1);
                assert!(cache.get(&1).is_none_or(|held| [2, 200].contains(&*held)));
            })
        };
        join(vec![updater, evictor, writer]);
        assert!(cache.get(&1).is_none_or(|held| [2, 200].contains(&*held)));
        check_quiet(&cache);
    });
}

#[test]
fn an_update_brings_nothing_back_under_s3_fifo() {
    an_update_brings_nothing_back(Eviction::S3Fifo);
}

#[test]
fn an_update_brings_nothing_back_under_lru() {
    an_update_brings_nothing_back(Eviction::Lru);
}

fn a_value_is_updated_before_its_loader_is_done(eviction: Eviction) {
    explore(move || {
        let cache = cache(1 << 30, eviction);
        let loader = {
            let cache = cache.clone();
            spawn(move || {
                obtain(&cache, 1, |load| Some(load.finish(1).held));
            })
        };
        let updater = {
            let cache = cache.clone();
            spawn(move || {
                if let Some(held) = cache.get(&1) {
                    assert_eq!(*cache.update(&1, &held, 2).unwrap(), 2);
                }
            })
        };
        join(vec![loader, updater]);
        assert!(cache.get(&1).is_some());
        check_quiet(&cache);
    });
}

#[test]
fn a_value_is_updated_before_its_loader_is_done_under_s3_fifo() {
    a_value_is_updated_before_its_loader_is_done(Eviction::S3Fifo);
}

#[test]
fn a_value_is_updated_before_its_loader_is_done_under_lru() {
    a_value_is_updated_before_its_loader_is_done(Eviction::Lru);
}

#[test]
fn of_two_updates_of_one_value_one_happens() {
    explore(|| {
        let cache = roomy();
        let Begin::Load(load) = cache.begin(1) else { panic!("an empty cache") };
        let held = load.finish(1).held;
        let done = Arc::new(AtomicU64::new(0));
        let threads = (0..2).map(|n| {
            let (cache, held, done) = (cache.clone(), held.clone(), Arc::clone(&done));
            spawn(move || {
                if cache.update(&1, &held, 10 + n).is_some() {
                    done.fetch_add(1, SeqCst);
                }
            })
        });
        join(threads.collect());
        drop(held);
        assert_eq!(done.load(SeqCst), 1);
        check_quiet(&cache);
    });
}
