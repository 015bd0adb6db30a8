//! Zstandard, RFC 8878: one frame or several, with a window of at most 8 MiB (RFC 9659).

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::{Original, Verdict};
use crate::encoder::MAX_WINDOW_BITS;

pub(super) fn decode(encoded: &[u8], original: &mut Original<'_>) -> Result<(), Verdict> {
    let corrupt = |_| Verdict::Corrupt;
    let mut decoder = Decoder::new().map_err(corrupt)?;
    decoder.set_parameter(DParameter::WindowLogMax(MAX_WINDOW_BITS)).map_err(corrupt)?;
    let mut buffer = original.buffer();
    let mut input = InBuffer::around(encoded);
    loop {
        let room = original.room();
        let before = input.pos();
        let mut output = OutBuffer::around(&mut buffer[..room]);
        let left = decoder.run(&mut input, &mut output).map_err(corrupt)?;
        let len = output.pos();
        original.compare(&buffer[..len])?;
        if input.pos() == encoded.len() && left == 0 {
            return Ok(());
        }
        if input.pos() == before && len == 0 {
            // It waits for what isn't there.
            return Err(Verdict::Corrupt);
        }
    }
}
