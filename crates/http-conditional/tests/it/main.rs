//! Conditional and range requests, tested section by section of RFC 9110.

mod allocation;
mod content_range;
mod dates;
mod entity_tags;
mod if_range;
mod laws;
mod multipart;
mod preconditions;
mod ranges;
mod request;
mod validators;

#[global_allocator]
static ALLOCATOR: catzilla_testkit::counting::Counting = catzilla_testkit::counting::Counting;
