use catzilla_hot_cache::{Begin, HotCache, Outcome, Waited, Weight};

fn cache() -> HotCache<String, Vec<u8>> {
    HotCache::builder().build(|_: &String, value: &Vec<u8>| Weight::content(value.len() as u64))
}

#[test]
fn what_was_loaded_is_found() {
    let cache = cache();
    assert!(cache.get("a").is_none());
    let Begin::Load(load) = cache.begin("a".to_owned()) else { panic!("nobody loads it") };
    let Begin::Wait(wait) = cache.begin("a".to_owned()) else { panic!("it is being loaded") };
    let finished = load.finish(b"content".to_vec());
    assert_eq!(finished.outcome, Outcome::Admitted);
    let Waited::Value(value) = wait.wait_blocking() else { panic!("it was loaded") };
    assert!(value.ptr_eq(&finished.held));
    assert!(cache.get("a").unwrap().ptr_eq(&value));
    assert!(cache.invalidate("a"));
    assert!(cache.get("a").is_none());
}

#[test]
fn a_value_held_outside_is_not_found_and_weighs_as_pinned() {
    let cache = cache();
    let held = cache.hold(&"a".to_owned(), vec![1; 1000]);
    assert!(cache.get("a").is_none() && !held.is_resident());
    let stats = cache.stats();
    assert_eq!((stats.entries, stats.resident.total()), (0, 0));
    assert!(stats.pinned >= 1000);
    drop(held);
    assert_eq!(cache.stats().pinned, 0);
}
