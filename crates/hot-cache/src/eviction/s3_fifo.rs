//! S3-FIFO: three queues, and a counter per entry.
//!
//! Yang, Zhang, Qiu, Yue, Vinayak: "FIFO queues are all you need for cache eviction", SOSP 2023. Here a queue is as
//! long as its entries weigh.

use super::arena::{Arena, List};
use super::ghost::Ghost;
use super::{Item, MAX_HELD, Reach};

/// The part of all bytes that newcomers may have: one in so many.
const SMALL: u64 = 10;

/// Accesses beyond this many don't count.
const MAX_CREDIT: u64 = 3;

/// Accesses in the small queue after which an entry may stay.
const PROMOTION: u64 = 1;

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
    in_main: bool,
    /// The accesses that it has been judged by already.
    spent: u64,
}

impl<T: Item> Node<T> {
    fn credit(&self) -> u64 {
        self.item.hits().saturating_sub(self.spent).min(MAX_CREDIT)
    }
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
        let in_main = self.ghost.recall(item.hash());
        let spent = item.hits();
        self.push_node(Node { item, in_main, spent });
    }

    pub(super) fn remove(&mut self, place: u64) -> Option<T> {
        Some(self.take(u32::try_from(place).ok()?)?.item)
    }

    pub(super) fn replace(&mut self, place: u64, item: T) -> Option<T> {
        let number = u32::try_from(place).ok()?;
        let node = self.arena.get_mut(number)?;
        let side = if node.in_main { &mut self.main } else { &mut self.small };
        side.weight = side.weight - node.item.weight() + item.weight();
        item.set_place(place);
        Some(std::mem::replace(&mut node.item, item))
    }

    pub(super) fn evict(&mut self, reach: Reach) -> Option<T> {
        let mut held_in_small = 0;
        let mut held_in_main = 0;
        loop {
            let small_is_full = self.small.weight > self.weight() / SMALL || self.main.len == 0;
            let from_small = small_is_full && held_in_small < self.small.len.min(MAX_HELD);
            let (side, held) = if from_small {
                (&mut self.small, &mut held_in_small)
            } else {
                (&mut self.main, &mut held_in_main)
            };
            let number = side.list.first()?;
            let node = self.arena.get_mut(number)?;
            let credit = node.credit();
            if from_small && credit >= PROMOTION {
                let mut node = self.take(number)?;
                node.in_main = true;
                node.spent = node.item.hits();
                self.push_node(node);
            } else if !from_small && credit > 0 {
                node.spent = node.item.hits().saturating_sub(credit - 1);
                self.arena.move_to_end(&mut side.list, number);
            } else if reach == Reach::Unheld && node.item.is_held() {
                *held += 1;
                self.arena.move_to_end(&mut side.list, number);
                if held_in_main == MAX_HELD {
                    return None;
                }
            } else {
                let node = self.take(number)?;
                if from_small {
                    self.ghost.remember(node.item.hash(), self.arena.len());
                }
                return Some(node.item);
            }
        }
    }

    pub(super) fn shrink(&mut self) {
        self.arena.shrink();
        if self.arena.len() == 0 {
            self.ghost.clear();
        }
    }

    fn push_node(&mut self, node: Node<T>) {
        let side = if node.in_main { &mut self.main } else { &mut self.small };
        side.len += 1;
        side.weight += node.item.weight();
        let number = self.arena.push(&mut side.list, node);
        if let Some(node) = self.arena.get(number) {
            node.item.set_place(number.into());
        }
    }

    fn take(&mut self, number: u32) -> Option<Node<T>> {
        let in_main = self.arena.get(number)?.in_main;
        let side = if in_main { &mut self.main } else { &mut self.small };
        let node = self.arena.remove(&mut side.list, number)?;
        side.len -= 1;
        side.weight -= node.item.weight();
        Some(node)
    }
}
