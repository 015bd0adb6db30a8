//! What must hold for every input, called by proptest (`tests/`) and by the fuzz targets alike.
