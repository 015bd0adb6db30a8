//! Where a body ends: a counted one, and the chunked coding (RFC 9112 section 7.1).

use super::fields::{is_token_byte, judge_trailers};
use super::framing::BodyLength;
use super::refusal::Refusal;
use crate::limits::Limits;

/// A size line with its extensions.
const MAX_SIZE_LINE: usize = 256;

/// Where the reading of a body stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes are left.
    Counted(u64),
    /// A size line is next.
    Size,
    /// So many bytes of a chunk are left.
    Data(u64),
    /// The CRLF after a chunk is next.
    DataEnd,
    /// The trailer section is next.
    Trailer,
}

/// What the next bytes of a body are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// Not enough is here to tell.
    More,
    /// So many bytes of framing.
    Framing(usize),
    /// So many bytes of content.
    Content(usize),
    /// So many bytes of framing, and the body is complete.
    End(usize),
}

impl Body {
    pub(super) fn new(length: BodyLength) -> Option<Self> {
        match length {
            BodyLength::None => None,
            BodyLength::Known(length) => Some(Self::Counted(length)),
            BodyLength::Chunked => Some(Self::Size),
        }
    }

    /// The bytes of content that are known to be still to come.
    pub(super) fn left(&self) -> u64 {
        match self {
            Self::Counted(left) | Self::Data(left) => *left,
            _ => 0,
        }
    }

    /// Takes one step over `bytes`, which are what was received of the body and not taken yet.
    pub(super) fn next(&mut self, bytes: &[u8], limits: &Limits) -> Result<Piece, Refusal> {
        match self {
            Self::Counted(0) => Ok(Piece::End(0)),
            Self::Counted(left) | Self::Data(left) if *left > 0 => {
                let len = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= len as u64;
                Ok(if len == 0 { Piece::More } else { Piece::Content(len) })
            }
            Self::Counted(_) | Self::Data(_) => {
                *self = Self::DataEnd;
                Ok(Piece::Framing(0))
            }
            Self::DataEnd => match bytes {
                [b'\r', b'\n', ..] => {
                    *self = Self::Size;
                    Ok(Piece::Framing(2))
                }
                [] | [b'\r'] => Ok(Piece::More),
                _ => Err(Refusal::Chunk),
            },
            Self::Size => self.size_line(bytes),
            Self::Trailer => trailers(bytes, limits),
        }
    }

    fn size_line(&mut self, bytes: &[u8]) -> Result<Piece, Refusal> {
        let Some(end) = memchr::memchr(b'\n', &bytes[..bytes.len().min(MAX_SIZE_LINE)]) else {
            let begins_well = bytes.first().is_none_or(u8::is_ascii_hexdigit);
            return if bytes.len() < MAX_SIZE_LINE && begins_well {
                Ok(Piece::More)
            } else {
                Err(Refusal::Chunk)
            };
        };
        let line = bytes[..end].strip_suffix(b"\r").ok_or(Refusal::Chunk)?;
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        // More digits than these may be zeros, but nobody needs them.
        if digits == 0 || digits > 16 || !is_extension(&line[digits..]) {
            return Err(Refusal::Chunk);
        }
        let size = str::from_utf8(&line[..digits])
            .ok()
            .and_then(|text| u64::from_str_radix(text, 16).ok());
        *self = match size.ok_or(Refusal::Chunk)? {
            0 => Self::Trailer,
            size => Self::Data(size),
        };
        Ok(Piece::Framing(end + 1))
    }
}

/// Nothing, or `;` with a name and whatever follows; nobody here looks at extensions
/// (section 7.1.1).
fn is_extension(text: &[u8]) -> bool {
    match super::fields::trim(text) {
        // White space belongs to an extension, not to a size.
        [] => text.is_empty(),
        [b';', rest @ ..] => {
            super::fields::trim(rest).first().is_some_and(|&byte| is_token_byte(byte))
                && rest.iter().all(|&byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
        }
        _ => false,
    }
}

/// The trailer section up to its empty line; its fields are judged and dropped (section 7.1.2).
fn trailers(bytes: &[u8], limits: &Limits) -> Result<Piece, Refusal> {
    // Nearly always there are none.
    if bytes.starts_with(b"\r\n") {
        return Ok(Piece::End(2));
    }
    let mut begin = 0;
    for (lines, end) in memchr::memchr_iter(b'\n', bytes).enumerate() {
        let is_too_much = end > limits.max_head_bytes || lines > limits.max_fields;
        if is_too_much || end == begin || bytes[end - 1] != b'\r' {
            return Err(Refusal::Trailer);
        }
        if end == begin + 1 {
            judge_trailers(&bytes[..=end], limits.max_fields)?;
            return Ok(Piece::End(end + 1));
        }
        begin = end + 1;
    }
    if bytes.len() > limits.max_head_bytes { Err(Refusal::Trailer) } else { Ok(Piece::More) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a body to its end: its content, and how many bytes it took.
    fn read(mut body: Body, bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Refusal> {
        let (mut content, mut at) = (Vec::new(), 0);
        loop {
            match body.next(&bytes[at..], &Limits::default())? {
                Piece::More => return Ok(None),
                Piece::Framing(len) => at += len,
                Piece::Content(len) => {
                    content.extend_from_slice(&bytes[at..at + len]);
                    at += len;
                }
                Piece::End(len) => return Ok(Some((content, at + len))),
            }
        }
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<&str, Refusal>) {
        let all = bytes.len();
        let with_next = [bytes, b"GET / HTTP/1.1"].concat();
        let expected = expected.map(|content| Some((content.as_bytes().to_vec(), all)));
        assert_eq!(read(Body::Size, &with_next), expected, "{:?}", String::from_utf8_lossy(bytes));
        if expected.is_ok() {
            for len in 0..all {
                assert_eq!(read(Body::Size, &bytes[..len]), Ok(None), "the first {len} bytes");
            }
        }
    }

    #[test]
    fn rfc9112_7_1_chunked() {
        check(b"0\r\n\r\n", Ok(""));
        check(b"5\r\nhello\r\n0\r\n\r\n", Ok("hello"));
        check(b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", Ok("hello!"));
        check(b"A\r\n0123456789\r\n000\r\n\r\n", Ok("0123456789"));
        check(b"1;name\r\na\r\n0;last=\"x y\"\r\n\r\n", Ok("a"));
        check(b"1 ; a=b;c\r\na\r\n0\r\n\r\n", Ok("a"));
        check(b"0\r\nTrailer: yes\r\nAnother: one\r\n\r\n", Ok(""));
        check(b"2\r\n\r\n\r\n0\r\n\r\n", Ok("\r\n"));
    }

    #[test]
    fn what_is_not_a_chunk() {
        for bytes in [
            &b"\r\n"[..],
            b"x\r\n",
            b"-1\r\n",
            b"+1\r\na\r\n",
            b"0x1\r\n",
            b" 1\r\n",
            b"1 \r\n",
            b"1 \x0b\r\n",
            b"1,\r\n",
            b"1\na\r\n0\r\n\r\n",
            b"1\r\nab\r\n",
            b"1\r\na\n0\r\n\r\n",
            b"1\r\na0\r\n",
            b"1;\r\na\r\n",
            b"1; =x\r\n",
            b"1;a\x00\r\n",
            b"ffffffffffffffff0\r\n",
            b"00000000000000001\r\n",
            b"1\r\r\n",
        ] {
            check(bytes, Err(Refusal::Chunk));
        }
        for bytes in [
            &b"0\r\nno colon\r\n\r\n"[..],
            b"0\r\nA: b\n\r\n",
            b"0\r\n\n",
            b"0\r\nA : b\r\n\r\n",
            b"0\r\nA: b\r\n c\r\n\r\n",
        ] {
            check(bytes, Err(Refusal::Trailer));
        }
        let long = [b"1;", &[b'a'; 300][..]].concat();
        assert_eq!(read(Body::Size, &long), Err(Refusal::Chunk), "a size line without end");
        let field = b"a: b\r\n";
        let many = |count| [b"0\r\n", &field.repeat(count)[..], b"\r\n"].concat();
        check(&many(100), Ok(""));
        check(&many(101), Err(Refusal::Trailer));
        let begun = [b"0\r\n", &field.repeat(102)[..]].concat();
        assert_eq!(read(Body::Size, &begun), Err(Refusal::Trailer), "too many, known early");
        let endless = [b"0\r\n", &b"a: b\r\n".repeat(10_000)[..]].concat();
        assert_eq!(read(Body::Size, &endless), Err(Refusal::Trailer), "trailers without end");
        assert_eq!(
            read(Body::Size, b"ffffffffffffffff\r\nab"),
            Ok(None),
            "the largest size is no overflow"
        );
    }

    #[test]
    fn a_counted_body_ends_where_it_says() {
        assert_eq!(read(Body::Counted(3), b"abcdef"), Ok(Some((b"abc".to_vec(), 3))));
        assert_eq!(read(Body::Counted(3), b"ab"), Ok(None));
    }
}
