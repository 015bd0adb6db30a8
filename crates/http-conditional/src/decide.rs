//! The one question: what does this request get?

use std::time::SystemTime;

use crate::fields::{ConditionalFields, Field, Single};
use crate::preconditions::{self, Verdict};
use crate::range::{self, ByteRange, ByteRanges, RangeLimits, Selection};
use crate::validators::Validators;

/// The method of a request, as far as conditions care.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Method {
    /// `GET`, the only method that ranges are defined for (RFC 9110 section 14.2).
    Get,
    /// `HEAD`
    Head,
    /// Another method that selects or changes a representation, such as `PUT`. Requests that do
    /// neither (`OPTIONS`, `TRACE`, `CONNECT`) have no conditions: don't ask (RFC 9110 section
    /// 13.2.1).
    Other,
}

/// What a request gets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Everything, or for [`Method::Other`]: go ahead.
    Full,
    /// 304: what the client holds is current.
    NotModified,
    /// 412: the representation is not what the client takes it for.
    PreconditionFailed,
    /// 206: one part, with [`ContentRange::part`](crate::ContentRange::part).
    Range(ByteRange),
    /// 206: several parts, as [`multipart`](crate::multipart) lays them out.
    Ranges(ByteRanges),
    /// 416, with [`ContentRange::unsatisfied`](crate::ContentRange::unsatisfied).
    RangeNotSatisfiable,
}

/// Decides what a request gets that would be answered with 200 and `len` bytes if it had no
/// conditions: call it last, when the representation is known (RFC 9110 section 13.2.1).
///
/// The order is that of RFC 9110 section 13.2.2. `now` is needed for two-digit years and to know
/// whether a date is a strong validator; it should be the time that the response says in `Date`.
///
/// Fields that should appear once and don't: repeated dates and `Range` are ignored, a repeated
/// `If-Range` doesn't match. Malformed dates and ranges are ignored; in lists of entity tags,
/// what stands before the first error counts.
///
/// `limits` are for `Range`; with `None` it is ignored.
pub fn decide<'a, F: ConditionalFields + ?Sized>(
    method: Method,
    fields: &F,
    validators: &Validators,
    len: u64,
    now: SystemTime,
    limits: impl Into<Option<&'a RangeLimits>>,
) -> Outcome {
    if !fields.any() {
        return Outcome::Full;
    }
    match preconditions::evaluate(method, fields, validators, now) {
        Verdict::NotModified => return Outcome::NotModified,
        Verdict::Failed => return Outcome::PreconditionFailed,
        Verdict::Proceed => {}
    }
    let (Method::Get, Some(limits)) = (method, limits.into()) else {
        return Outcome::Full;
    };
    let Single::Once(wanted) = Single::of(fields, Field::Range) else {
        return Outcome::Full;
    };
    if !preconditions::range_applies(fields, validators, now) {
        return Outcome::Full;
    }
    match range::select(wanted, len, limits) {
        Selection::Everything => Outcome::Full,
        Selection::One(range) => Outcome::Range(range),
        Selection::Many(ranges) => Outcome::Ranges(ranges),
        Selection::Nothing => Outcome::RangeNotSatisfiable,
    }
}
