//! What the tests share: a cache of texts that weigh what they are told to.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use catzilla_hot_cache::{
    Begin, Builder, Clock, Finished, Held, HotCache, Load, Outcome, Wait, Weight,
};
use catzilla_testkit::clock::ManualClock;

/// A value: so many bytes of content and variants that are only claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) text: &'static str,
    pub(crate) content: u64,
    pub(crate) variants: u64,
}

pub(crate) fn page(text: &'static str, content: u64) -> Page {
    Page { text, content, variants: 0 }
}

pub(crate) type Cache = HotCache<String, Page>;

pub(crate) fn weigh(_: &String, page: &Page) -> Weight {
    Weight { content: page.content, variants: page.variants, overhead: 0 }
}

pub(crate) fn build(setup: impl FnOnce(Builder<String, Page>) -> Builder<String, Page>) -> Cache {
    setup(HotCache::builder()).build(weigh)
}

/// What an entry costs besides its content.
pub(crate) fn overhead() -> u64 {
    let cache = build(|builder| builder);
    insert(&cache, "x", page("", 0)).held.weight().total()
}

/// Loads a value, which nobody else may be doing.
#[track_caller]
pub(crate) fn insert(cache: &Cache, key: &str, page: Page) -> Finished<Page> {
    load(cache, key).finish(page)
}

/// The same, and it is kept.
#[track_caller]
pub(crate) fn keep(cache: &Cache, key: &str, page: Page) -> Held<Page> {
    let Finished { held, outcome } = insert(cache, key, page);
    assert_eq!(outcome, Outcome::Admitted);
    held
}

#[track_caller]
pub(crate) fn load(cache: &Cache, key: &str) -> Load<String, Page> {
    match cache.begin(key.to_owned()) {
        Begin::Load(load) => load,
        other => panic!("{key} isn't to be loaded: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn wait(cache: &Cache, key: &str) -> Wait<String, Page> {
    match cache.begin(key.to_owned()) {
        Begin::Wait(wait) => wait,
        other => panic!("{key} isn't being loaded: {other:?}"),
    }
}

/// The text that is found under a key.
pub(crate) fn text(cache: &Cache, key: &str) -> Option<&'static str> {
    cache.get(key).map(|page| page.text)
}

/// Which of the keys are there. Asks for none of them.
pub(crate) fn present(cache: &Cache) -> Vec<String> {
    let mut keys: Vec<String> = cache.hottest(1000).into_iter().map(|(key, _)| key).collect();
    keys.sort();
    keys
}

/// A clock in the hands of a test.
#[derive(Debug, Clone)]
pub(crate) struct TestClock(ManualClock);

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(ManualClock::at(SystemTime::UNIX_EPOCH)))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.advance(Duration::from_secs(seconds));
    }
}

impl Clock for TestClock {
    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}
