//! Requests in the tests: one representation, and lines such as `If-Match: "a"`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use catzilla_http_conditional::{
    ByteRange, EntityTag, HttpDate, Method, Outcome, RangeLimits, Validators, decide,
};

/// Tue, 15 Nov 1994 12:45:26 GMT
pub(crate) const LAST_MODIFIED: i64 = 784_903_526;

/// A second before [`LAST_MODIFIED`].
pub(crate) const EARLIER: &str = "Tue, 15 Nov 1994 12:45:25 GMT";
/// [`LAST_MODIFIED`] as a field says it.
pub(crate) const EXACTLY: &str = "Tue, 15 Nov 1994 12:45:26 GMT";
/// A second after [`LAST_MODIFIED`].
pub(crate) const LATER: &str = "Tue, 15 Nov 1994 12:45:27 GMT";

/// Ten days after [`LAST_MODIFIED`].
pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(LAST_MODIFIED as u64 + 864_000)
}

/// A strong tag `"a"`, and [`LAST_MODIFIED`].
pub(crate) fn validators() -> Validators {
    Validators {
        etag: Some(EntityTag::strong("a").unwrap()),
        last_modified: Some(HttpDate::from_unix(LAST_MODIFIED)),
    }
}

/// The same with a weak tag.
pub(crate) fn weak() -> Validators {
    Validators { etag: Some(EntityTag::weak("a").unwrap()), ..validators() }
}

/// The same without a tag.
pub(crate) fn only_date() -> Validators {
    Validators { etag: None, ..validators() }
}

/// The same without a date.
pub(crate) fn only_tag() -> Validators {
    Validators { last_modified: None, ..validators() }
}

/// What `GET` gets with these field lines, of `len` bytes.
pub(crate) fn get(lines: &[&str], len: u64) -> Outcome {
    ask(Method::Get, lines, &validators(), len)
}

/// What a request with these field lines gets at [`now`], with the default limits.
pub(crate) fn ask(method: Method, lines: &[&str], validators: &Validators, len: u64) -> Outcome {
    let fields: Vec<(&str, &str)> =
        lines.iter().map(|line| line.split_once(':').expect("a field line")).collect();
    decide(method, fields.as_slice(), validators, len, now(), &RangeLimits::default())
}

/// Bytes `first` to `last`, both included, as the RFC counts.
pub(crate) fn bytes(first: u64, last: u64) -> ByteRange {
    ByteRange::new(first, last + 1).unwrap()
}
