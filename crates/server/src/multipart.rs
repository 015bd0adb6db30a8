//! The body of a `multipart/byteranges` answer, assembled from slices of a representation.
//! Its layout and its exact length are computed by `catzilla-http-conditional`.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use catzilla_http_conditional::multipart::{self, Boundary, Layout, Part};
use catzilla_http_conditional::{ByteRange, ByteRanges};

use crate::plan::Piece;

/// A body of several parts.
pub(crate) struct Assembled {
    /// The `Content-Type` of the whole, with its boundary.
    pub(crate) content_type: String,
    /// The exact length of all pieces together.
    pub(crate) len: u64,
    pub(crate) pieces: Vec<Piece>,
}

/// Lays the parts of a representation of `complete_length` bytes out; nothing is read yet.
pub(crate) fn assemble(
    ranges: &ByteRanges,
    content_type: &str,
    complete_length: u64,
    mut slice: impl FnMut(ByteRange) -> Piece,
) -> Assembled {
    let boundary = boundary();
    let layout = Layout::new(ranges, content_type, complete_length, &boundary);
    let (kind, len) = (layout.content_type(), layout.total_len());
    let pieces = layout
        .parts()
        .map(|part| match part {
            Part::Head(bytes) | Part::Tail(bytes) => Piece::Bytes(Bytes::from(bytes)),
            Part::Content(range) => slice(range),
        })
        .collect();
    Assembled { content_type: kind, len, pieces }
}

/// What a part costs beyond its bytes.
pub(crate) fn part_overhead(content_type: &str, complete_length: u64) -> u64 {
    // Every boundary is as long as this one.
    multipart::part_overhead(content_type, complete_length, &Boundary::from_bits(0))
}

/// A delimiter that no content can be made to hold on purpose: keyed by secrets of this process, and never
/// the same twice.
fn boundary() -> Boundary {
    static KEYS: LazyLock<(RandomState, RandomState)> =
        LazyLock::new(|| (RandomState::new(), RandomState::new()));
    static COUNT: AtomicU64 = AtomicU64::new(0);

    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let half = |keys: &RandomState| {
        let mut hasher = keys.build_hasher();
        hasher.write_u64(count);
        hasher.finish()
    };
    Boundary::from_bits(u128::from(half(&KEYS.0)) << 64 | u128::from(half(&KEYS.1)))
}
