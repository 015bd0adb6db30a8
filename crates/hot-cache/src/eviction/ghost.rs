//! Who was evicted not long ago: fingerprints of keys, without the entries.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// The latest so many fingerprints. A fingerprint is the hash of a key; two keys with one hash make a mistake of
/// judgement, not of content.
#[derive(Debug, Default)]
pub(super) struct Ghost {
    known: HashSet<u64, BuildHasherDefault<AsItIs>>,
    order: VecDeque<u64>,
}

impl Ghost {
    pub(super) const fn per_entry() -> u64 {
        2 * size_of::<u64>() as u64 + 1
    }

    /// Remembers one, and forgets the oldest so that no more than `limit` are left.
    pub(super) fn remember(&mut self, fingerprint: u64, limit: usize) {
        if self.known.insert(fingerprint) {
            self.order.push_back(fingerprint);
        }
        while self.order.len() > limit {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }

    /// Whether it is remembered; not any more after that.
    pub(super) fn recall(&mut self, fingerprint: u64) -> bool {
        // Its place in the order stays behind and is dropped when it comes up.
        self.known.remove(&fingerprint)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Fingerprints are hashes already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
