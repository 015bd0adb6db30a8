//! The roots of a mapping, by numbers that aren't used again.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};
use std::path::PathBuf;

use super::branch::Branch;
use super::hinges::Way;
use crate::Coverage;

/// A root, and what is watched for it.
#[derive(Debug)]
pub(super) struct Root {
    /// As it was configured, absolute.
    pub(super) path: PathBuf,
    pub(super) way: Way,
    pub(super) branch: Branch,
    pub(super) coverage: Coverage,
}

impl Root {
    /// Whether a part of it isn't watched for want of watches.
    pub(super) fn is_lost(&self) -> bool {
        self.way.lost.is_some() || self.branch.lost().is_some()
    }
}

/// The roots that there are. What is late and about one that has gone finds nothing, for no other has its number.
#[derive(Debug, Default)]
pub(super) struct Roots {
    held: BTreeMap<usize, Root>,
    next: usize,
}

impl Roots {
    /// Adds a root of which nothing is watched yet, and gives its number.
    pub(super) fn add(&mut self, path: PathBuf) -> usize {
        let number = self.next;
        self.next += 1;
        let (way, branch) = (Way::default(), Branch::of(number));
        self.held.insert(number, Root { path, way, branch, coverage: Coverage::Full });
        number
    }

    pub(super) fn take(&mut self, number: usize) -> Option<Root> {
        self.held.remove(&number)
    }

    /// Their numbers, in order.
    pub(super) fn numbers(&self) -> Vec<usize> {
        self.held.keys().copied().collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Root)> {
        self.held.iter().map(|(number, root)| (*number, root))
    }
}

impl Index<usize> for Roots {
    type Output = Root;

    fn index(&self, number: usize) -> &Root {
        &self.held[&number]
    }
}

impl IndexMut<usize> for Roots {
    fn index_mut(&mut self, number: usize) -> &mut Root {
        self.held.get_mut(&number).expect("a place is of a root that is there")
    }
}
