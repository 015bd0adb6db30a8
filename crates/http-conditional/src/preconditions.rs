//! The preconditions, in the order of RFC 9110 section 13.2.2.

use std::time::SystemTime;

use crate::decide::Method;
use crate::entity_tag::{EntityTag, TagRef};
use crate::entity_tag_list::{Comparison, names_current};
use crate::fields::{ConditionalFields, Field, Single};
use crate::http_date::HttpDate;
use crate::validators::Validators;

/// What the preconditions come to.
pub(crate) enum Verdict {
    Proceed,
    NotModified,
    Failed,
}

/// Steps 1 to 4.
pub(crate) fn evaluate(
    method: Method,
    fields: &(impl ConditionalFields + ?Sized),
    validators: &Validators,
    now: SystemTime,
) -> Verdict {
    let Validators { etag, last_modified } = validators;

    let unchanged = names_current(fields.values(Field::IfMatch), etag.as_ref(), Comparison::Strong)
        .or_else(|| {
            let since = date(fields, Field::IfUnmodifiedSince, now)?;
            Some((*last_modified)? <= since)
        });
    if unchanged == Some(false) {
        return Verdict::Failed;
    }

    let reads = matches!(method, Method::Get | Method::Head);
    match names_current(fields.values(Field::IfNoneMatch), etag.as_ref(), Comparison::Weak) {
        Some(true) if reads => return Verdict::NotModified,
        Some(true) => return Verdict::Failed,
        // The date speaks only where no tag does (RFC 9110 section 13.1.3).
        Some(false) => return Verdict::Proceed,
        None => {}
    }
    if reads
        && let Some(last_modified) = *last_modified
        && let Some(since) = date(fields, Field::IfModifiedSince, now)
        && last_modified <= since
    {
        return Verdict::NotModified;
    }
    Verdict::Proceed
}

/// Step 5: whether the client's part belongs to the current representation (RFC 9110 section
/// 13.1.5). Without `If-Range` it says that it doesn't care.
pub(crate) fn range_applies(
    fields: &(impl ConditionalFields + ?Sized),
    validators: &Validators,
    now: SystemTime,
) -> bool {
    match Single::of(fields, Field::IfRange) {
        Single::Absent => true,
        Single::Once(value @ ([b'"', ..] | [b'W', b'/', ..])) => {
            tag_is_current(value, validators.etag.as_ref())
        }
        Single::Once(value) => date_is_current(value, validators.last_modified, now),
        Single::Repeated => false,
    }
}

fn tag_is_current(value: &[u8], current: Option<&EntityTag>) -> bool {
    match (TagRef::split_from(value), current) {
        (Some((tag, b"")), Some(current)) => tag.strong_eq(current.as_ref()),
        _ => false,
    }
}

/// A date stands for exactly these bytes only if it is a strong validator: the second that it
/// names is over, so nothing can change in it any more (RFC 9110 section 8.8.2.2).
fn date_is_current(value: &[u8], last_modified: Option<HttpDate>, now: SystemTime) -> bool {
    last_modified.is_some_and(|last_modified| {
        last_modified < HttpDate::from(now)
            && HttpDate::parse(value, now).is_ok_and(|date| date == last_modified)
    })
}

/// The date of a field that has one; several or none at all are as good as no field (RFC 9110
/// sections 13.1.3 and 13.1.4).
fn date(
    fields: &(impl ConditionalFields + ?Sized),
    field: Field,
    now: SystemTime,
) -> Option<HttpDate> {
    match Single::of(fields, field) {
        Single::Once(value) => HttpDate::parse(value, now).ok(),
        Single::Absent | Single::Repeated => None,
    }
}
