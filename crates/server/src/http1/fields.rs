//! Field lines: where they are, and which of them the server knows by name.

use std::ops::Range;

use super::head::slice;
use super::head_end::Shape;
use super::refusal::Refusal;
use crate::limits::MAX_FIELDS;

macro_rules! known {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Fields that the server looks at.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Known { $(#[doc = $name] $variant,)* }

        impl Known {
            /// The name in lower case.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The field of this name, in any case.
            pub(crate) fn of(name: &[u8]) -> Option<Self> {
                // The lengths sort nearly all of them out.
                match name.len() {
                    $(len if len == $name.len() && name.eq_ignore_ascii_case($name.as_bytes()) => Some(Self::$variant),)*
                    _ => None,
                }
            }

            const fn bit(self) -> u32 {
                1 << self as u32
            }
        }
    };
}

known! {
    Host = "host",
    Connection = "connection",
    ContentLength = "content-length",
    TransferEncoding = "transfer-encoding",
    Expect = "expect",
    Accept = "accept",
    AcceptEncoding = "accept-encoding",
    IfMatch = "if-match",
    IfNoneMatch = "if-none-match",
    IfModifiedSince = "if-modified-since",
    IfUnmodifiedSince = "if-unmodified-since",
    IfRange = "if-range",
    Range = "range",
}

/// The field lines of a head, as places in its bytes.
#[derive(Debug, Default)]
pub(super) struct Fields {
    lines: Vec<Line>,
    /// Which known fields there are.
    present: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) name: Range<u32>,
    pub(super) value: Range<u32>,
    pub(super) known: Option<Known>,
}

impl Fields {
    /// Parses the field lines of a head.
    pub(super) fn parse(
        &mut self,
        head: &[u8],
        shape: Shape,
        max_fields: usize,
    ) -> Result<(), Refusal> {
        self.clear();
        if shape.fields > max_fields.min(MAX_FIELDS) {
            return Err(Refusal::TooManyFields);
        }
        let begin = shape.first_line;
        // Room is paid for by the line, so that the common request doesn't pay for the longest.
        match shape.fields {
            0..=8 => self.read(head, begin, &mut [httparse::EMPTY_HEADER; 8]),
            9..=24 => self.read(head, begin, &mut [httparse::EMPTY_HEADER; 24]),
            25..=64 => self.read(head, begin, &mut [httparse::EMPTY_HEADER; 64]),
            _ => self.read(head, begin, &mut [httparse::EMPTY_HEADER; MAX_FIELDS]),
        }
    }

    fn read<'h>(
        &mut self,
        head: &'h [u8],
        begin: usize,
        room: &mut [httparse::Header<'h>],
    ) -> Result<(), Refusal> {
        let parsed = parse_lines(&head[begin..], room)?;
        let place = |part: &[u8]| {
            let at = (part.as_ptr() as usize - head.as_ptr() as usize) as u32;
            at..at + part.len() as u32
        };
        for field in parsed {
            self.push(head, place(field.name.as_bytes()), place(field.value));
        }
        Ok(())
    }

    /// Notes a field down.
    pub(super) fn push(&mut self, head: &[u8], name: Range<u32>, value: Range<u32>) {
        let known = Known::of(slice(head, &name));
        if let Some(known) = known {
            self.present |= known.bit();
        }
        self.lines.push(Line { name, value, known });
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn has(&self, known: Known) -> bool {
        self.present & known.bit() != 0
    }

    /// The places of all values of a field, in order.
    pub(super) fn values(&self, known: Known) -> impl Iterator<Item = Range<u32>> + '_ {
        // Nearly always there is none, and no line need be looked at.
        let lines = if self.has(known) { &self.lines[..] } else { &[] };
        lines.iter().filter(move |line| line.known == Some(known)).map(|line| line.value.clone())
    }

    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.present = 0;
    }
}

/// Field lines up to and including the empty line. httparse refuses folding, spaces before the colon,
/// invalid names and control characters; that lines end in CRLF is judged before.
fn parse_lines<'h, 'r>(
    bytes: &'h [u8],
    room: &'r mut [httparse::Header<'h>],
) -> Result<&'r [httparse::Header<'h>], Refusal> {
    match httparse::parse_headers(bytes, room) {
        Ok(httparse::Status::Complete((_, fields))) => Ok(fields),
        Err(httparse::Error::TooManyHeaders) => Err(Refusal::TooManyFields),
        Err(_) if has_folding(bytes) => Err(Refusal::ObsoleteFolding),
        Err(_) | Ok(httparse::Status::Partial) => Err(Refusal::Field),
    }
}

fn has_folding(bytes: &[u8]) -> bool {
    matches!(bytes, [b' ' | b'\t', ..])
        || bytes.windows(3).any(|window| {
            window[0] == b'\r' && window[1] == b'\n' && matches!(window[2], b' ' | b'\t')
        })
}

/// Checks a trailer section, which is thrown away.
pub(super) fn judge_trailers(bytes: &[u8], max_fields: usize) -> Result<(), Refusal> {
    let mut room = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let room = &mut room[..max_fields.min(MAX_FIELDS)];
    match httparse::parse_headers(bytes, room) {
        Ok(httparse::Status::Complete(_)) => Ok(()),
        _ => Err(Refusal::Trailer),
    }
}

pub(super) use crate::headers::is_token_byte;

/// The comma-separated items of list values, without white space around them; empty ones are left out
/// (RFC 9110 section 5.6.1).
pub(super) fn items<'a>(values: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = &'a [u8]> {
    values
        .flat_map(|value| value.split(|&byte| byte == b','))
        .map(trim)
        .filter(|item| !item.is_empty())
}

/// Spaces and tabs around a value are not part of it.
pub(super) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}
