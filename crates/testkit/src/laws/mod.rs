//! What must hold for every input, called by proptest (`tests/`) and by the fuzz targets alike.

pub mod dates;
pub mod etag_list;
pub mod preconditions;
pub mod ranges;
