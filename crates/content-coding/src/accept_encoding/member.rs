//! One member of the list: `codings [ weight ]`, RFC 9110 section 12.5.3.

use super::Quality;
use crate::coding::Coding;

/// What a member is about.
pub(super) enum Name {
    Coding(Coding),
    /// `*`: every coding that isn't named.
    Any,
}

/// A member that says something about a coding of ours.
pub(super) struct Member {
    pub(super) name: Name,
    pub(super) quality: Quality,
}

impl Member {
    /// Reads what stands between two commas; `None` for a coding that isn't ours, for nothing at
    /// all, and for what the grammar doesn't know.
    pub(super) fn parse(member: &[u8]) -> Option<Self> {
        let member = trim_ows(member);
        let (name, quality) = match member.iter().position(|&byte| byte == b';') {
            None => (member, Quality::ONE),
            Some(at) => (trim_ows_end(&member[..at]), weight(&member[at + 1..])?),
        };
        let name = match name {
            b"*" => Name::Any,
            name => Name::Coding(Coding::from_token(name)?),
        };
        Some(Self { name, quality })
    }
}

/// `"q=" qvalue`, as it stands behind the semicolon. The name of the parameter has no case.
fn weight(parameter: &[u8]) -> Option<Quality> {
    match trim_ows(parameter) {
        [b'q' | b'Q', b'=', value @ ..] => Quality::parse(value),
        _ => None,
    }
}

fn trim_ows(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    trim_ows_end(text)
}

fn trim_ows_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}
