//! Brotli, RFC 7932: one stream, whose window is at most 16 MiB.

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

use super::{Original, Verdict};

pub(super) fn decode(encoded: &[u8], original: &mut Original<'_>) -> Result<(), Verdict> {
    // Strict: without the larger windows that are no part of the RFC.
    let mut state = BrotliState::new_strict(
        StandardAlloc::default(),
        StandardAlloc::default(),
        StandardAlloc::default(),
    );
    let mut buffer = original.buffer();
    let (mut left, mut at, mut total) = (encoded.len(), 0, 0);
    loop {
        let (mut room, mut len) = (original.room(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut at,
            encoded,
            &mut room,
            &mut len,
            &mut buffer,
            &mut total,
            &mut state,
        );
        original.compare(&buffer[..len])?;
        match result {
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::ResultSuccess if left == 0 => return Ok(()),
            _ => return Err(Verdict::Corrupt),
        }
    }
}
