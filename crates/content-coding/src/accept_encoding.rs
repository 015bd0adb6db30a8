//! `Accept-Encoding`, RFC 9110 section 12.5.3: what a client takes, and what it likes best.

mod member;
mod quality;

pub use quality::Quality;

use crate::coding::{Coding, Codings};
use member::{Member, Name};

/// What the `Accept-Encoding` of a request says about each [`Coding`].
///
/// | what arrives | what it means |
/// |---|---|
/// | no field | anything is acceptable; identity is sent |
/// | an empty field, or one that says nothing that we read | identity alone is acceptable |
/// | a coding by its name | its weight, 1 without one |
/// | a coding that isn't named | the weight of `*`; without `*` it is refused |
/// | identity that isn't named | the weight of `*`; without `*` the least of all, as a last resort |
/// | a name twice (`x-gzip` is gzip's other name) | the lowest weight: no refusal is lost |
///
/// Neither the order of the members matters, nor how they are spread over lines.
///
/// A member is `name [ OWS ";" OWS "q=" weight ]` and nothing else. One that is something else
/// (another parameter, `q=2`, `q=0.1234`, blanks around the `=`) is ignored: everything from the
/// comma before it to the comma behind it is as if it weren't there, and the rest of the field
/// counts. Reading takes time linear in the length, and no memory.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AcceptEncoding {
    /// By the rank of the coding.
    qualities: [Quality; 4],
}

impl AcceptEncoding {
    /// Without the field: identity before all others.
    pub const ABSENT: Self =
        Self { qualities: [Quality::LEAST, Quality::LEAST, Quality::LEAST, Quality::ONE] };

    /// Reads the values of all lines of the field; several lines are one list (RFC 9110 section
    /// 5.3).
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut lines = lines.into_iter();
        let Some(first) = lines.next() else { return Self::ABSENT };
        let Some(second) = lines.next() else {
            return Self::by_heart(first).unwrap_or_else(|| {
                let mut said = Said::default();
                said.read(first);
                said.resolve()
            });
        };
        let mut said = Said::default();
        said.read(first);
        said.read(second);
        lines.for_each(|line| said.read(line));
        said.resolve()
    }

    /// What nearly all clients send, known without reading: browsers with TLS and without, curl, and
    /// those that name one coding.
    fn by_heart(line: &[u8]) -> Option<Self> {
        let gzip = Codings::NONE.with(Coding::Gzip);
        let named = match line {
            b"gzip, deflate, br, zstd" | b"deflate, gzip, br, zstd" => {
                gzip.with(Coding::Brotli).with(Coding::Zstd)
            }
            b"gzip, deflate, br" | b"br, gzip, deflate" => gzip.with(Coding::Brotli),
            b"gzip, deflate" | b"deflate, gzip" | b"gzip" => gzip,
            b"br" => Codings::NONE.with(Coding::Brotli),
            b"zstd" => Codings::NONE.with(Coding::Zstd),
            _ => return None,
        };
        let quality = |coding| if named.contains(coding) { Quality::ONE } else { Quality::ZERO };
        let mut qualities = Coding::ALL.map(quality);
        qualities[Coding::Identity.rank()] = Quality::LEAST;
        Some(Self { qualities })
    }

    /// The weight of `coding`; zero means that the client refuses it.
    pub const fn quality(&self, coding: Coding) -> Quality {
        self.qualities[coding.rank()]
    }

    /// The best of the `available` codings: the one of the highest weight, and among equals
    /// brotli, zstd, gzip, identity in this order.
    ///
    /// Identity is always available, and what is sent when nothing is acceptable: a 406 helps
    /// nobody.
    pub fn choose(&self, available: Codings) -> Coding {
        let mut best = (Quality::ZERO, Coding::Identity);
        for coding in Coding::ALL {
            let quality = self.quality(coding);
            let is_there = available.contains(coding) || coding == Coding::Identity;
            if is_there && quality > best.0 {
                best = (quality, coding);
            }
        }
        best.1
    }

    /// The `available` codings that are acceptable, the best first, for a caller who takes the
    /// first that is at hand.
    ///
    /// Identity is always among them, once: where the client refuses it, it comes last. The first
    /// is what [`choose`](Self::choose) says.
    pub fn preferences(&self, available: Codings) -> Preferences {
        Preferences { accepted: *self, left: available.with(Coding::Identity) }
    }
}

/// The iterator of [`AcceptEncoding::preferences`].
#[derive(Clone, Debug)]
pub struct Preferences {
    accepted: AcceptEncoding,
    left: Codings,
}

impl Iterator for Preferences {
    type Item = Coding;

    fn next(&mut self) -> Option<Coding> {
        let mut best = None;
        let mut best_quality = Quality::ZERO;
        for coding in self.left.iter() {
            let quality = self.accepted.quality(coding);
            if quality > best_quality {
                (best, best_quality) = (Some(coding), quality);
            }
        }
        // All that is left is refused: of that only identity is sent.
        let last = || self.left.contains(Coding::Identity).then_some(Coding::Identity);
        let next = best.or_else(last);
        self.left = match next {
            Some(coding) => self.left.without(coding),
            None => Codings::NONE,
        };
        next
    }
}

impl std::iter::FusedIterator for Preferences {}

/// What the members read so far say.
#[derive(Default)]
struct Said {
    named: [Option<Quality>; 4],
    any: Option<Quality>,
}

impl Said {
    fn read(&mut self, line: &[u8]) {
        for Member { name, quality } in line.split(|&byte| byte == b',').filter_map(Member::parse) {
            let said = match name {
                Name::Coding(coding) => &mut self.named[coding.rank()],
                Name::Any => &mut self.any,
            };
            *said = Some(said.map_or(quality, |before| before.min(quality)));
        }
    }

    fn resolve(self) -> AcceptEncoding {
        let unnamed = self.any.unwrap_or(Quality::ZERO);
        let mut qualities = self.named.map(|quality| quality.unwrap_or(unnamed));
        let identity = Coding::Identity.rank();
        if self.named[identity].is_none() && self.any.is_none() {
            qualities[identity] = Quality::LEAST;
        }
        AcceptEncoding { qualities }
    }
}
