//! The token of a request (RFC 6750 section 2.1).

use crate::request::RequestView;

/// What a request says for itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credentials<'r> {
    /// Nothing, or something by another scheme.
    None,
    /// A token that is no JWT in any case, or is too long.
    Malformed,
    /// Two fields: one of them would be read by us and the other by the next.
    Repeated,
    /// Three parts of base64url, none of them empty.
    Token(&'r str),
}

pub(super) fn credentials(request: &dyn RequestView, longest: usize) -> Credentials<'_> {
    let value = match request.single("authorization") {
        Ok(Some(value)) => value,
        Ok(None) => return Credentials::None,
        Err(_) => return Credentials::Repeated,
    };
    let Some((scheme, rest)) = value.split_at_checked(6) else { return Credentials::None };
    if !scheme.eq_ignore_ascii_case(b"bearer") || !matches!(rest, [] | [b' ', ..]) {
        return Credentials::None;
    }
    let token = rest.trim_ascii_start();
    let parts = token.split(|&byte| byte == b'.');
    let is_token = token.len() <= longest
        && parts.clone().count() == 3
        && parts.clone().all(|part| !part.is_empty())
        && token.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    match std::str::from_utf8(token) {
        Ok(token) if is_token => Credentials::Token(token),
        _ => Credentials::Malformed,
    }
}
