//! `Vary`, RFC 9110 section 12.5.5: one function that everybody who adds to it goes through.

use std::borrow::Cow;

/// The `Vary` of an answer that varies by what `existing` says and by what `added` says.
///
/// Both are field values: lists of field names, or `*`. Names of `added` that are there already,
/// in any case, aren't repeated; `existing` stays as it is written. `*` on either side makes the
/// whole `*`. Nothing is allocated when one of the two already says it all.
///
/// ```
/// use catzilla_content_coding::vary;
///
/// assert_eq!(vary::merge(b"Origin", b"Accept-Encoding")[..], *b"Origin, Accept-Encoding");
/// assert_eq!(vary::merge(b"accept-encoding", b"Accept-Encoding")[..], *b"accept-encoding");
/// assert_eq!(vary::merge(b"*", b"Accept-Encoding")[..], *b"*");
/// ```
pub fn merge<'a>(existing: &'a [u8], added: &'a [u8]) -> Cow<'a, [u8]> {
    if contains(existing, b"*") || contains(added, b"*") {
        return Cow::Borrowed(b"*");
    }
    if names(existing).next().is_none() {
        return Cow::Borrowed(added);
    }
    let mut merged = Cow::Borrowed(existing);
    for name in names(added) {
        if contains(&merged, name) {
            continue;
        }
        if let Cow::Borrowed(existing) = merged {
            let mut list = Vec::with_capacity(existing.len() + b", ".len() + 2 * added.len());
            list.extend_from_slice(existing);
            merged = Cow::Owned(list);
        }
        merged.to_mut().extend_from_slice(b", ");
        merged.to_mut().extend_from_slice(name);
    }
    merged
}

/// Whether `list`, the value of a `Vary`, names the field `name`, in any case.
pub fn contains(list: &[u8], name: &[u8]) -> bool {
    names(list).any(|found| found.eq_ignore_ascii_case(name))
}

/// The members; empty ones are skipped (RFC 9110 section 5.6.1.2).
fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty())
}
