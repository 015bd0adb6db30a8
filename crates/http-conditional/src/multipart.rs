//! `multipart/byteranges`, RFC 9110 section 14.6: an answer in several parts, laid out before a
//! byte of it is sent.
//!
//! ```
//! use catzilla_http_conditional::multipart::{Boundary, Layout, Part};
//! use catzilla_http_conditional::{Method, Outcome, RangeLimits, Validators, decide};
//! use std::time::SystemTime;
//!
//! let file = vec![b'x'; 10_000];
//! let len = file.len() as u64;
//! let request = [("Range", "bytes=0-99, -100")];
//! let now = SystemTime::now();
//! let outcome =
//!     decide(Method::Get, &request, &Validators::none(), len, now, &RangeLimits::default());
//! let Outcome::Ranges(ranges) = outcome else { panic!() };
//!
//! let boundary = Boundary::from_bits(0x5eed); // random in earnest
//! let layout = Layout::new(&ranges, "text/plain", len, &boundary);
//! let content_length = layout.total_len();
//!
//! let mut body = Vec::new();
//! for part in layout.parts() {
//!     match part {
//!         Part::Head(bytes) | Part::Tail(bytes) => body.extend(bytes),
//!         Part::Content(range) => {
//!             body.extend(&file[range.start() as usize..range.end() as usize]);
//!         }
//!     }
//! }
//! assert_eq!(body.len() as u64, content_length);
//! ```

mod boundary;

use std::iter;

pub use boundary::{Boundary, InvalidBoundary};

use crate::content_range::ContentRange;
use crate::range::{ByteRange, ByteRanges};

const CONTENT_TYPE: &str = "Content-Type: ";
const CONTENT_RANGE: &str = "Content-Range: ";

/// The layout of a `multipart/byteranges` body.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    ranges: &'a [ByteRange],
    content_type: &'a [u8],
    complete_length: u64,
    boundary: &'a Boundary,
}

/// A piece of the body. They come in the order in which they are sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Part {
    /// Delimiter and fields in front of a part.
    Head(Vec<u8>),
    /// Bytes of the representation.
    Content(ByteRange),
    /// The closing delimiter.
    Tail(Vec<u8>),
}

impl<'a> Layout<'a> {
    /// Lays out `ranges` of a representation of `complete_length` bytes.
    ///
    /// `content_type` is what a 200 would say, a valid field value; it is written as it is, and
    /// left out when empty. `boundary` must not appear in the content.
    pub fn new(
        ranges: &'a ByteRanges,
        content_type: &'a (impl AsRef<[u8]> + ?Sized),
        complete_length: u64,
        boundary: &'a Boundary,
    ) -> Self {
        let content_type = content_type.as_ref();
        Self { ranges: ranges.as_slice(), content_type, complete_length, boundary }
    }

    /// The `Content-Type` of the whole, `multipart/byteranges; boundary=…`.
    pub fn content_type(&self) -> String {
        let quote = if self.boundary.is_token() { "" } else { "\"" };
        format!("multipart/byteranges; boundary={quote}{}{quote}", self.boundary)
    }

    /// The length of the body in bytes, for `Content-Length`: exact (up to what 64 bits hold).
    pub fn total_len(&self) -> u64 {
        let heads_and_contents =
            self.ranges.iter().enumerate().map(|(index, range)| {
                range.len().saturating_add(self.head_len(index, *range) as u64)
            });
        heads_and_contents.fold(self.tail_len() as u64, u64::saturating_add)
    }

    /// The pieces of the body.
    pub fn parts(self) -> impl Iterator<Item = Part> + use<'a> {
        let parts = self.ranges.iter().enumerate().flat_map(move |(index, &range)| {
            [Part::Head(self.head(index, range)), Part::Content(range)]
        });
        parts.chain(iter::once_with(move || Part::Tail(self.tail())))
    }

    fn head(&self, index: usize, range: ByteRange) -> Vec<u8> {
        let mut head = Vec::with_capacity(self.head_len(index, range));
        head.extend_from_slice(delimiter_start(index).as_bytes());
        head.extend_from_slice(self.boundary.as_bytes());
        head.extend_from_slice(b"\r\n");
        if !self.content_type.is_empty() {
            head.extend_from_slice(CONTENT_TYPE.as_bytes());
            head.extend_from_slice(self.content_type);
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(CONTENT_RANGE.as_bytes());
        self.content_range(range).write_to(&mut head);
        head.extend_from_slice(b"\r\n\r\n");
        head
    }

    fn head_len(&self, index: usize, range: ByteRange) -> usize {
        let content_type = match self.content_type.len() {
            0 => 0,
            len => CONTENT_TYPE.len() + len + 2,
        };
        let content_range = CONTENT_RANGE.len() + self.content_range(range).encoded_len() + 4;
        let delimiter = delimiter_start(index).len() + self.boundary.as_bytes().len() + 2;
        delimiter + content_type + content_range
    }

    fn content_range(&self, range: ByteRange) -> ContentRange {
        ContentRange::part(range, self.complete_length)
    }

    fn tail(&self) -> Vec<u8> {
        [b"\r\n--", self.boundary.as_bytes(), b"--\r\n"].concat()
    }

    fn tail_len(&self) -> usize {
        self.boundary.as_bytes().len() + 8
    }
}

/// What a part costs beyond its bytes at the most, with its share of the end: as
/// [`RangeLimits::part_overhead`](crate::RangeLimits::part_overhead) it joins ranges where that is
/// cheaper, and no answer in several parts is as long as the whole.
///
/// The arguments are those of [`Layout::new`]; of the boundary only the length matters.
///
/// ```
/// use catzilla_http_conditional::multipart::{Boundary, part_overhead};
///
/// let boundary = Boundary::from_bits(0);
/// assert_eq!(part_overhead("text/html; charset=utf-8", 10_000, &boundary), 138);
/// ```
pub fn part_overhead(
    content_type: &(impl AsRef<[u8]> + ?Sized),
    complete_length: u64,
    boundary: &Boundary,
) -> u64 {
    let content_type = content_type.as_ref();
    // No range has more digits than the last byte.
    let complete_length = complete_length.max(1);
    let last = ByteRange::new(complete_length - 1, complete_length);
    let last = last.unwrap_or(ByteRange::whole(complete_length));
    let layout = Layout { ranges: &[], content_type, complete_length, boundary };
    // There are two parts at least to share the end.
    (layout.head_len(1, last) + layout.tail_len().div_ceil(2)) as u64
}

/// The line break in front of a delimiter belongs to it (RFC 2046 section 5.1.1); the first has
/// nothing to break off from.
fn delimiter_start(index: usize) -> &'static str {
    if index == 0 { "--" } else { "\r\n--" }
}
