//! The token of a request (RFC 6750 section 2.1).

use crate::names;
use crate::request::RequestView;

/// What a request says for itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credentials<'r> {
    /// Nothing, or something by another scheme.
    None,
    /// A token that is too long.
    TooLong,
    /// Two fields: one of them would be read by us and the other by the next.
    Repeated,
    /// What should be a token.
    Token(&'r [u8]),
}

pub(super) fn credentials(request: &dyn RequestView, longest: usize) -> Credentials<'_> {
    let value = match request.single("authorization") {
        Ok(Some(value)) => value,
        Ok(None) => return Credentials::None,
        Err(_) => return Credentials::Repeated,
    };
    let Some((scheme, rest)) = value.split_at_checked(6) else { return Credentials::None };
    if !names::same(scheme, b"bearer") || !matches!(rest, [] | [b' ', ..]) {
        return Credentials::None;
    }
    let token = rest.trim_ascii_start();
    if token.len() > longest { Credentials::TooLong } else { Credentials::Token(token) }
}

/// A token, if it has three parts in letters of base64url, none of them empty (RFC 7515 section 7.1).
pub(super) fn compact(token: &[u8]) -> Option<&str> {
    let mut parts = token.split(|&byte| byte == b'.');
    let is_part = |part: &[u8]| {
        let is_letter = |&byte: &u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !part.is_empty() && part.iter().all(is_letter)
    };
    let is_compact = (0..3).all(|_| parts.next().is_some_and(is_part)) && parts.next().is_none();
    std::str::from_utf8(token).ok().filter(|_| is_compact)
}
