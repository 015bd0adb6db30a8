//! From the field lines of a block to a request that passes the gate, or to trailers (RFC 9113 section 8).
//!
//! What this section calls malformed ends the stream; what is well-formed is written down as HTTP/1.1 has it and judged as
//! if it had come like that, so that there is one opinion about targets, hosts and sizes.

use std::ops::Range;

use ::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::headers::{is_of_the_connection, is_token_byte};
use crate::http::Head;
use crate::http1::Refusal;
use crate::limits::{Limits, MAX_FIELDS};

/// A buffer that has grown beyond this, in bytes, is not kept for the next request.
const MAX_KEPT: usize = 1024;

/// The block breaks a rule of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// A request whose block has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) is_head: bool,
    /// By the gate.
    pub(super) refused: Option<Refusal>,
    pub(super) content_length: Option<u64>,
}

/// The fields of a request, as they come. Reused, so that the next request allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pseudo: Pseudo,
    /// Whether the request line has been written, because a field has come that isn't a pseudo field.
    has_begun: bool,
    count: usize,
    is_malformed: bool,
    refused: Option<Refusal>,
    content_length: Option<u64>,
}

/// The pseudo fields (section 8.3.1), as places in their bytes.
#[derive(Debug, Default)]
struct Pseudo {
    bytes: Vec<u8>,
    method: Option<Range<usize>>,
    scheme: Option<Range<usize>>,
    authority: Option<Range<usize>>,
    path: Option<Range<usize>>,
}

impl Fields {
    /// Begins anew.
    pub(super) fn clear(&mut self) {
        let Self { pseudo, has_begun, count, is_malformed, refused, content_length } = self;
        if pseudo.bytes.capacity() > MAX_KEPT {
            pseudo.bytes = Vec::new();
        }
        pseudo.bytes.clear();
        pseudo.method = None;
        pseudo.scheme = None;
        pseudo.authority = None;
        pseudo.path = None;
        (*has_begun, *count, *is_malformed) = (false, 0, false);
        (*refused, *content_length) = (None, None);
    }

    /// One more of them.
    pub(super) fn add(&mut self, name: &[u8], value: &[u8], head: &mut Head, limits: &Limits) {
        // However often a long one comes from the table, what is refused is looked at no more.
        if self.is_malformed || self.refused.is_some() {
            return;
        }
        let added = match name {
            [b':', ..] => self.pseudo(name, value, limits),
            _ => self.regular(name, value, head, limits),
        };
        self.is_malformed = added.is_err();
    }

    fn pseudo(&mut self, name: &[u8], value: &[u8], limits: &Limits) -> Result<(), Malformed> {
        // The gate needs no more of a target than that it is too long; nothing else has this length.
        let most = limits.max_target_bytes.saturating_add(1);
        let kept = &value[..value.len().min(most)];
        if self.has_begun || !is_value(kept) || (kept.len() < value.len() && name != b":path") {
            return Err(Malformed);
        }
        let Pseudo { bytes, method, scheme, authority, path } = &mut self.pseudo;
        let place = match name {
            b":method" => method,
            b":scheme" => scheme,
            b":authority" => authority,
            b":path" => path,
            _ => return Err(Malformed),
        };
        let begin = bytes.len();
        bytes.extend_from_slice(kept);
        match place.replace(begin..bytes.len()) {
            None => Ok(()),
            Some(_) => Err(Malformed),
        }
    }

    fn regular(
        &mut self,
        name: &[u8],
        value: &[u8],
        head: &mut Head,
        limits: &Limits,
    ) -> Result<(), Malformed> {
        self.begin(head, limits)?;
        if self.refused.is_some() {
            return Ok(());
        }
        judge(name, value)?;
        match name {
            b"content-length" => {
                let length = decimal(value).ok_or(Malformed)?;
                if self.content_length.replace(length).is_some() {
                    return Err(Malformed);
                }
            }
            // Said twice (section 8.3.1).
            b"host" if self.pseudo.get(self.pseudo.authority.as_ref()) == Some(value) => {
                return Ok(());
            }
            _ => {}
        }
        self.count += 1;
        let pushed = if self.count > limits.max_fields.min(MAX_FIELDS) {
            Err(Refusal::TooManyFields)
        } else {
            head.push(name, value, limits)
        };
        self.refused = self.refused.or(pushed.err());
        Ok(())
    }

    /// Writes the request line, and `Host`, once.
    fn begin(&mut self, head: &mut Head, limits: &Limits) -> Result<(), Malformed> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Ok(());
        }
        let pseudo = &self.pseudo;
        let method = pseudo
            .get(pseudo.method.as_ref())
            .filter(|method| is_token(method))
            .ok_or(Malformed)?;
        let (scheme, authority) =
            (pseudo.get(pseudo.scheme.as_ref()), pseudo.get(pseudo.authority.as_ref()));
        let path = pseudo.get(pseudo.path.as_ref());
        // Section 8.5: CONNECT has an authority and nothing else.
        let target = match (method, scheme, authority, path) {
            (b"CONNECT", None, Some(authority), None) => authority,
            // An http URI has a host (RFC 9110 section 4.2.1).
            (b"CONNECT", ..) | (_, _, Some(b""), _) => return Err(Malformed),
            (_, Some(scheme), _, Some(path)) if is_scheme(scheme) && is_path(method, path) => path,
            _ => return Err(Malformed),
        };
        let begun = head
            .begin(method, |bytes| bytes.extend_from_slice(target), "HTTP/1.1", limits)
            .and_then(|()| authority.map_or(Ok(()), |host| head.push(b"host", host, limits)));
        self.count += usize::from(authority.is_some());
        self.refused = begun.err();
        Ok(())
    }

    /// That were all of them.
    ///
    /// # Errors
    /// The request is malformed.
    pub(super) fn end(
        &mut self,
        has_body: bool,
        head: &mut Head,
        limits: &Limits,
    ) -> Result<Judged, Malformed> {
        if self.is_malformed {
            return Err(Malformed);
        }
        self.begin(head, limits)?;
        // Section 8.1.1.
        if !has_body && self.content_length.is_some_and(|length| length > 0) {
            return Err(Malformed);
        }
        if self.refused.is_none() {
            self.refused = head.end(has_body).err();
        }
        let is_head = self.pseudo.get(self.pseudo.method.as_ref()) == Some(b"HEAD");
        Ok(Judged { is_head, refused: self.refused, content_length: self.content_length })
    }
}

impl Pseudo {
    fn get(&self, place: Option<&Range<usize>>) -> Option<&[u8]> {
        Some(&self.bytes[place?.clone()])
    }
}

/// The fields behind the content, as they come (section 8.1).
#[derive(Debug)]
pub(super) struct Trailers {
    fields: HeaderMap,
    bytes: usize,
    is_malformed: bool,
}

impl Trailers {
    pub(super) fn new() -> Self {
        Self { fields: HeaderMap::new(), bytes: 0, is_malformed: false }
    }

    /// One more of them.
    pub(super) fn add(&mut self, name: &[u8], value: &[u8], limits: &Limits) {
        if self.is_malformed {
            return;
        }
        self.bytes = self.bytes.saturating_add(name.len() + value.len() + ": \r\n".len());
        let fits = self.bytes <= limits.max_head_bytes && self.fields.len() < limits.max_fields;
        if !fits || judge(name, value).is_err() {
            self.is_malformed = true;
        } else if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            self.fields.append(name, value);
        } else {
            self.is_malformed = true;
        }
    }

    /// That were all of them.
    ///
    /// # Errors
    /// They are malformed, or more than a head may have.
    pub(super) fn end(self) -> Result<HeaderMap, Malformed> {
        if self.is_malformed { Err(Malformed) } else { Ok(self.fields) }
    }
}

/// Whether a field may travel over HTTP/2 at all.
fn judge(name: &[u8], value: &[u8]) -> Result<(), Malformed> {
    let is_trailers = name == b"te" && value.eq_ignore_ascii_case(b"trailers");
    let is_foreign = is_of_the_connection(name) && !is_trailers;
    if is_foreign || !is_name(name) || !is_value(value) { Err(Malformed) } else { Ok(()) }
}

/// RFC 9110 section 5.6.2.
fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| is_token_byte(byte))
}

/// A token in lower case (section 8.2).
fn is_name(name: &[u8]) -> bool {
    is_token(name) && !name.iter().any(u8::is_ascii_uppercase)
}

/// What section 8.2.1 asks for, and RFC 9110 section 5.5: no control characters, and no white space around it.
fn is_value(value: &[u8]) -> bool {
    let is_space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    !is_space(value.first())
        && !is_space(value.last())
        && value.iter().all(|&byte| byte >= b' ' && byte != 0x7f || byte == b'\t')
}

/// RFC 3986 section 3.1.
fn is_scheme(scheme: &[u8]) -> bool {
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
}

/// A path, or the asterisk of OPTIONS. An absolute target in its place would be a second authority.
fn is_path(method: &[u8], path: &[u8]) -> bool {
    path.first() == Some(&b'/') || (method == b"OPTIONS" && path == b"*")
}

/// Digits and nothing else.
fn decimal(text: &[u8]) -> Option<u64> {
    let is_decimal = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    str::from_utf8(text).ok().filter(|_| is_decimal)?.parse().ok()
}

#[cfg(test)]
mod tests;
