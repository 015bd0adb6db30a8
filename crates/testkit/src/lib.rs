//! What the tests, the fuzz targets and the benches share: temporary trees, a raw HTTP client, a test clock, an
//! allocation counter, and the laws that proptest and fuzzing check alike.
#![forbid(unsafe_code)]

pub mod clock;
pub mod laws;
pub mod raw_client;
pub mod responder;
pub mod response;
pub mod tree;
