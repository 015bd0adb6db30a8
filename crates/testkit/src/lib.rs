//! What the tests, the fuzz targets and the benches share: temporary trees, a raw HTTP client, a test clock, an
//! allocation counter, and the laws that proptest and fuzzing check alike.

pub mod clock;
pub mod counting;
pub mod decoders;
pub mod frames;
pub mod kernel;
pub mod laws;
pub mod raw_client;
pub mod responder;
pub mod response;
pub mod tree;
