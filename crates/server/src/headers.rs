//! Response fields that an operator adds, checked once when they are given.
//! Fields that the server decides by itself can't be set here: two opinions about framing are a hole.

use std::borrow::Cow;
use std::fmt;

use catzilla_content_coding::vary;

/// Fields whose value belongs to the server. All of them stand once in a message (RFC 9110 section 5.3), or not at all.
const RESERVED: &[&str] = &[
    "allow",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "location",
    "retry-after",
    "trailer",
    "etag",
    "last-modified",
    "accept-ranges",
];

/// Fields that replace what the server would send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ResponseHeaders {
    /// Field lines ready for the wire.
    block: Vec<u8>,
    names: Vec<String>,
    /// What answers vary by, beside what the server has them vary by.
    vary: Vec<u8>,
}

impl ResponseHeaders {
    pub(crate) fn add(&mut self, name: &str, value: &str) -> Result<(), HeaderError> {
        let fail = |rule| HeaderError { name: name.to_owned(), rule };
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(fail("the name is not a token of letters, digits and dashes"));
        }
        let lower = name.to_ascii_lowercase();
        if RESERVED.contains(&&*lower) || is_of_the_connection(lower.as_bytes()) {
            return Err(fail("the server decides this field by itself"));
        }
        let value = value.trim();
        if !is_field_value(value) {
            return Err(fail("the value holds a control character"));
        }
        if lower == "vary" {
            self.vary = vary::merge(&self.vary, value.as_bytes()).into_owned();
            return Ok(());
        }
        self.block.extend_from_slice(lower.as_bytes());
        self.block.extend_from_slice(b": ");
        self.block.extend_from_slice(value.as_bytes());
        self.block.extend_from_slice(b"\r\n");
        self.names.push(lower);
        Ok(())
    }

    /// The `Vary` of an answer that the server has vary by `added`; empty for none.
    pub(crate) fn vary<'a>(&'a self, added: &'a [u8]) -> Cow<'a, [u8]> {
        vary::merge(&self.vary, added)
    }

    /// The field lines, each ended by CRLF, but for `Vary`.
    pub(crate) fn block(&self) -> &[u8] {
        &self.block
    }

    /// Whether the operator gave this field (lower case), so that the server's own default stays out.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|given| given == name)
    }
}

/// RFC 9110 section 5.6.2.
/// Whether a field is about one connection of HTTP/1.1 (RFC 9110 section 7.6.1): nothing for an operator to set, and no
/// field of HTTP/2 (RFC 9113 section 8.2.2, but for a `TE` of requests).
pub(crate) fn is_of_the_connection(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 6] = [
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"transfer-encoding",
        b"upgrade",
    ];
    NAMES.iter().any(|it| name.eq_ignore_ascii_case(it))
}

pub(crate) fn is_token_byte(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

const TOKEN: [bool; 256] = alphanumeric_and(b"!#$%&'*+-.^_`|~");

/// A table of the letters and digits of ASCII and these others: a look into it costs less than comparing.
pub(crate) const fn alphanumeric_and(others: &[u8]) -> [bool; 256] {
    let mut valid = [false; 256];
    let mut byte = 0;
    while byte < 0x80_u8 {
        valid[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let mut at = 0;
    while at < others.len() {
        valid[others[at] as usize] = true;
        at += 1;
    }
    valid
}

/// RFC 9110 section 5.5: visible characters, spaces, tabs and bytes beyond ASCII.
pub(crate) fn is_field_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

/// A response field that can't be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderError {
    name: String,
    rule: &'static str,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "response field {:?}: {}", self.name, self.rule)
    }
}

impl std::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, ok: bool) {
        assert_eq!(ResponseHeaders::default().add(name, value).is_ok(), ok, "{name}: {value}");
    }

    #[test]
    fn fields_are_checked_when_they_are_given() {
        check("X-Frame-Options", "DENY", true);
        check("cache-control", "max-age=60", true);
        check("x", "", true);
        check("", "x", false);
        check("a b", "x", false);
        check("a:", "x", false);
        check("x", "a\r\nset-cookie: b", false);
        check("x", "a\0", false);
        check("Content-Length", "5", false);
        check("Transfer-Encoding", "chunked", false);
        check("ETag", "\"x\"", false);
        check("Content-Type", "text/plain", false);
        check("Allow", "GET", false);
        check("Retry-After", "9", false);
    }

    #[test]
    fn vary_is_one_list() {
        let mut headers = ResponseHeaders::default();
        assert_eq!((&*headers.vary(b""), &*headers.vary(b"accept")), (&b""[..], &b"accept"[..]));
        headers.add("Vary", "Origin").unwrap();
        headers.add("vary", "Cookie, origin").unwrap();
        assert_eq!(headers.vary(b""), &b"Origin, Cookie"[..]);
        assert_eq!(headers.vary(b"cookie, accept"), &b"Origin, Cookie, accept"[..]);
        assert!(headers.block().is_empty());
        headers.add("Vary", "*").unwrap();
        assert_eq!(headers.vary(b"accept"), &b"*"[..]);
    }
}
