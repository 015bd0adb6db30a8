//! Who was evicted not long ago: fingerprints of keys with their accesses, without the entries.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// The latest so many fingerprints. A fingerprint is the hash of a key; two keys with one hash make a mistake of
/// judgement, not of content.
#[derive(Debug, Default)]
pub(super) struct Ghost {
    known: HashMap<u64, Shade, BuildHasherDefault<AsItIs>>,
    /// In the order of their evictions. Those that were recalled stay until it is their turn.
    order: VecDeque<(u64, Serial)>,
    next: Serial,
}

#[derive(Debug)]
struct Shade {
    accesses: u32,
    serial: Serial,
}

/// Tells an eviction of a key from another one. It may start again from zero: after four billion evictions.
type Serial = u32;

impl Ghost {
    /// Bytes of one that is remembered, where tables are filled to the brim.
    pub(super) const fn per_entry() -> u64 {
        (size_of::<(u64, Shade)>() + 1 + size_of::<(u64, Serial)>()) as u64
    }

    /// Remembers one, and forgets the oldest so that no more than `limit` are left.
    pub(super) fn remember(&mut self, fingerprint: u64, accesses: u32, limit: usize) {
        let serial = self.next;
        self.next = serial.wrapping_add(1);
        self.known.insert(fingerprint, Shade { accesses, serial });
        self.order.push_back((fingerprint, serial));
        while self.order.len() > limit {
            let Some((oldest, serial)) = self.order.pop_front() else { break };
            if self.known.get(&oldest).is_some_and(|shade| shade.serial == serial) {
                self.known.remove(&oldest);
            }
        }
    }

    /// How often it was asked for, if it is remembered; it isn't any more after that.
    pub(super) fn recall(&mut self, fingerprint: u64) -> Option<u32> {
        Some(self.known.remove(&fingerprint)?.accesses)
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
