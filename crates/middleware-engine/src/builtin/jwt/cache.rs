//! Tokens that have been verified.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;

use super::claims::Claims;

const WAYS: usize = 4;

/// One seed for the life of the process, as the type of the hasher asks for.
static SHARED: OnceLock<SharedSeed> = OnceLock::new();

/// A table of fixed size that is read without a lock. An entry is found by a keyed hash, and is believed when the token is the
/// same, byte for byte: a hash that somebody can make collide lets nobody in.
pub(super) struct Cache {
    slots: Box<[Slot]>,
    sets: u64,
    hasher: SeedableRandomState,
    /// Whose turn it is to go.
    turn: AtomicUsize,
}

#[derive(Default)]
struct Slot {
    /// The hash, so that others aren't looked at. It may be that of another entry for a moment.
    tag: AtomicU64,
    entry: ArcSwapOption<Verified>,
}

/// What is known of a token.
pub(super) struct Verified {
    pub(super) token: Box<str>,
    /// By which [keys](super::keys::Generation).
    pub(super) generation: u64,
    /// In seconds of the calendar: it is valid from the first to before the second, with leeway.
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) has_scopes: bool,
    pub(super) claims: Arc<Claims>,
}

impl Cache {
    /// For so many tokens; for none, when it is zero.
    pub(super) fn new(tokens: usize) -> Self {
        let sets = tokens.div_ceil(WAYS);
        let slots = (0..sets * WAYS).map(|_| Slot::default()).collect();
        // From the system's randomness.
        let random = || RandomState::new().hash_one(0);
        let shared = SHARED.get_or_init(|| SharedSeed::from_u64(random()));
        let hasher = SeedableRandomState::with_seed(random(), shared);
        Self { slots, sets: sets as u64, hasher, turn: AtomicUsize::new(0) }
    }

    fn set(&self, hash: u64) -> &[Slot] {
        let set = (u128::from(hash) * u128::from(self.sets)) >> 64;
        self.slots.get(set as usize * WAYS..).and_then(|slots| slots.get(..WAYS)).unwrap_or(&[])
    }

    /// The claims of a token that is valid now, and whether it grants the scopes.
    pub(super) fn get(
        &self,
        token: &[u8],
        generation: u64,
        now: i64,
    ) -> Option<(Arc<Claims>, bool)> {
        let hash = self.hasher.hash_one(token);
        self.set(hash).iter().find_map(|slot| {
            if slot.tag.load(Ordering::Relaxed) != hash {
                return None;
            }
            let entry = slot.entry.load();
            let entry = entry.as_ref()?;
            let is_valid = entry.token.as_bytes() == token
                && entry.generation == generation
                && (entry.from..entry.until).contains(&now);
            is_valid.then(|| (Arc::clone(&entry.claims), entry.has_scopes))
        })
    }

    pub(super) fn put(&self, verified: Verified) {
        let hash = self.hasher.hash_one(verified.token.as_bytes());
        let set = self.set(hash);
        if set.is_empty() {
            return;
        }
        let same = set.iter().find(|slot| slot.tag.load(Ordering::Relaxed) == hash);
        let free = || set.iter().find(|slot| slot.entry.load().is_none());
        let slot = same
            .or_else(free)
            .unwrap_or_else(|| &set[self.turn.fetch_add(1, Ordering::Relaxed) % WAYS]);
        slot.entry.store(Some(Arc::new(verified)));
        slot.tag.store(hash, Ordering::Relaxed);
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cache of {} tokens", self.slots.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(token: &str, generation: u64) -> Verified {
        let claims = Arc::new(Claims::new(serde_json::Map::new()));
        let token = token.into();
        Verified { token, generation, from: 10, until: 20, has_scopes: true, claims }
    }

    #[test]
    fn a_token_is_known_by_its_keys_while_it_is_valid() {
        let cache = Cache::new(16);
        cache.put(verified("a", 1));
        for (token, generation, now, is_known) in [
            ("a", 1, 10, true),
            ("a", 1, 19, true),
            ("a", 1, 9, false),
            ("a", 1, 20, false),
            ("a", 2, 10, false),
            ("b", 1, 10, false),
        ] {
            assert_eq!(
                cache.get(token.as_bytes(), generation, now).is_some(),
                is_known,
                "{token} at {now}"
            );
        }
    }

    #[test]
    fn it_holds_no_more_than_it_may() {
        let cache = Cache::new(16);
        for token in 0..1000 {
            cache.put(verified(&token.to_string(), 0));
            assert!(cache.get(token.to_string().as_bytes(), 0, 10).is_some());
        }
        let known =
            (0..1000).filter(|token| cache.get(token.to_string().as_bytes(), 0, 10).is_some());
        assert_eq!(known.count(), 16);
        let none = Cache::new(0);
        none.put(verified("a", 0));
        assert!(none.get(b"a", 0, 10).is_none());
    }
}
