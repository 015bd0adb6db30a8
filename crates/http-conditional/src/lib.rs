#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod content_range;
mod decide;
mod entity_tag;
mod entity_tag_list;
mod fields;
mod http_date;
pub mod multipart;
mod preconditions;
mod range;
mod validators;

pub use content_range::ContentRange;
pub use decide::{Method, Outcome, decide};
pub use entity_tag::{EntityTag, InvalidEntityTag};
pub use fields::{ConditionalFields, Field};
pub use http_date::{HttpDate, InvalidHttpDate};
pub use range::{ByteRange, ByteRanges, RangeLimits};
pub use validators::{RACY_WINDOW, Validators, is_racy};
