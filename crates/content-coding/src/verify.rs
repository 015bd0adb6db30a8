//! Whether encoded bytes are what they are said to be: decoded and compared, a piece at a time.

#[cfg(not(all(feature = "brotli", feature = "gzip", feature = "zstd")))]
mod absent;
#[cfg(feature = "brotli")]
mod brotli;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg_attr(
    not(any(feature = "brotli", feature = "gzip", feature = "zstd")),
    expect(dead_code, reason = "only decoders ask for room")
)]
mod original;
#[cfg(feature = "zstd")]
mod zstd;

#[cfg(not(feature = "brotli"))]
use absent as brotli;
#[cfg(not(feature = "gzip"))]
use absent as gzip;
#[cfg(not(feature = "zstd"))]
use absent as zstd;

use crate::coding::Coding;
use original::Original;

/// What [`verify`] finds.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Verdict {
    /// It decodes to the original, all of it and nothing more.
    Same,
    /// It decodes to something else, as far as it was decoded.
    Different,
    /// It doesn't decode: broken, cut off, with something behind its end, or asking for more
    /// memory than a client has to give.
    Corrupt,
    /// The coding isn't [built](crate::Codings::BUILT), so nothing is known.
    Unknown,
}

impl Verdict {
    /// Whether it decodes to the original.
    pub const fn is_same(self) -> bool {
        matches!(self, Self::Same)
    }
}

/// Whether `encoded` is `original` in this coding: for sidecars that somebody else has made, so
/// that one that is broken, or belongs to another version, is left alone.
///
/// It is decoded as clients decode it: several members of gzip and several frames of zstd are
/// one stream (RFC 1952 section 2.2, RFC 8878 section 3.1), brotli is a single stream. Decoding
/// ends at the first byte that is different, at one byte more than the original has at the
/// latest; `Different` therefore says nothing about what comes behind. Memory is bounded by the
/// window: 32 KiB for gzip, 16 MiB for brotli, 8 MiB for zstd.
pub fn verify(coding: Coding, encoded: &[u8], original: &[u8]) -> Verdict {
    let mut original = Original::new(original);
    let decoded = match coding {
        Coding::Brotli => brotli::decode(encoded, &mut original),
        Coding::Zstd => zstd::decode(encoded, &mut original),
        Coding::Gzip => gzip::decode(encoded, &mut original),
        Coding::Identity => original.compare(encoded),
    };
    match decoded {
        Ok(()) if original.is_complete() => Verdict::Same,
        Ok(()) => Verdict::Different,
        Err(verdict) => verdict,
    }
}
