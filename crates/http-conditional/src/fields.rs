//! The six request fields that this crate reads, and how a caller lends them.

/// A conditional or range request field (RFC 9110 sections 13.1 and 14.2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Field {
    /// `If-Match`, a list of entity tags or `*`.
    IfMatch,
    /// `If-None-Match`, a list of entity tags or `*`.
    IfNoneMatch,
    /// `If-Modified-Since`, a date.
    IfModifiedSince,
    /// `If-Unmodified-Since`, a date.
    IfUnmodifiedSince,
    /// `If-Range`, an entity tag or a date.
    IfRange,
    /// `Range`, a set of ranges in one unit.
    Range,
}

impl Field {
    /// All six of them.
    pub const ALL: [Self; 6] = [
        Self::IfMatch,
        Self::IfNoneMatch,
        Self::IfModifiedSince,
        Self::IfUnmodifiedSince,
        Self::IfRange,
        Self::Range,
    ];

    /// The name as RFC 9110 spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IfMatch => "If-Match",
            Self::IfNoneMatch => "If-None-Match",
            Self::IfModifiedSince => "If-Modified-Since",
            Self::IfUnmodifiedSince => "If-Unmodified-Since",
            Self::IfRange => "If-Range",
            Self::Range => "Range",
        }
    }

    /// The field of this name, in any case (RFC 9110 section 5.1).
    pub fn from_name(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|field| name.eq_ignore_ascii_case(field.name().as_bytes()))
    }
}

/// A request head, as far as [`decide`](crate::decide) looks at it.
///
/// Implement it for whatever holds the head of a request; nothing is copied. Slices and arrays of
/// `(name, value)` pairs implement it already.
pub trait ConditionalFields {
    /// The values of all lines of `field`, in the order in which they were received, without
    /// joining them. White space around a value does no harm.
    fn values(&self, field: Field) -> impl Iterator<Item = &[u8]>;

    /// Whether any of the six fields may be there.
    ///
    /// Most requests have none. A head that knows (a flag set while its names were parsed) says
    /// so here and spares six look-ups; `true` is always right.
    fn any(&self) -> bool {
        true
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> ConditionalFields for [(N, V)] {
    fn values(&self, field: Field) -> impl Iterator<Item = &[u8]> {
        let wanted = field.name().as_bytes();
        self.iter()
            .filter(move |(name, _)| name.as_ref().eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.as_ref())
    }

    fn any(&self) -> bool {
        self.iter().any(|(name, _)| Field::from_name(name.as_ref()).is_some())
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>, const LINES: usize> ConditionalFields for [(N, V); LINES] {
    fn values(&self, field: Field) -> impl Iterator<Item = &[u8]> {
        self.as_slice().values(field)
    }

    fn any(&self) -> bool {
        self.as_slice().any()
    }
}

/// `value` without spaces and tabs around it (RFC 9110 section 5.6.3).
pub(crate) fn trim_ows(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// The value of a field that must not repeat, trimmed; what to do with a repeated one depends on
/// the field.
pub(crate) enum Single<'a> {
    Absent,
    Once(&'a [u8]),
    Repeated,
}

impl<'a> Single<'a> {
    pub(crate) fn of(fields: &'a (impl ConditionalFields + ?Sized), field: Field) -> Self {
        let mut lines = fields.values(field);
        match (lines.next(), lines.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => Self::Once(trim_ows(value)),
            (Some(_), Some(_)) => Self::Repeated,
        }
    }
}
