use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

use catzilla_hot_cache::{Begin, Eviction, Held, HotCache, Stats, Weight};
use catzilla_testkit::counting::allocations;

use crate::kit::{Page, build, keep, page, text};

/// A key of two parts, as a server has one.
#[derive(Debug, Clone)]
struct Name {
    mount: u32,
    path: String,
}

/// The same with borrowed parts: what both can be looked up by.
struct NameRef<'a> {
    mount: u32,
    path: &'a str,
}

trait NameView {
    fn parts(&self) -> (u32, &str);
}

impl NameView for Name {
    fn parts(&self) -> (u32, &str) {
        (self.mount, &self.path)
    }
}

impl NameView for NameRef<'_> {
    fn parts(&self) -> (u32, &str) {
        (self.mount, self.path)
    }
}

impl<'a> Borrow<dyn NameView + 'a> for Name {
    fn borrow(&self) -> &(dyn NameView + 'a) {
        self
    }
}

impl Hash for dyn NameView + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for dyn NameView + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn NameView + '_ {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Name {}

fn by_name() -> HotCache<Name, u32> {
    HotCache::builder().build(|_: &Name, _: &u32| Weight::content(1))
}

#[test]
fn a_key_is_found_by_a_view_of_it() {
    let cache = by_name();
    let name = Name { mount: 1, path: "a.css".to_owned() };
    let Begin::Load(load) = cache.begin(name) else { panic!("an empty cache") };
    let held = load.finish(7).held;
    let path = String::from("a.css");
    let view: &dyn NameView = &NameRef { mount: 1, path: &path };
    assert!(cache.get(view).unwrap().ptr_eq(&held));
    let other: &dyn NameView = &NameRef { mount: 2, path: &path };
    assert!(cache.get(other).is_none());
    let newer = cache.update(view, &held, 8).unwrap();
    assert_eq!(*newer, 8);
    assert!(cache.invalidate(view));
    assert!(cache.get(view).is_none());
}

#[track_caller]
fn check_no_allocation(eviction: Eviction) {
    let cache = build(|builder| builder.eviction(eviction));
    keep(&cache, "a", page("content", 10));
    assert!(text(&cache, "a").is_some());
    let count = allocations(|| {
        for _ in 0..100 {
            assert!(cache.get("a").is_some());
            assert!(cache.get("b").is_none());
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn a_lookup_allocates_nothing() {
    check_no_allocation(Eviction::S3Fifo);
    check_no_allocation(Eviction::Lru);
}

#[test]
fn accesses_are_counted_on_the_entry() {
    let cache = build(|builder| builder);
    let held = keep(&cache, "a", page("content", 10));
    assert_eq!(held.hits(), 0);
    assert!(text(&cache, "a").is_some());
    assert!(matches!(cache.begin("a".to_owned()), Begin::Hit(_)));
    assert_eq!(held.hits(), 2);
    assert_eq!(cache.clone().get("a").unwrap().hits(), 3, "clones are the same cache");
}

#[test]
fn a_hold_outlives_the_entry() {
    let cache = build(|builder| builder);
    let held = keep(&cache, "a", page("content", 10));
    assert!(held.is_resident());
    assert!(cache.invalidate("a"));
    assert!(!held.is_resident());
    drop(cache);
    assert_eq!(held.text, "content");
}

#[test]
fn everything_can_be_shared_between_threads() {
    fn assert_shared<T: Send + Sync>() {}
    assert_shared::<HotCache<String, Page>>();
    assert_shared::<Held<Page>>();
    assert_shared::<Stats>();
}

#[test]
fn another_hasher_can_be_chosen() {
    use std::hash::{BuildHasherDefault, DefaultHasher};
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let cache: HotCache<u32, u32, _> =
        HotCache::builder().hasher(hasher).build(|_: &u32, _: &u32| Weight::content(1));
    cache.get_or_load(&1, || Ok::<_, ()>(2)).unwrap();
    assert_eq!(cache.get(&1).as_deref(), Some(&2));
}
