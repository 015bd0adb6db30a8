//! What is noted down on an asset while it is in use: when its file was looked at, who looks just now, and which work on
//! its variants is done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use catzilla_content_coding::Coding;
use catzilla_file_watcher::Invalidation;

/// So long a look is left to the one who has begun it; twice as long with each that hangs.
const PATIENCE_MS: u64 = 50;

/// Looks of one file that make patience longer: 50 ms after none, 51 s after ten.
const MAX_DOUBLINGS: u32 = 10;

/// The notes on one asset.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// When the file was last found unchanged, in milliseconds of the worker's clock.
    looked_ms: AtomicU64,
    of_version: Arc<OfVersion>,
}

/// Shared by all assets of one version: whoever looks, or gives a work up, may hold one that others have replaced by
/// now.
#[derive(Debug, Default)]
struct OfVersion {
    /// When somebody last began to look.
    looking_ms: AtomicU64,
    /// Looks that have begun and not ended.
    under_way: AtomicU32,
    /// One bit per coding that is being made or isn't worth making, and one for the best of all.
    claims: AtomicU8,
}

/// Work on an asset that is done once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Making a variant in this coding.
    Make(Coding),
    /// Making its variants better.
    Improve,
}

impl Claim {
    fn bit(self) -> u8 {
        match self {
            Self::Make(coding) => 1 << coding as u8,
            Self::Improve => 0x80,
        }
    }
}

/// A look that has begun. It ends when this is dropped, whether anything was seen or not.
#[derive(Debug)]
pub(crate) struct Looking(Arc<OfVersion>);

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Notes {
    /// Of a file that was read by a load that began then.
    pub(crate) fn new(looked: Duration) -> Self {
        Self { looked_ms: AtomicU64::new(looked.as_millis() as u64), ..Self::default() }
    }

    /// For another asset of the same version.
    pub(crate) fn of_same_version(&self) -> Self {
        Self {
            looked_ms: AtomicU64::new(self.looked_ms.load(Ordering::Relaxed)),
            of_version: Arc::clone(&self.of_version),
        }
    }

    /// Begins to look at the file, if it has to be looked at before the asset is used, and by the caller. Of many who
    /// ask at once one gets it, unless each has to look; if that one takes long, another does, for the look may wait for
    /// a disk. If that one takes long too, the next waits twice as long, for then it is the disk.
    pub(crate) fn begin_look(&self, invalidation: Invalidation, now: Duration) -> Option<Looking> {
        let looked = Duration::from_millis(self.looked_ms.load(Ordering::Relaxed));
        if !invalidation.is_due(now, looked) {
            return None;
        }
        let (shared, now) = (&self.of_version, now.as_millis() as u64);
        if invalidation.interval() != Some(Duration::ZERO) {
            let begun = shared.looking_ms.load(Ordering::Relaxed);
            // The first that is under way has the simple time: it is no sign of anything yet.
            let hang = shared.under_way.load(Ordering::Relaxed).saturating_sub(1);
            let patience = PATIENCE_MS << hang.min(MAX_DOUBLINGS);
            let is_ours = begun.saturating_add(patience) <= now
                && shared
                    .looking_ms
                    .compare_exchange(begun, now, Ordering::Relaxed, Ordering::Relaxed)
                    .is_ok();
            if !is_ours {
                return None;
            }
        }
        shared.under_way.fetch_add(1, Ordering::Relaxed);
        Some(Looking(Arc::clone(shared)))
    }

    /// The file was found unchanged by a look that began then.
    pub(crate) fn looked(&self, began: Duration) {
        self.looked_ms.fetch_max(began.as_millis() as u64, Ordering::Relaxed);
    }

    /// Whether this work is the caller's to do: nobody does it, and nobody has given it up.
    pub(crate) fn claim(&self, claim: Claim) -> bool {
        let (claims, bit) = (&self.of_version.claims, claim.bit());
        // Most askers come when it is settled, and needn't write.
        claims.load(Ordering::Relaxed) & bit == 0
            && claims.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }

    /// The work wasn't done after all: another may.
    pub(crate) fn unclaim(&self, claim: Claim) {
        self.of_version.claims.fetch_and(!claim.bit(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAZY: Invalidation = Invalidation::Lazy { interval: Duration::from_secs(1) };

    /// Looks that have begun by the end of so many milliseconds, if one asks in each and none ever ends.
    #[track_caller]
    fn check(millis: u64, begun: &[u64]) {
        let notes = Notes::new(Duration::ZERO);
        let mut hanging = Vec::new();
        let mut at = Vec::new();
        for now in 1_000..1_000 + millis {
            if let Some(looking) = notes.begin_look(LAZY, Duration::from_millis(now)) {
                hanging.push(looking);
                at.push(now - 1_000);
            }
        }
        assert_eq!(at, begun);
    }

    #[test]
    fn whoever_finds_looks_hanging_waits_longer_each_time() {
        check(50, &[0]);
        check(1_000, &[0, 50, 150, 350, 750]);
        check(60_000, &[0, 50, 150, 350, 750, 1_550, 3_150, 6_350, 12_750, 25_550, 51_150]);
    }

    #[test]
    fn patience_has_an_end_and_is_short_again_when_the_disk_answers() {
        let notes = Notes::new(Duration::ZERO);
        let begin = |now| notes.begin_look(LAZY, Duration::from_millis(now));
        let (mut now, mut hanging) = (1_000, Vec::new());
        for _ in 0..100 {
            hanging.push(begin(now).unwrap());
            now += PATIENCE_MS << MAX_DOUBLINGS;
        }
        assert!(begin(now - 1).is_none(), "it doesn't grow beyond that, nor shrink");
        hanging.clear();
        let last = now - (PATIENCE_MS << MAX_DOUBLINGS);
        assert!(begin(last + PATIENCE_MS - 1).is_none() && begin(last + PATIENCE_MS).is_some());
    }

    #[test]
    fn a_look_of_one_asset_is_one_of_all_of_its_version() {
        let notes = Notes::new(Duration::ZERO);
        let other = notes.of_same_version();
        let _looking = notes.begin_look(LAZY, Duration::from_secs(1)).unwrap();
        assert!(other.begin_look(LAZY, Duration::from_secs(1)).is_none());
        assert!(notes.claim(Claim::Improve) && !other.claim(Claim::Improve));
        other.unclaim(Claim::Improve);
        assert!(notes.claim(Claim::Improve));
    }

    #[test]
    fn each_looks_where_each_has_to() {
        let notes = Notes::new(Duration::ZERO);
        let each = Invalidation::Lazy { interval: Duration::ZERO };
        let now = Duration::from_secs(1);
        let (first, second) = (notes.begin_look(each, now), notes.begin_look(each, now));
        assert!(first.is_some() && second.is_some());
    }
}
