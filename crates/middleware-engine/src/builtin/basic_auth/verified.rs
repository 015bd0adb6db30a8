//! Credentials that were right a moment ago, so that not each request takes as long as the first.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use siphasher::sip128::SipHasher24;
use subtle::ConstantTimeEq;

/// Places of each set, among which the oldest gives way.
const WAYS: usize = 4;

/// A bounded table of right credentials. It holds no password, but 128 bits of SipHash-2-4 of it and the name, with a key that is
/// made anew for each table and never leaves it: who doesn't know the key can't make another that fits.
pub(super) struct Verified {
    key: SipHasher24,
    sets: Box<[Mutex<[Option<Entry>; WAYS]>]>,
    lifetime: Duration,
}

/// Stands for credentials.
#[derive(Clone, Copy)]
pub(super) struct Tag(u64, u64);

struct Entry {
    tag: Tag,
    /// The list of users by which it was right.
    generation: u64,
    user: Arc<str>,
    expires: Duration,
}

impl Verified {
    /// Room for this many and up to three more.
    pub(super) fn new(capacity: usize, lifetime: Duration) -> Self {
        let sets = (0..capacity.div_ceil(WAYS)).map(|_| Mutex::default()).collect();
        Self { key: key(), sets, lifetime }
    }

    pub(super) fn tag(&self, credentials: &[u8]) -> Tag {
        let (high, low) = self.key.hash(credentials).as_u64();
        Tag(high, low)
    }

    /// Whose credentials these are, if they were right by this list of users and not too long ago.
    pub(super) fn get(&self, tag: Tag, generation: u64, now: Duration) -> Option<Arc<str>> {
        let set = self.set(tag)?.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = set.iter().flatten();
        let found = entries.find(|entry| entry.tag.is(tag))?;
        (found.generation == generation && now < found.expires).then(|| Arc::clone(&found.user))
    }

    /// Remembers that they are right.
    pub(super) fn put(&self, tag: Tag, generation: u64, now: Duration, user: Arc<str>) {
        let Some(set) = self.set(tag) else { return };
        let entry = Entry { tag, generation, user, expires: now.saturating_add(self.lifetime) };
        let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |it: &Option<Entry>| it.as_ref().is_some_and(|it| it.tag.is(tag));
        // What is of an older list counts for nothing, and what ends first has been there for longest.
        let worth = |it: &Option<Entry>| it.as_ref().map(|it| (it.generation, it.expires));
        let place = set
            .iter()
            .position(is_same)
            .or_else(|| (0..WAYS).min_by_key(|&place| worth(&set[place])));
        if let Some(place) = place {
            set[place] = Some(entry);
        }
    }

    /// The tag is keyed, so that nobody chooses where credentials land.
    fn set(&self, tag: Tag) -> Option<&Mutex<[Option<Entry>; WAYS]>> {
        let index = tag.number().checked_rem(self.sets.len() as u64)?;
        self.sets.get(index as usize)
    }
}

impl Tag {
    /// A part of it.
    pub(super) fn number(self) -> u64 {
        self.0
    }

    /// Equality that takes as long whatever it finds.
    fn is(self, other: Self) -> bool {
        (self.0.ct_eq(&other.0) & self.1.ct_eq(&other.1)).into()
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("sets", &self.sets.len()).finish_non_exhaustive()
    }
}

/// From the randomness of the operating system, by which the standard library keys its maps.
fn key() -> SipHasher24 {
    let half = |index: u64| {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u64(index);
        hasher.finish()
    };
    SipHasher24::new_with_keys(half(0), half(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_mins(1);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_was_right_is_known_for_a_while() {
        let table = Verified::new(100, LIFETIME);
        let (right, other) = (table.tag(b"right"), table.tag(b"other"));
        assert!(table.get(right, 1, at(0)).is_none());
        table.put(right, 1, at(0), "alice".into());
        assert_eq!(table.get(right, 1, at(59)).as_deref(), Some("alice"));
        assert!(table.get(right, 1, at(60)).is_none());
        assert!(table.get(right, 2, at(0)).is_none());
        assert!(table.get(other, 1, at(0)).is_none());
        table.put(right, 2, at(60), "alice".into());
        assert!(table.get(right, 2, at(119)).is_some() && table.get(right, 1, at(60)).is_none());
    }

    #[test]
    fn there_is_no_more_room_than_was_asked_for() {
        let table = Verified::new(4, LIFETIME);
        let tags: Vec<_> = (0..5_u8).map(|index| table.tag(&[index])).collect();
        for (tag, second) in tags.iter().zip(0..) {
            table.put(*tag, 1, at(second), "a".into());
        }
        let known: Vec<_> = tags.iter().map(|&tag| table.get(tag, 1, at(5)).is_some()).collect();
        assert_eq!(known, [false, true, true, true, true]);
        // One of a newer list takes the place of one of an older, and the same takes its own.
        table.put(tags[4], 1, at(6), "a".into());
        table.put(tags[0], 2, at(0), "a".into());
        let known: Vec<_> = tags.iter().map(|&tag| table.get(tag, 1, at(7)).is_some()).collect();
        assert_eq!(known, [false, false, true, true, true]);
    }

    #[test]
    fn without_room_nothing_is_known() {
        let table = Verified::new(0, LIFETIME);
        let tag = table.tag(b"a");
        table.put(tag, 1, at(0), "a".into());
        assert!(table.get(tag, 1, at(0)).is_none());
    }

    #[test]
    fn each_table_has_a_key_of_its_own() {
        let tables = [Verified::new(1, LIFETIME), Verified::new(1, LIFETIME)];
        assert!(!tables[0].tag(b"a").is(tables[1].tag(b"a")));
    }
}
