//! `"*" / #entity-tag`, the value of `If-Match` and `If-None-Match`.

use std::iter::once;

use crate::entity_tag::{EntityTag, TagRef};
use crate::fields::trim_ows;

/// How two tags are compared (RFC 9110 section 8.8.3.2).
#[derive(Clone, Copy)]
pub(crate) enum Comparison {
    Strong,
    Weak,
}

/// Whether the list that `lines` make together names the current representation; `None` without
/// any line.
///
/// `*` names whatever there is, when it stands alone. A list is read up to the first thing in it
/// that is not a tag: what stands before counts, and nothing behind is guessed at. Empty elements
/// are skipped (RFC 9110 section 5.6.1.2).
pub(crate) fn names_current<'a>(
    mut lines: impl Iterator<Item = &'a [u8]>,
    current: Option<&EntityTag>,
    comparison: Comparison,
) -> Option<bool> {
    let first = lines.next()?;
    if trim_ows(first) == b"*" {
        return Some(lines.next().is_none());
    }
    let Some(current) = current.map(EntityTag::as_ref) else {
        return Some(false);
    };
    for line in once(first).chain(lines) {
        let mut rest = line;
        loop {
            rest = skip_separators(rest);
            if rest.is_empty() {
                break;
            }
            let Some((tag, after)) = split_element(rest) else {
                return Some(false);
            };
            let matched = match comparison {
                Comparison::Strong => tag.strong_eq(current),
                Comparison::Weak => tag.weak_eq(current),
            };
            if matched {
                return Some(true);
            }
            rest = after;
        }
    }
    Some(false)
}

/// The tag at the front of a list, if the element ends where the tag does.
fn split_element(list: &[u8]) -> Option<(TagRef<'_>, &[u8])> {
    let (tag, rest) = TagRef::split_from(list)?;
    let rest = trim_ows(rest);
    matches!(rest, [] | [b',', ..]).then_some((tag, rest))
}

fn skip_separators(mut list: &[u8]) -> &[u8] {
    while let [b',' | b' ' | b'\t', rest @ ..] = list {
        list = rest;
    }
    list
}
