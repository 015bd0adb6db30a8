//! The queues beside naive ones: plain vectors, walked from the front.

use std::cell::Cell;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Eviction, Item, MAX_HELD, Queue, Reach, UNPLACED};

#[derive(Debug)]
struct Thing {
    key: u64,
    weight: u64,
    hits: Cell<u64>,
    /// Whether it is asked for each time that the queue looks at it.
    busy: Cell<bool>,
    stamp: Cell<u64>,
    held: Cell<bool>,
    place: Cell<u64>,
}

fn thing(key: u64, weight: u64) -> Rc<Thing> {
    Rc::new(Thing {
        key,
        weight,
        hits: Cell::new(0),
        busy: Cell::new(false),
        stamp: Cell::new(0),
        held: Cell::new(false),
        place: Cell::new(UNPLACED),
    })
}

impl Item for Rc<Thing> {
    fn hits(&self) -> u64 {
        if self.busy.get() {
            self.hits.set(self.hits.get() + 100);
        }
        self.hits.get()
    }

    fn stamp(&self) -> u64 {
        self.stamp.get()
    }

    fn hash(&self) -> u64 {
        self.key
    }

    fn weight(&self) -> u64 {
        self.weight
    }

    fn is_held(&self) -> bool {
        self.held.get()
    }

    fn place(&self) -> u64 {
        self.place.get()
    }

    fn set_place(&self, place: u64) {
        self.place.set(place);
    }
}

/// One that does the same in the simplest way.
trait Naive {
    fn push(&mut self, thing: Rc<Thing>);
    fn remove(&mut self, key: u64);
    fn replace(&mut self, thing: Rc<Thing>);
    fn evict(&mut self, reach: Reach) -> Option<u64>;
    fn things(&self) -> Vec<Rc<Thing>>;
}

#[derive(Default)]
struct NaiveLru(Vec<Rc<Thing>>);

impl Naive for NaiveLru {
    fn push(&mut self, thing: Rc<Thing>) {
        self.0.push(thing);
    }

    fn remove(&mut self, key: u64) {
        self.0.retain(|thing| thing.key != key);
    }

    fn replace(&mut self, thing: Rc<Thing>) {
        self.remove(thing.key);
        self.push(thing);
    }

    fn evict(&mut self, reach: Reach) -> Option<u64> {
        self.0.sort_by_key(|thing| thing.stamp.get());
        let within = |thing: &Rc<Thing>| reach == Reach::Everyone || !thing.held.get();
        let place = self.0.iter().take(MAX_HELD).position(within)?;
        Some(self.0.remove(place).key)
    }

    fn things(&self) -> Vec<Rc<Thing>> {
        self.0.clone()
    }
}

/// A thing, the hits that it was judged by, and accesses or laps.
type Entry = (Rc<Thing>, u64, f64);

#[derive(Default)]
struct NaiveS3Fifo {
    small: Vec<Entry>,
    main: Vec<Entry>,
    /// Keys with their accesses; those that were recalled have none, and keep their place.
    ghost: Vec<(u64, Option<u64>)>,
}

impl NaiveS3Fifo {
    fn weight(entries: &[Entry]) -> u64 {
        entries.iter().map(|(thing, ..)| thing.weight).sum()
    }

    fn laps(&self, thing: &Thing, accesses: f64) -> f64 {
        let count = (self.small.len() + self.main.len()).max(1) as f64;
        let total = Self::weight(&self.small) + Self::weight(&self.main);
        accesses * (total as f64 / count) / thing.weight as f64
    }
}

impl Naive for NaiveS3Fifo {
    fn push(&mut self, thing: Rc<Thing>) {
        let hits = thing.hits.get();
        let mut remembered = 0;
        for (key, accesses) in &mut self.ghost {
            if *key == thing.key
                && let Some(accesses) = accesses.take()
            {
                remembered = accesses + 1;
            }
        }
        if remembered > 0 && self.laps(&thing, remembered as f64) >= 0.5 {
            self.main.push((thing, hits, 0.0));
        } else {
            self.small.push((thing, hits, remembered as f64));
        }
    }

    fn remove(&mut self, key: u64) {
        self.small.retain(|(thing, ..)| thing.key != key);
        self.main.retain(|(thing, ..)| thing.key != key);
    }

    fn replace(&mut self, new: Rc<Thing>) {
        for (thing, ..) in self.small.iter_mut().chain(&mut self.main) {
            if thing.key == new.key {
                *thing = Rc::clone(&new);
            }
        }
    }

    fn evict(&mut self, reach: Reach) -> Option<u64> {
        let (mut held_in_small, mut held_in_main) = (0, 0);
        let mut chances = self.small.len() + self.main.len();
        loop {
            let (small, main) = (Self::weight(&self.small), Self::weight(&self.main));
            let full = small > (small + main) / 32 || self.main.is_empty();
            if full && held_in_small < self.small.len().min(MAX_HELD) {
                let (thing, judged, remembered) = self.small[0].clone();
                let hits = thing.hits.get();
                let accesses = remembered + (hits - judged) as f64;
                let laps = self.laps(&thing, accesses);
                self.small.remove(0);
                if laps >= 0.5 && chances > 0 {
                    chances -= 1;
                    self.main.push((thing, hits, 0.0));
                } else if reach == Reach::Unheld && thing.held.get() {
                    held_in_small += 1;
                    self.small.push((thing, judged, remembered));
                } else {
                    let key = thing.key;
                    self.ghost.push((key, Some(accesses as u64)));
                    while self.ghost.len() > self.small.len() + self.main.len() {
                        self.ghost.remove(0);
                    }
                    return Some(key);
                }
            } else {
                if self.main.is_empty() {
                    return None;
                }
                let (thing, judged, saved) = self.main[0].clone();
                let hits = thing.hits.get();
                let laps = (saved + self.laps(&thing, (hits - judged) as f64)).min(4.0);
                let held = reach == Reach::Unheld && thing.held.get();
                let stays = laps >= 1.0 && chances > 0;
                if !stays && !held {
                    self.main.remove(0);
                    return Some(thing.key);
                }
                if stays {
                    chances -= 1;
                } else {
                    held_in_main += 1;
                    if held_in_main > MAX_HELD {
                        return None;
                    }
                }
                self.main.remove(0);
                self.main.push((thing, hits, (laps - 1.0).max(0.0)));
            }
        }
    }

    fn things(&self) -> Vec<Rc<Thing>> {
        self.small.iter().chain(&self.main).map(|(thing, ..)| Rc::clone(thing)).collect()
    }
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Ask { key: u64, weight: u64 },
    Remove { key: u64 },
    Replace { key: u64, weight: u64 },
    Hold { key: u64, held: bool },
    Evict { everyone: bool },
}

fn op() -> impl Strategy<Value = Op> {
    let key = || 0_u64..24;
    // Equal ones are frequent, and so are very different ones.
    let weight = || prop_oneof![Just(8_u64), 1_u64..100, Just(1000)];
    prop_oneof![
        8 => (key(), weight()).prop_map(|(key, weight)| Op::Ask { key, weight }),
        1 => key().prop_map(|key| Op::Remove { key }),
        1 => (key(), weight()).prop_map(|(key, weight)| Op::Replace { key, weight }),
        1 => (key(), any::<bool>()).prop_map(|(key, held)| Op::Hold { key, held }),
        3 => any::<bool>().prop_map(|everyone| Op::Evict { everyone }),
    ]
}

/// Both are told the same, and say the same.
fn check(eviction: Eviction, naive: &mut dyn Naive, ops: &[Op]) {
    let mut queue = Queue::new(eviction);
    let mut tick = 0;
    let mut next = || {
        tick += 1;
        tick
    };
    for &op in ops {
        let find = |naive: &dyn Naive, key| naive.things().into_iter().find(|t| t.key == key);
        match op {
            Op::Ask { key, weight } => {
                if let Some(thing) = find(naive, key) {
                    thing.hits.set(thing.hits.get() + 1);
                    thing.stamp.set(next());
                    continue;
                }
                let thing = thing(key, weight);
                thing.stamp.set(next());
                queue.push(Rc::clone(&thing));
                naive.push(thing);
            }
            Op::Remove { key } => {
                if let Some(thing) = find(naive, key) {
                    let removed = queue.remove(thing.place.get()).expect("it is there");
                    assert!(Rc::ptr_eq(&removed, &thing));
                    naive.remove(key);
                }
            }
            Op::Replace { key, weight } => {
                if let Some(old) = find(naive, key) {
                    let new = Rc::new(Thing {
                        key,
                        weight,
                        hits: old.hits.clone(),
                        busy: old.busy.clone(),
                        stamp: old.stamp.clone(),
                        held: old.held.clone(),
                        place: Cell::new(UNPLACED),
                    });
                    let replaced = queue.replace(old.place.get(), Rc::clone(&new));
                    assert!(Rc::ptr_eq(&replaced.expect("it is there"), &old));
                    naive.replace(new);
                }
            }
            Op::Hold { key, held } => {
                if let Some(thing) = find(naive, key) {
                    thing.held.set(held);
                }
            }
            Op::Evict { everyone } => {
                let reach = if everyone { Reach::Everyone } else { Reach::Unheld };
                let evicted = queue.evict(reach).map(|thing| thing.key);
                assert_eq!(evicted, naive.evict(reach));
            }
        }
        let weight: u64 = naive.things().iter().map(|thing| thing.weight).sum();
        assert_eq!(queue.weight(), weight);
    }
    // All that are left come out, and none twice.
    let left = naive.things().len();
    let out: Vec<_> = std::iter::from_fn(|| queue.evict(Reach::Everyone)).collect();
    assert_eq!(out.len(), left);
    assert_eq!(queue.weight(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn s3_fifo_does_what_a_naive_one_does(ops in vec(op(), 0..300)) {
        check(Eviction::S3Fifo, &mut NaiveS3Fifo::default(), &ops);
    }

    #[test]
    fn lru_does_what_a_naive_one_does(ops in vec(op(), 0..300)) {
        check(Eviction::Lru, &mut NaiveLru::default(), &ops);
    }
}

#[test]
fn who_is_asked_for_all_the_time_is_gone_through_once() {
    const COUNT: u64 = 1000;
    let mut queue = Queue::new(Eviction::S3Fifo);
    let mut things = Vec::new();
    for key in 0..COUNT {
        let thing = thing(key, 10);
        thing.busy.set(true);
        queue.push(Rc::clone(&thing));
        things.push(thing);
    }
    let looks = || things.iter().map(|thing| thing.hits.get() / 100).sum::<u64>();
    for evicted in 0..COUNT {
        let before = looks();
        assert!(queue.evict(Reach::Unheld).is_some(), "somebody has to go");
        assert!(looks() - before <= COUNT - evicted + 1, "each is looked at once");
    }
    assert!(queue.evict(Reach::Everyone).is_none());
}
