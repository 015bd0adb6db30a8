//! How long the body is, and whether the connection lives on: what smuggling attacks, so anything unclear is
//! refused (RFC 9112 section 6).

use super::fields::{Fields, Known, is_token_byte, items};
use super::head::slice;
use super::refusal::Refusal;

/// What the head says about what follows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Framing {
    pub(super) body: BodyLength,
    /// Whether the client would send another request on this connection (section 9.3).
    pub(super) persistent: bool,
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 section 10.1.1).
    pub(super) expects_continue: bool,
}

/// The length of a body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum BodyLength {
    #[default]
    None,
    Known(u64),
    Chunked,
}

impl Framing {
    pub(super) fn has_body(&self) -> bool {
        self.body != BodyLength::None
    }
}

/// Judges the fields that frame a message.
pub(super) fn judge(fields: &Fields, head: &[u8], minor: u8) -> Result<Framing, Refusal> {
    let body = body_length(fields, head, minor)?;
    let has_body = body != BodyLength::None;
    Ok(Framing {
        body,
        persistent: is_persistent(fields, head, minor),
        expects_continue: expects_continue(fields, head, minor)? && has_body,
    })
}

fn body_length(fields: &Fields, head: &[u8], minor: u8) -> Result<BodyLength, Refusal> {
    let mut lengths = fields.values(Known::ContentLength);
    let length = lengths.next();
    if fields.has(Known::TransferEncoding) {
        // Section 6.1: a server may refuse both together, and HTTP/1.0 has no transfer codings.
        if length.is_some() || minor == 0 {
            return Err(Refusal::Framing);
        }
        transfer_coding(fields, head)?;
        return Ok(BodyLength::Chunked);
    }
    let Some(length) = length else { return Ok(BodyLength::None) };
    // Two of them, even equal ones, come from a chain of senders that don't agree on something.
    if lengths.next().is_some() {
        return Err(Refusal::ContentLength);
    }
    match decimal(slice(head, &length)).ok_or(Refusal::ContentLength)? {
        0 => Ok(BodyLength::None),
        length => Ok(BodyLength::Known(length)),
    }
}

/// Digits and nothing else: no sign, no list, no white space.
fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(text).ok()?.parse().ok()
}

/// `chunked` once and alone is what can be served.
fn transfer_coding(fields: &Fields, head: &[u8]) -> Result<(), Refusal> {
    let values = || fields.values(Known::TransferEncoding).map(|place| slice(head, &place));
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let count = items(values()).count();
    let valid = |coding: &[u8]| {
        let name =
            coding.split(|&byte| matches!(byte, b';' | b' ' | b'\t')).next().unwrap_or_default();
        !name.is_empty() && name.iter().all(|&byte| is_token_byte(byte))
    };
    if count == 0 || !items(values()).all(valid) {
        return Err(Refusal::TransferCoding);
    }
    let chunked = items(values()).filter(|coding| is_chunked(coding)).count();
    let last_is_chunked = items(values()).last().is_some_and(is_chunked);
    match (count, chunked, last_is_chunked) {
        (1, 1, true) if values().count() == 1 => Ok(()),
        // Others before it, or none of it: codings that this server doesn't have.
        (_, 1, true) | (_, 0, _) if count > chunked => Err(Refusal::UnsupportedTransferCoding),
        // Twice, or not at the end: nobody can tell where the body ends.
        _ => Err(Refusal::TransferCoding),
    }
}

fn expects_continue(fields: &Fields, head: &[u8], minor: u8) -> Result<bool, Refusal> {
    if !fields.has(Known::Expect) || minor == 0 {
        return Ok(false);
    }
    let mut values = items(fields.values(Known::Expect).map(|place| slice(head, &place)));
    if values.all(|value| value.eq_ignore_ascii_case(b"100-continue")) {
        Ok(true)
    } else {
        Err(Refusal::Expectation)
    }
}

fn is_persistent(fields: &Fields, head: &[u8], minor: u8) -> bool {
    if !fields.has(Known::Connection) {
        return minor > 0;
    }
    let options = || items(fields.values(Known::Connection).map(|place| slice(head, &place)));
    let has = |name: &[u8]| options().any(|option| option.eq_ignore_ascii_case(name));
    !has(b"close") && (minor > 0 || has(b"keep-alive"))
}
