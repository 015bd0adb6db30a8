//! What the cache holds for a path of a mount: one version of a file, in each coding it was made in.
//! How it is made is told in `load.rs` and `improve.rs`; which of its variants a request gets, in `cached.rs`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use catzilla_content_coding::{Coding, Codings};
use catzilla_file_watcher::Invalidation;
use catzilla_hot_cache::{Held, Weight};
use catzilla_path_security::Metadata;

use crate::asset_key::AssetKey;
use crate::fs::OpenFile;
use crate::notes::{Claim, Looking, Notes};
use crate::respond::{self, Representation};
use crate::sealed::Sealed;

/// One version of a file. Immutable but for its notes: what is different is another asset.
#[derive(Debug)]
pub(crate) struct Asset {
    /// The file as it was when it was read.
    seen: Metadata,
    /// Identity comes first.
    variants: Vec<Variant>,
    /// In which codings there are variants.
    codings: Codings,
    /// In which codings variants may be made.
    makeable: Codings,
    /// Whether there is a variant that was made in a hurry.
    can_improve: bool,
    /// Of the content, if it is in memory.
    digest: Option<u128>,
    invalidation: Invalidation,
    notes: Notes,
}

/// A version of a file in one coding, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    pub(crate) representation: Representation,
    pub(crate) content: Stored,
    pub(crate) grade: Grade,
    /// The field lines of its 200.
    pub(crate) block: Bytes,
    /// The same as HTTP/2 has them.
    #[cfg(feature = "server")]
    pub(crate) coded: Bytes,
}

/// Where content lies.
#[derive(Debug, Clone)]
pub(crate) enum Stored {
    Memory(Bytes),
    /// So large that copying it for each client would cost more than a descriptor.
    Sealed(Arc<Sealed>),
    /// Too large for memory: an open file, which takes a place among those that may be held open.
    File(Arc<OpenFile>),
}

/// How a variant came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grade {
    /// It is the file, or a file that lies beside it.
    Given,
    /// Made while a client waited.
    Quick,
    /// Made in the background, as small as it gets.
    Best,
}

impl Asset {
    pub(crate) fn new(
        seen: Metadata,
        first: Variant,
        others: Vec<Variant>,
        makeable: Codings,
        digest: Option<u128>,
        invalidation: Invalidation,
        looked: Duration,
    ) -> Self {
        let mut variants = others;
        variants.insert(0, first);
        Self {
            seen,
            codings: codings_of(&variants),
            can_improve: can_improve(&variants),
            variants,
            makeable,
            digest,
            invalidation,
            notes: Notes::new(looked),
        }
    }

    /// The same version with these variants beside or instead of those it has.
    pub(crate) fn with(&self, made: &[Variant]) -> Self {
        let mut variants = self.variants.clone();
        for variant in made {
            match self.find(variant.representation.coding) {
                Some(place) => variants[place] = variant.clone(),
                None => variants.push(variant.clone()),
            }
        }
        if made.iter().any(|variant| variant.grade == Grade::Quick) {
            // There is something new to improve.
            self.unclaim(Claim::Improve);
        }
        Self {
            seen: self.seen,
            codings: codings_of(&variants),
            can_improve: can_improve(&variants),
            variants,
            makeable: self.makeable,
            digest: self.digest,
            invalidation: self.invalidation,
            notes: self.notes.of_same_version(),
        }
    }

    /// The file itself, as it is.
    pub(crate) fn identity(&self) -> &Variant {
        &self.variants[0]
    }

    pub(crate) fn variants(&self) -> &[Variant] {
        &self.variants
    }

    /// The place of the variant in this coding.
    pub(crate) fn find(&self, coding: Coding) -> Option<usize> {
        self.variants.iter().position(|variant| variant.representation.coding == coding)
    }

    /// In which codings there are variants, or could be: identity at least.
    pub(crate) fn codings(&self) -> Codings {
        self.codings.union(self.makeable)
    }

    /// Whether its tag is of its content: it hasn't just changed, and was read.
    pub(crate) fn is_named_by_content(&self) -> bool {
        self.digest.is_some()
    }

    /// The file as it was when it was read.
    pub(crate) fn seen(&self) -> &Metadata {
        &self.seen
    }

    /// Whether both were made of the same version of the same file.
    pub(crate) fn is_of_same_version(&self, other: &Self) -> bool {
        self.seen == other.seen
    }

    /// Begins to look at the file, if that has to be done before the asset is used, and by the caller.
    pub(crate) fn begin_look(&self, now: Duration) -> Option<Looking> {
        self.notes.begin_look(self.invalidation, now)
    }

    /// Whether each who asks for it has to look at the file before.
    pub(crate) fn is_looked_at_by_each(&self) -> bool {
        self.invalidation.interval() == Some(Duration::ZERO)
    }

    /// The file was found unchanged by a look that began then.
    pub(crate) fn looked(&self, began: Duration) {
        self.notes.looked(began);
    }

    /// The work wasn't done after all: another may.
    pub(crate) fn unclaim(&self, claim: Claim) {
        self.notes.unclaim(claim);
    }

    /// Whether there is a variant that was made in a hurry.
    pub(crate) fn can_improve(&self) -> bool {
        self.can_improve
    }

    /// The digest of the content, if that is in memory.
    pub(crate) fn digest(&self) -> Option<u128> {
        self.digest
    }

    /// The variants that were made, and are in memory.
    pub(crate) fn made(&self) -> impl Iterator<Item = (&Variant, &Bytes)> {
        self.variants.iter().filter(|variant| variant.grade != Grade::Given).filter_map(|variant| {
            let Stored::Memory(bytes) = &variant.content else { return None };
            Some((variant, bytes))
        })
    }

    /// What it weighs in the cache.
    pub(crate) fn weight(&self, key: &AssetKey) -> Weight {
        let content = |variant: &Variant| match &variant.content {
            Stored::Memory(bytes) => bytes.len() as u64,
            Stored::Sealed(sealed) => sealed.len(),
            Stored::File(..) => 0,
        };
        let overhead = |variant: &Variant| {
            (variant.lines() + variant.representation.path.len() + size_of::<Variant>()) as u64
        };
        Weight {
            content: content(self.identity()),
            variants: self.variants[1..].iter().map(content).sum(),
            overhead: key.path.len() as u64 + self.variants.iter().map(overhead).sum::<u64>(),
        }
    }
}

fn can_improve(variants: &[Variant]) -> bool {
    variants.iter().any(|variant| variant.grade == Grade::Quick)
}

fn codings_of(variants: &[Variant]) -> Codings {
    variants.iter().map(|variant| variant.representation.coding).collect()
}

/// The right to do a work on an asset. Whoever drops it without having settled it leaves the work to another: a job
/// that is cancelled, panics or finds no room.
#[derive(Debug)]
pub(crate) struct Claimed {
    asset: Held<Asset>,
    claim: Claim,
    is_settled: bool,
}

impl Claimed {
    /// `None` if it is another's work, or settled.
    pub(crate) fn new(asset: &Held<Asset>, claim: Claim) -> Option<Self> {
        asset.notes.claim(claim).then(|| Self { asset: asset.clone(), claim, is_settled: false })
    }

    pub(crate) fn asset(&self) -> &Held<Asset> {
        &self.asset
    }

    /// The work was done, or isn't worth it: nobody need try again.
    pub(crate) fn settle(&mut self) {
        self.is_settled = true;
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if !self.is_settled {
            self.asset.unclaim(self.claim);
        }
    }
}

impl Variant {
    pub(crate) fn new(representation: Representation, content: Stored, grade: Grade) -> Self {
        let block = Bytes::from(respond::block(&representation));
        Self {
            representation,
            content,
            grade,
            #[cfg(feature = "server")]
            coded: crate::http2::coded(&block),
            block,
        }
    }

    /// Bytes of its field lines, in whichever form they are held.
    fn lines(&self) -> usize {
        #[cfg(feature = "server")]
        let coded = self.coded.len();
        #[cfg(not(feature = "server"))]
        let coded = 0;
        self.block.len() + coded
    }
}
