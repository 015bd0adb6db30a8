//! What must hold for every input, called by proptest (`tests/`) and by the fuzz targets alike.

pub mod accept_encoding;
pub mod authorization;
pub mod bodies;
pub mod cache_ops;
pub mod chain_ops;
pub mod codings;
pub mod connection;
pub mod content;
pub mod dates;
pub mod debounce_ops;
pub mod etag_list;
pub mod forwarded;
pub mod frames;
pub mod heads;
pub mod hpack;
pub mod path_ops;
pub mod preconditions;
pub mod ranges;
pub mod request_path;
pub mod watch_ops;
pub mod watch_races;
