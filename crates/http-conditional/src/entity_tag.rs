//! Entity tags, RFC 9110 section 8.8.3.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// `W/` and two quotes.
const DECORATION: usize = 4;
const CAPACITY: usize = EntityTag::MAX_OPAQUE_LEN + DECORATION;

/// An entity tag: an opaque name for one version of a representation, strong or weak.
///
/// Stored inline as it travels, so a tag is copied, compared and written without allocating.
/// `==` asks whether two values are the same tag; whether two tags *match* is asked with
/// [`strong_eq`](Self::strong_eq) or [`weak_eq`](Self::weak_eq).
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct EntityTag {
    /// Invariant: `bytes[..len]` is an `entity-tag` of the grammar, the rest is zero.
    bytes: [u8; CAPACITY],
    len: u8,
}

impl EntityTag {
    /// The longest opaque part that a value holds, in bytes. Tags of requests may be longer:
    /// they are compared where they lie.
    pub const MAX_OPAQUE_LEN: usize = 59;

    /// A strong tag: bytes of equal tags are equal. `opaque` comes without quotes.
    ///
    /// # Errors
    ///
    /// When `opaque` contains a quote, white space or a control character (RFC 9110 section
    /// 8.8.3, `etagc`), or is longer than [`MAX_OPAQUE_LEN`](Self::MAX_OPAQUE_LEN).
    pub fn strong(opaque: &str) -> Result<Self, InvalidEntityTag> {
        Self::new(false, opaque.as_bytes())
    }

    /// A weak tag: what equal tags name is as good as equal. `opaque` comes without quotes.
    ///
    /// # Errors
    ///
    /// As for [`strong`](Self::strong).
    pub fn weak(opaque: &str) -> Result<Self, InvalidEntityTag> {
        Self::new(true, opaque.as_bytes())
    }

    /// Reads one tag as it travels, `"…"` or `W/"…"`, with nothing around it.
    ///
    /// # Errors
    ///
    /// When `value` is anything else, or longer than a value holds.
    pub fn parse(value: &[u8]) -> Result<Self, InvalidEntityTag> {
        match TagRef::split_from(value) {
            Some((tag, b"")) => Self::new(tag.weak, tag.opaque),
            _ => Err(InvalidEntityTag(())),
        }
    }

    /// The tag of a file that was modified at `modified`, to the nanosecond, and is `len` bytes
    /// long: both in hexadecimal, as in `"17a3c5b09f1e4d20-4d2"`.
    ///
    /// Times before 1970 have a `-` in front. Neither the inode nor the name is part of it, so
    /// copies that keep the time keep the tag.
    pub fn from_metadata(modified: SystemTime, len: u64, weak: bool) -> Self {
        let (sign, since_epoch) = match modified.duration_since(UNIX_EPOCH) {
            Ok(after) => (b"".as_slice(), after),
            Err(before) => (b"-".as_slice(), before.duration()),
        };
        let mut tag = Self::open(weak);
        tag.push_all(sign);
        tag.push_hex(since_epoch.as_nanos());
        tag.push(b'-');
        tag.push_hex(u128::from(len));
        tag.push(b'"');
        tag
    }

    /// The strong tag of content with this digest, in 32 hexadecimal digits: the same wherever the
    /// content is the same, whatever its file is called and however old it is.
    ///
    /// A digest that can be steered makes tags that can be steered: take one that resists
    /// collisions where others write the content.
    pub fn from_digest(digest: u128) -> Self {
        let mut tag = Self::open(false);
        for shift in (0..32).rev().map(|digit| digit * 4) {
            tag.push_hex(digest >> shift & 0xf);
        }
        tag.push(b'"');
        tag
    }

    /// This tag with `suffix` at the end of its opaque part: one representation, one name for
    /// each of its content codings (`"abc"` and `"abc-br"`).
    ///
    /// # Errors
    ///
    /// As for [`strong`](Self::strong).
    pub fn with_suffix(&self, suffix: &str) -> Result<Self, InvalidEntityTag> {
        let (opaque, suffix) = (self.opaque(), suffix.as_bytes());
        if !suffix.iter().copied().all(is_etagc)
            || opaque.len() + suffix.len() > Self::MAX_OPAQUE_LEN
        {
            return Err(InvalidEntityTag(()));
        }
        let mut tag = Self::open(self.is_weak());
        tag.push_all(opaque);
        tag.push_all(suffix);
        tag.push(b'"');
        Ok(tag)
    }

    /// The same opaque part as a weak tag.
    pub fn to_weak(&self) -> Self {
        Self::close(true, self.opaque())
    }

    /// Whether the tag is weak.
    pub fn is_weak(&self) -> bool {
        self.bytes[0] == b'W'
    }

    /// The field value: `"…"` or `W/"…"`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// What stands between the quotes.
    pub fn opaque(&self) -> &[u8] {
        let start = if self.is_weak() { 3 } else { 1 };
        &self.bytes[start..usize::from(self.len) - 1]
    }

    /// Strong comparison: both are strong and their opaque parts are equal (RFC 9110 section
    /// 8.8.3.2).
    pub fn strong_eq(&self, other: &Self) -> bool {
        self.as_ref().strong_eq(other.as_ref())
    }

    /// Weak comparison: their opaque parts are equal (RFC 9110 section 8.8.3.2).
    pub fn weak_eq(&self, other: &Self) -> bool {
        self.as_ref().weak_eq(other.as_ref())
    }

    pub(crate) fn as_ref(&self) -> TagRef<'_> {
        TagRef { weak: self.is_weak(), opaque: self.opaque() }
    }

    fn new(weak: bool, opaque: &[u8]) -> Result<Self, InvalidEntityTag> {
        if opaque.len() > Self::MAX_OPAQUE_LEN || !opaque.iter().copied().all(is_etagc) {
            return Err(InvalidEntityTag(()));
        }
        Ok(Self::close(weak, opaque))
    }

    /// The whole tag, from a part that is known to fit and to be `etagc` throughout.
    fn close(weak: bool, opaque: &[u8]) -> Self {
        let mut tag = Self::open(weak);
        tag.push_all(opaque);
        tag.push(b'"');
        tag
    }

    fn open(weak: bool) -> Self {
        let mut tag = Self { bytes: [0; CAPACITY], len: 0 };
        tag.push_all(if weak { b"W/\"" } else { b"\"" });
        tag
    }

    fn push(&mut self, byte: u8) {
        self.bytes[usize::from(self.len)] = byte;
        self.len += 1;
    }

    fn push_all(&mut self, bytes: &[u8]) {
        let start = usize::from(self.len);
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len() as u8;
    }

    fn push_hex(&mut self, number: u128) {
        let digits = number.checked_ilog2().map_or(1, |highest_bit| highest_bit / 4 + 1);
        for place in (0..digits).rev() {
            self.push(b"0123456789abcdef"[(number >> (4 * place) & 0xf) as usize]);
        }
    }
}

impl fmt::Display for EntityTag {
    /// The field value. Bytes beyond ASCII that aren't UTF-8 show as U+FFFD;
    /// [`as_bytes`](Self::as_bytes) is exact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.as_bytes().utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Not an entity tag, or one that is too long to hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidEntityTag(());

impl fmt::Display for InvalidEntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not an entity tag of at most {} characters without quotes, spaces or controls",
            EntityTag::MAX_OPAQUE_LEN
        )
    }
}

impl std::error::Error for InvalidEntityTag {}

/// A tag of any length, where it lies.
#[derive(Clone, Copy)]
pub(crate) struct TagRef<'a> {
    weak: bool,
    opaque: &'a [u8],
}

impl<'a> TagRef<'a> {
    /// The tag at the front of `value`, and what follows its closing quote.
    ///
    /// `W/` is case-sensitive, and nothing is ever escaped (RFC 9110 section 8.8.3).
    pub(crate) fn split_from(value: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (weak, rest) = match value.strip_prefix(b"W/") {
            Some(rest) => (true, rest),
            None => (false, value),
        };
        let rest = rest.strip_prefix(b"\"")?;
        let end = rest.iter().position(|&byte| !is_etagc(byte))?;
        let (opaque, rest) = rest.split_at(end);
        Some((Self { weak, opaque }, rest.strip_prefix(b"\"")?))
    }

    pub(crate) fn strong_eq(self, other: TagRef<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    pub(crate) fn weak_eq(self, other: TagRef<'_>) -> bool {
        self.opaque == other.opaque
    }
}

/// `etagc = %x21 / %x23-7E / obs-text`
fn is_etagc(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7e | 0x80..)
}
