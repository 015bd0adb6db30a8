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

/// Of a head that others have received and framed.
pub(super) fn of_parts(
    fields: &Fields,
    head: &[u8],
    minor: u8,
    has_body: bool,
) -> Result<Framing, Refusal> {
    Ok(Framing {
        // How long, they know.
        body: if has_body { BodyLength::Chunked } else { BodyLength::None },
        persistent: true,
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

/// `chunked`, once and alone, is what can be served. An empty item beside it would be allowed by the
/// grammar of lists, but readers have disagreed on it, and no client sends one.
fn transfer_coding(fields: &Fields, head: &[u8]) -> Result<(), Refusal> {
    let values = || fields.values(Known::TransferEncoding).map(|place| slice(head, &place));
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    if values().count() == 1 && values().all(is_chunked) {
        return Ok(());
    }
    let is_coding = |coding: &[u8]| {
        let end = coding.iter().position(|byte| b"; \t".contains(byte)).unwrap_or(coding.len());
        end > 0 && coding[..end].iter().all(|&byte| is_token_byte(byte))
    };
    let count = items(values()).count();
    let chunked = items(values()).filter(|coding| is_chunked(coding)).count();
    let chunked_ends_it = chunked == 0 || items(values()).last().is_some_and(is_chunked);
    // Codings that this server doesn't have, with or without `chunked` at the end. Anything else leaves
    // open where the body ends.
    if count > chunked && chunked <= 1 && chunked_ends_it && items(values()).all(is_coding) {
        Err(Refusal::UnsupportedTransferCoding)
    } else {
        Err(Refusal::TransferCoding)
    }
}

fn expects_continue(fields: &Fields, head: &[u8], minor: u8) -> Result<bool, Refusal> {
    if !fields.has(Known::Expect) || minor == 0 {
        return Ok(false);
    }
    let mut expected = false;
    for value in items(fields.values(Known::Expect).map(|place| slice(head, &place))) {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(Refusal::Expectation);
        }
        expected = true;
    }
    Ok(expected)
}

fn is_persistent(fields: &Fields, head: &[u8], minor: u8) -> bool {
    if !fields.has(Known::Connection) {
        return minor > 0;
    }
    let options = || items(fields.values(Known::Connection).map(|place| slice(head, &place)));
    let has = |name: &[u8]| options().any(|option| option.eq_ignore_ascii_case(name));
    !has(b"close") && (minor > 0 || has(b"keep-alive"))
}
