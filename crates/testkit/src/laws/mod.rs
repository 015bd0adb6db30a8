//! What must hold for every input, called by proptest (`tests/`) and by the fuzz targets alike.

pub mod accept_encoding;
pub mod bodies;
pub mod codings;
pub mod connection;
pub mod dates;
pub mod etag_list;
pub mod heads;
pub mod path_ops;
pub mod preconditions;
pub mod ranges;
pub mod request_path;
