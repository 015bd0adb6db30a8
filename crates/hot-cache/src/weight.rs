//! What a value weighs.

use std::ops::{Add, AddAssign};

/// Bytes on the heap that a value and its key answer for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Weight {
    /// The content itself.
    pub content: u64,
    /// Other forms of the content: compressed ones, say. They count against the budget, and not against the limit of an
    /// entry: a value must not become too large by what is made of it.
    pub variants: u64,
    /// Everything else: names, header blocks, the heap of the key. What the cache needs for an entry, the value's own
    /// `size_of` included, is added by the cache.
    pub overhead: u64,
}

impl Weight {
    /// So much content, and nothing else.
    pub const fn content(bytes: u64) -> Self {
        Self { content: bytes, variants: 0, overhead: 0 }
    }

    /// All of it.
    pub const fn total(&self) -> u64 {
        self.content.saturating_add(self.variants).saturating_add(self.overhead)
    }

    /// The same, as far as there is memory in the world: ledgers can add without looking.
    pub(crate) fn bounded(&self) -> Self {
        const MOST: u64 = 1 << 44;
        Self {
            content: self.content.min(MOST),
            variants: self.variants.min(MOST),
            overhead: self.overhead.min(MOST),
        }
    }
}

impl Add for Weight {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            content: self.content.saturating_add(other.content),
            variants: self.variants.saturating_add(other.variants),
            overhead: self.overhead.saturating_add(other.overhead),
        }
    }
}

impl AddAssign for Weight {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Tells what a value weighs.
///
/// It is asked once for every value that is loaded or put in another's place, outside of all locks. Any function will
/// do:
///
/// ```
/// use catzilla_hot_cache::{HotCache, Weight};
///
/// let cache: HotCache<String, Vec<u8>> =
///     HotCache::builder().build(|_: &String, value: &Vec<u8>| Weight::content(value.len() as u64));
/// ```
pub trait Weigher<K, V>: Send + Sync {
    /// Bytes on the heap that `value` and `key` answer for.
    fn weigh(&self, key: &K, value: &V) -> Weight;
}

impl<K, V, F: Fn(&K, &V) -> Weight + Send + Sync> Weigher<K, V> for F {
    fn weigh(&self, key: &K, value: &V) -> Weight {
        self(key, value)
    }
}
