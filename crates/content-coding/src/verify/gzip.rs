//! Gzip, RFC 1952: one member or several.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use super::{Original, Verdict};

pub(super) fn decode(encoded: &[u8], original: &mut Original<'_>) -> Result<(), Verdict> {
    if encoded.is_empty() {
        // The decoder takes this for no members at all. Clients don't.
        return Err(Verdict::Corrupt);
    }
    let mut decoder = MultiGzDecoder::new(encoded);
    let mut buffer = original.buffer();
    loop {
        let room = original.room();
        match decoder.read(&mut buffer[..room]) {
            Ok(0) => return Ok(()),
            Ok(len) => original.compare(&buffer[..len])?,
            Err(_) => return Err(Verdict::Corrupt),
        }
    }
}
