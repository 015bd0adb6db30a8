//! Negotiation, encoders and their neighbours, tested section by section of RFC 9110 and of the RFCs of the codings.

mod accept_encoding;
mod allocation;
mod bytes;
mod codings;
mod compress;
mod laws;
mod levels;
mod real_site;
mod sidecars;
mod vary;
mod verify;
mod worth;

#[global_allocator]
static ALLOCATOR: catzilla_testkit::counting::Counting = catzilla_testkit::counting::Counting;
