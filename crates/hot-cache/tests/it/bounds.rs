use std::sync::Arc;

use catzilla_hot_cache::{Begin, Held, HotCache, Outcome, Weight};

use crate::kit::{Page, build, insert, keep, load, overhead, page, present, text};

#[test]
fn what_is_in_the_cache_never_weighs_more_than_the_budget() {
    let cache = build(|builder| builder.budget(10_000 + 20 * overhead()));
    for number in 0..200 {
        keep(&cache, &number.to_string(), page("content", 500 + number % 7));
        let stats = cache.stats();
        assert!(stats.resident.total() <= stats.budget, "{stats:?}");
        assert_eq!(stats.pinned, 0);
    }
    let stats = cache.stats();
    assert_eq!(stats.insertions, 200);
    assert_eq!(stats.evictions, 200 - stats.entries);
    assert!(stats.resident.total() + 506 + overhead() > stats.budget, "it is as full as can be");
}

#[test]
fn an_entry_may_be_exactly_as_large_as_allowed() {
    let cache = build(|builder| builder.max_entry(100));
    let with_variants = |content, variants| Page { text: "", content, variants };
    for (page, outcome) in [
        (with_variants(100, 0), Outcome::Admitted),
        (with_variants(101, 0), Outcome::TooLarge),
        (with_variants(100, 300), Outcome::Admitted),
        (with_variants(101, 1), Outcome::TooLarge),
    ] {
        assert_eq!(insert(&cache, "a", page.clone()).outcome, outcome, "{page:?}");
        cache.invalidate_all();
    }
    assert_eq!(cache.stats().rejected, 2);
}

#[test]
fn one_entry_may_fill_the_budget_however_many_shards_there_are() {
    let cache = build(|builder| builder.shards(1024).budget(1000 + overhead()).max_entry(1000));
    for number in 0..20 {
        insert(&cache, &number.to_string(), page("small", 10));
    }
    keep(&cache, "large", page("large", 1000));
    assert_eq!(present(&cache), ["large"]);
    let cache = build(|builder| builder.budget(999 + overhead()).max_entry(1000));
    assert_eq!(insert(&cache, "large", page("large", 1000)).outcome, Outcome::NoRoom);
}

#[test]
fn an_entry_of_ten_mebibytes_fits_by_default() {
    let cache = build(|builder| builder.shards(256));
    for number in 0..30 {
        keep(&cache, &number.to_string(), page("large", 10 << 20));
    }
    assert_eq!(cache.stats().entries, 9, "a hundred less the overhead");
}

#[test]
fn what_is_held_after_it_left_counts_until_it_is_let_go() {
    let weight = 1000 + overhead();
    let cache = build(|builder| builder.budget(3 * weight));
    let held = keep(&cache, "a", page("held", 1000));
    let again = held.clone();
    cache.invalidate("a");
    assert_eq!((cache.stats().resident.total(), cache.stats().pinned), (0, weight));
    for key in ["b", "c", "d"] {
        keep(&cache, key, page("content", 1000));
    }
    assert_eq!(present(&cache).len(), 2, "a third of the budget is out of reach");
    drop(held);
    assert_eq!(cache.stats().pinned, weight);
    drop(again);
    assert_eq!(cache.stats().pinned, 0);
    keep(&cache, "e", page("content", 1000));
    assert_eq!(present(&cache).len(), 3);
}

#[test]
fn what_is_held_is_not_evicted_since_that_would_free_nothing() {
    let weight = 1000 + overhead();
    let cache = build(|builder| builder.budget(3 * weight));
    let held = keep(&cache, "held", page("content", 1000));
    for key in ["b", "c", "d", "e"] {
        keep(&cache, key, page("content", 1000));
    }
    assert!(held.is_resident());
    // When all is held, there is no room, and nothing is thrown out in vain.
    let all: Vec<_> = present(&cache).iter().filter_map(|key| cache.get(key.as_str())).collect();
    assert_eq!(all.len(), 3);
    let refused = insert(&cache, "f", page("content", 1000));
    assert_eq!(refused.outcome, Outcome::NoRoom);
    assert_eq!(cache.stats().pinned, weight, "it lives as long as its loader holds it");
    assert!(all.iter().all(Held::is_resident));
    drop((all, held));
    drop(refused);
    keep(&cache, "f", page("content", 1000));
}

#[test]
fn there_is_room_when_what_is_held_outside_leaves_some() {
    let weight = 1000 + overhead();
    let cache = build(|builder| builder.budget(2 * weight).max_entry(1500));
    keep(&cache, "a", page("content", 1000));
    keep(&cache, "b", page("content", 1000));
    let room_for = |bytes| cache.room_for(Weight::content(bytes));
    assert!(room_for(1500), "others go");
    assert!(!room_for(1501), "larger than an entry may be");
    assert!(!room_for(u64::MAX));
    let with_variants = |variants| Weight { content: 1500, variants, overhead: 0 };
    assert!(cache.room_for(with_variants(500 + overhead())), "variants may be more");
    assert!(!cache.room_for(with_variants(501 + overhead())), "over the budget");
    let held = cache.get("a").unwrap();
    cache.invalidate("a");
    assert!(room_for(1000) && !room_for(1001));
    drop(held);
    assert!(room_for(1500));
}

#[test]
fn memory_is_released_down_to_a_target() {
    let weight = 1000 + overhead();
    let cache = build(|builder| builder);
    for number in 0..10 {
        keep(&cache, &number.to_string(), page("content", 1000));
    }
    assert_eq!(cache.release_to(10 * weight), 0);
    assert_eq!(cache.release_to(4 * weight + 1), 6 * weight);
    assert_eq!(cache.stats().entries, 4);
    let held: Vec<_> = present(&cache).iter().filter_map(|key| cache.get(key.as_str())).collect();
    assert_eq!(cache.release_to(0), 4 * weight, "what is held goes too");
    assert_eq!((cache.stats().entries, cache.stats().pinned), (0, 4 * weight));
    drop(held);
    assert_eq!(cache.stats().pinned, 0);
}

#[test]
fn a_smaller_budget_holds_at_once() {
    let weight = 1000 + overhead();
    let cache = build(|builder| builder);
    for number in 0..10 {
        keep(&cache, &number.to_string(), page("content", 1000));
    }
    cache.set_budget(3 * weight);
    assert_eq!(cache.stats().entries, 3);
    keep(&cache, "another", page("content", 1000));
    assert_eq!(cache.stats().entries, 3);
    cache.set_budget(4 * weight);
    keep(&cache, "one more", page("content", 1000));
    assert_eq!(cache.stats().entries, 4);
}

#[test]
fn weights_without_measure_do_not_upset_the_books() {
    let cache: HotCache<u8, u8> = HotCache::builder()
        .max_entry(u64::MAX)
        .budget(u64::MAX)
        .build(|_: &u8, _: &u8| Weight { content: u64::MAX, variants: u64::MAX, overhead: 7 });
    for key in 0..=u8::MAX {
        cache.get_or_load(&key, || Ok::<_, ()>(key)).unwrap();
    }
    assert_eq!(cache.stats().entries, 256);
    cache.invalidate_all();
    assert_eq!((cache.stats().resident, cache.stats().pinned), (Weight::default(), 0));
}

#[test]
fn values_are_dropped_when_they_leave() {
    let value = Arc::new(());
    let cache: HotCache<u32, Arc<()>> =
        HotCache::builder().build(|_: &u32, _: &Arc<()>| Weight::content(1000));
    for key in 0..10 {
        cache.get_or_load(&key, || Ok::<_, ()>(Arc::clone(&value))).unwrap();
    }
    assert_eq!(Arc::strong_count(&value), 11);
    cache.invalidate(&1);
    assert_eq!(Arc::strong_count(&value), 10);
    cache.release_to(cache.stats().resident.total() - 1);
    assert_eq!(Arc::strong_count(&value), 9);
    let Begin::Load(load) = cache.begin(11) else { panic!("not loaded yet") };
    drop(cache);
    assert_eq!(Arc::strong_count(&value), 9, "a load keeps its cache");
    drop(load);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn an_entry_that_was_rejected_does_not_stand_in_the_way() {
    let cache = build(|builder| builder.max_entry(10));
    drop(insert(&cache, "a", page("large", 11)));
    assert_eq!(text(&cache, "a"), None);
    load(&cache, "a").finish(page("small", 10));
    assert_eq!(text(&cache, "a"), Some("small"));
}
