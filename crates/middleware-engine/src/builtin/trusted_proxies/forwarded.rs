//! `Forwarded`, read from its end.
//!
//! From the start it couldn't be read safely: a client sends `for="`, the proxy appends `, for=192.0.2.1`, and all of it is
//! one quoted string that never ends. From the end, what a proxy has appended is read before anything of the client.

use std::net::IpAddr;

use super::{node, trim_end_of_list};
use crate::overlay::is_token_byte;

/// The last element (RFC 7239 section 4): pairs with semicolons between them. It names no address when it has no `for`, or
/// two; nor when anything in it is not what the grammar has, and then what is before it can't be told.
pub(super) fn last_element(list: &[u8]) -> Option<(&[u8], Option<IpAddr>)> {
    let mut rest = trim_end_of_list(list);
    if rest.is_empty() {
        return None;
    }
    let mut named = None;
    loop {
        // An element may have empty pairs: `for=192.0.2.1;`.
        if let [before @ .., b';'] = rest {
            rest = trim_end(before);
            continue;
        }
        if rest.is_empty() || rest.ends_with(b",") {
            break;
        }
        let Some((before, name, value)) = last_pair(rest) else { return Some((rest, None)) };
        if name.eq_ignore_ascii_case(b"for") && named.replace(value).is_some() {
            return Some((rest, None));
        }
        rest = trim_end(before);
        if !matches!(rest, [] | [.., b',' | b';']) {
            return Some((rest, None));
        }
    }
    let address = named.and_then(Value::address);
    Some((rest, address))
}

/// The value of a pair, as it was written.
#[derive(Clone, Copy)]
enum Value<'a> {
    Token(&'a [u8]),
    /// What is between the quotes.
    Quoted(&'a [u8]),
}

impl Value<'_> {
    fn address(self) -> Option<IpAddr> {
        match self {
            Self::Token(text) => node::address(text),
            Self::Quoted(text) if !text.contains(&b'\\') => node::address(text),
            // No address needs an escape, but any byte may have one: `"192\.0.2.1"`.
            Self::Quoted(text) => {
                let mut plain = [0; 64];
                let mut len = 0;
                let mut bytes = text.iter();
                while let Some(&byte) = bytes.next() {
                    let byte = if byte == b'\\' { *bytes.next()? } else { byte };
                    *plain.get_mut(len)? = byte;
                    len += 1;
                }
                node::address(&plain[..len])
            }
        }
    }
}

/// The last `name=value`, and what is before it.
fn last_pair(list: &[u8]) -> Option<(&[u8], &[u8], Value<'_>)> {
    let (before, value) = if let [text @ .., b'"'] = list {
        let open = opening_quote(text)?;
        (&text[..open], Value::Quoted(&text[open + 1..]))
    } else {
        let (before, token) = last_token(list)?;
        (before, Value::Token(token))
    };
    let [before @ .., b'='] = before else { return None };
    let (before, name) = last_token(before)?;
    Some((before, name, value))
}

/// Where the quoted string that ends at the end of `text` begins (RFC 9110 section 5.6.4): the last quote that isn't
/// escaped.
fn opening_quote(text: &[u8]) -> Option<usize> {
    let mut end = text.len();
    // The closing quote itself must not be escaped.
    if !backslashes_before(text, end).is_multiple_of(2) {
        return None;
    }
    loop {
        let quote = text[..end].iter().rposition(|&byte| byte == b'"')?;
        if backslashes_before(text, quote).is_multiple_of(2) {
            return Some(quote);
        }
        end = quote;
    }
}

fn backslashes_before(text: &[u8], end: usize) -> usize {
    text[..end].iter().rev().take_while(|&&byte| byte == b'\\').count()
}

fn last_token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = text.iter().rposition(|&byte| !is_token_byte(byte)).map_or(0, |last| last + 1);
    (start < text.len()).then(|| text.split_at(start))
}

fn trim_end(text: &[u8]) -> &[u8] {
    let len = text.iter().rposition(|byte| !matches!(byte, b' ' | b'\t'));
    &text[..len.map_or(0, |last| last + 1)]
}
