//! The conditional fields of a request, as `catzilla-http-conditional` asks for them.

use catzilla_http_conditional::{ConditionalFields, Field};

use crate::http1::{Known, Request};

/// A request seen as its preconditions and its range.
pub(crate) struct Conditions<'a>(pub(crate) Request<'a>);

impl ConditionalFields for Conditions<'_> {
    fn values(&self, field: Field) -> impl Iterator<Item = &[u8]> {
        self.0.field(known(field))
    }

    fn any(&self) -> bool {
        [
            Known::IfMatch,
            Known::IfNoneMatch,
            Known::IfModifiedSince,
            Known::IfUnmodifiedSince,
            Known::IfRange,
            Known::Range,
        ]
        .into_iter()
        .any(|field| self.0.field(field).next().is_some())
    }
}

fn known(field: Field) -> Known {
    match field {
        Field::IfMatch => Known::IfMatch,
        Field::IfNoneMatch => Known::IfNoneMatch,
        Field::IfModifiedSince => Known::IfModifiedSince,
        Field::IfUnmodifiedSince => Known::IfUnmodifiedSince,
        Field::IfRange => Known::IfRange,
        Field::Range => Known::Range,
    }
}
