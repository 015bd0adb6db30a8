//! S3-FIFO by bytes: three queues, and a counter per entry.
//!
//! Yang, Zhang, Qiu, Yue, Vinayak: "FIFO queues are all you need for cache eviction", SOSP 2023. Where all entries weigh
//! the same, this is theirs, but for the figures below. Where they don't, an access to a large entry is worth less than
//! one to a small entry: it pays for as many laps through the main queue as average entries would fit into its place.

use super::arena::{Arena, List};
use super::ghost::Ghost;
use super::{Item, MAX_HELD, Reach};

/// The part of all bytes that newcomers may have: one in so many. The paper has ten; the fewer, the better for a
/// popularity that lasts, and the worse for one that changes fast (bench `hit-ratio`).
const SMALL: u64 = 32;

/// Laps beyond this many can't be saved up. The paper has three.
const MAX_LAPS: f64 = 4.0;

/// Laps that an entry must be worth to pass from the small queue into the main one.
const PROMOTION: f64 = 0.5;

#[derive(Debug)]
pub(crate) struct S3Fifo<T> {
    arena: Arena<Node<T>>,
    /// Newcomers.
    small: Side,
    /// Those who were asked for again.
    main: Side,
    ghost: Ghost,
}

#[derive(Debug)]
struct Side {
    list: List,
    len: usize,
    weight: u64,
}

#[derive(Debug)]
struct Node<T> {
    item: T,
    /// The accesses that it has been judged by already.
    judged: u64,
    stage: Stage,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// In the small queue, with accesses from an earlier time there.
    Newcomer { remembered: u32 },
    /// In the main queue, with laps that are paid for.
    Settled { laps: f64 },
}

impl<T> S3Fifo<T> {
    pub(super) const fn per_entry() -> u64 {
        Arena::<Node<T>>::per_entry() + Ghost::per_entry()
    }
}

impl<T: Item> S3Fifo<T> {
    pub(super) fn new() -> Self {
        let side = || Side { list: List::new(), len: 0, weight: 0 };
        Self { arena: Arena::new(), small: side(), main: side(), ghost: Ghost::default() }
    }

    pub(super) fn weight(&self) -> u64 {
        self.small.weight + self.main.weight
    }

    pub(super) fn push(&mut self, item: T) {
        let judged = item.hits();
        let stage = match self.ghost.recall(item.hash()) {
            None => Stage::Newcomer { remembered: 0 },
            Some(accesses) => {
                // Coming back is an access as well.
                let remembered = accesses.saturating_add(1);
                if self.laps(&item, remembered.into()) >= PROMOTION {
                    Stage::Settled { laps: 0.0 }
                } else {
                    Stage::Newcomer { remembered }
                }
            }
        };
        self.push_node(Node { item, judged, stage });
    }

    pub(super) fn remove(&mut self, place: u64) -> Option<T> {
        Some(self.take(u32::try_from(place).ok()?)?.item)
    }

    pub(super) fn replace(&mut self, place: u64, item: T) -> Option<T> {
        let number = u32::try_from(place).ok()?;
        let node = self.arena.get_mut(number)?;
        let side = match node.stage {
            Stage::Newcomer { .. } => &mut self.small,
            Stage::Settled { .. } => &mut self.main,
        };
        side.weight = side.weight - node.item.weight() + item.weight();
        item.set_place(place);
        Some(std::mem::replace(&mut node.item, item))
    }

    pub(super) fn evict(&mut self, reach: Reach) -> Option<T> {
        let mut held_in_small = 0;
        let mut held_in_main = 0;
        // One lap of second chances at the most: readers can pay for the next laps as fast as they are gone through,
        // and the lock of the queue is held meanwhile.
        let mut chances = self.arena.len();
        loop {
            let small_is_full = self.small.weight > self.weight() / SMALL || self.main.len == 0;
            let from_small = small_is_full && held_in_small < self.small.len.min(MAX_HELD);
            let side = if from_small { &self.small } else { &self.main };
            let number = side.list.first()?;
            let node = self.arena.get(number)?;
            let hits = node.item.hits();
            let accesses = hits.saturating_sub(node.judged);
            let is_held = reach == Reach::Unheld && node.item.is_held();
            match node.stage {
                Stage::Newcomer { remembered } => {
                    let accesses = accesses + u64::from(remembered);
                    if chances > 0 && self.laps(&node.item, accesses) >= PROMOTION {
                        chances -= 1;
                        let mut node = self.take(number)?;
                        node.judged = hits;
                        node.stage = Stage::Settled { laps: 0.0 };
                        self.push_node(node);
                    } else if is_held {
                        held_in_small += 1;
                        self.arena.move_to_end(&mut self.small.list, number);
                    } else {
                        let item = self.take(number)?.item;
                        let accesses = u32::try_from(accesses).unwrap_or(u32::MAX);
                        self.ghost.remember(item.hash(), accesses, self.arena.len());
                        return Some(item);
                    }
                }
                Stage::Settled { laps } => {
                    let laps = (laps + self.laps(&node.item, accesses)).min(MAX_LAPS);
                    let stays = laps >= 1.0 && chances > 0;
                    if !stays && !is_held {
                        return Some(self.take(number)?.item);
                    }
                    if stays {
                        chances -= 1;
                    } else {
                        held_in_main += 1;
                        if held_in_main > MAX_HELD {
                            return None;
                        }
                    }
                    let node = self.arena.get_mut(number)?;
                    node.judged = hits;
                    node.stage = Stage::Settled { laps: (laps - 1.0).max(0.0) };
                    self.arena.move_to_end(&mut self.main.list, number);
                }
            }
        }
    }

    /// How many laps so many accesses pay for.
    fn laps(&self, item: &T, accesses: u64) -> f64 {
        let average = self.weight() as f64 / self.arena.len().max(1) as f64;
        accesses as f64 * average / item.weight().max(1) as f64
    }

    pub(super) fn shrink(&mut self) {
        self.arena.shrink();
        if self.arena.len() == 0 {
            self.ghost.clear();
        }
    }

    fn push_node(&mut self, node: Node<T>) {
        let side = self.side(node.stage);
        side.len += 1;
        side.weight += node.item.weight();
        let list = match node.stage {
            Stage::Newcomer { .. } => &mut self.small.list,
            Stage::Settled { .. } => &mut self.main.list,
        };
        let number = self.arena.push(list, node);
        if let Some(node) = self.arena.get(number) {
            node.item.set_place(number.into());
        }
    }

    fn take(&mut self, number: u32) -> Option<Node<T>> {
        let list = match self.arena.get(number)?.stage {
            Stage::Newcomer { .. } => &mut self.small.list,
            Stage::Settled { .. } => &mut self.main.list,
        };
        let node = self.arena.remove(list, number)?;
        let side = self.side(node.stage);
        side.len -= 1;
        side.weight -= node.item.weight();
        Some(node)
    }

    fn side(&mut self, stage: Stage) -> &mut Side {
        match stage {
            Stage::Newcomer { .. } => &mut self.small,
            Stage::Settled { .. } => &mut self.main,
        }
    }
}
