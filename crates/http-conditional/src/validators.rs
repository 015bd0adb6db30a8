//! What a server says about the version of a representation (RFC 9110 section 8.8).

use std::time::{Duration, SystemTime};

use crate::entity_tag::EntityTag;
use crate::http_date::HttpDate;

/// How long after a change a file counts as racy: 2 seconds, the coarsest step of a file time in
/// use (FAT).
pub const RACY_WINDOW: Duration = Duration::from_secs(2);

/// The validators of a representation, as sent in `ETag` and `Last-Modified`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Validators {
    /// The entity tag.
    pub etag: Option<EntityTag>,
    /// When the representation last changed, as far as known.
    pub last_modified: Option<HttpDate>,
}

impl Validators {
    /// Nothing is known: tags and dates of requests match nothing.
    pub const fn none() -> Self {
        Self { etag: None, last_modified: None }
    }

    /// The validators of a file that was modified at `modified` and is `len` bytes long, seen at
    /// `now`.
    ///
    /// The tag is [`EntityTag::from_metadata`], weak while the file [is racy](is_racy).
    /// `last_modified` is never later than `now` (RFC 9110 section 8.8.2.1).
    pub fn of_file(modified: SystemTime, len: u64, now: SystemTime) -> Self {
        let weak = is_racy(modified, now);
        Self {
            etag: Some(EntityTag::from_metadata(modified, len, weak)),
            last_modified: Some(modified.min(now).into()),
        }
    }
}

/// Whether a file may change again without its time showing it: it was modified less than
/// [`RACY_WINDOW`] before `now`, or has a time in the future.
pub fn is_racy(modified: SystemTime, now: SystemTime) -> bool {
    now.duration_since(modified).map_or(true, |age| age < RACY_WINDOW)
}
