//! Brotli, RFC 7932, with a window of at most 4 MiB.

use std::fmt;
use std::io;

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{
    BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct,
};

use super::Encoder;
use super::memory::Line;

/// Bits of the largest window. Decoders must take 24; 22 is what encoders take where nobody asks
/// for more.
const MAX_WINDOW_BITS: u32 = 22;

/// Bits of the smallest window, by level.
///
/// Perf: from level 5 to 9 the encoder's table for windows up to 16 bits has 32 MiB, those for
/// larger windows have 2 to 34; so that a file of 10 KiB cost as much memory as one of 10 MiB.
const fn min_window_bits(number: u8) -> u32 {
    if matches!(number, 5..=9) { 17 } else { 10 }
}

/// How much is handed over at a time. Perf: the fastest levels make tables for as much as they
/// get.
const PIECE: usize = 128 << 10;

struct Brotli(BrotliEncoderStateStruct<StandardAlloc>);

pub(super) fn encoder(number: u8, size: Option<u64>) -> io::Result<Box<dyn Encoder>> {
    let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
    let mut parameters = vec![
        (BrotliEncoderParameter::BROTLI_PARAM_QUALITY, u32::from(number)),
        (BrotliEncoderParameter::BROTLI_PARAM_LGWIN, window_bits(number, size)),
    ];
    if let Some(size) = size {
        let hint = u32::try_from(size).unwrap_or(u32::MAX);
        parameters.push((BrotliEncoderParameter::BROTLI_PARAM_SIZE_HINT, hint));
    }
    for (parameter, value) in parameters {
        if !state.set_parameter(parameter, value) {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
    }
    Ok(Box::new(Brotli(state)))
}

/// Enough for content of `size`: a window is 16 bytes smaller than its bits say (RFC 7932 section
/// 9.1).
fn window_bits(number: u8, size: Option<u64>) -> u32 {
    let wanted = size.and_then(|size| size.checked_add(16)?.checked_next_power_of_two());
    wanted.map_or(MAX_WINDOW_BITS, u64::ilog2).clamp(min_window_bits(number), MAX_WINDOW_BITS)
}

pub(super) fn memory_estimate(number: u8, size: Option<u64>) -> u64 {
    let (base, bends): (_, &[_]) = match number {
        0..=1 => (30, &[(17, 11)]),
        2..=3 => (500, &[(20, 7), (23, 3)]),
        4 => (970, &[(20, 14), (23, 5)]),
        5 => (2_600, &[(22, 11), (23, 2)]),
        6 => (3_600, &[(22, 11), (23, 2)]),
        7 => (9_800, &[(22, 11), (23, 2)]),
        8 => (18_000, &[(22, 11), (23, 2)]),
        9 => (36_000, &[(22, 11), (23, 2)]),
        10 => (720, &[(18, 63), (20, 34), (21, 20), (23, 3)]),
        _ => (720, &[(18, 99), (20, 34), (21, 24), (23, 3)]),
    };
    Line { base, bends }.at(size)
}

impl Brotli {
    fn run(
        &mut self,
        operation: BrotliEncoderOperation,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        let (mut left, mut at) = (input.len(), 0);
        loop {
            // Without room it writes into memory of its own, which is then taken over: nothing
            // has to be set to zero for it.
            let is_well = self.0.compress_stream(
                operation,
                &mut left,
                input,
                &mut at,
                &mut 0,
                &mut [],
                &mut 0,
                &mut None,
                &mut |_, _, _, _| (),
            );
            if !is_well {
                return Err(io::Error::other("the brotli encoder refuses"));
            }
            while self.0.has_more_output() {
                let mut len = 0;
                let output = self.0.take_output(&mut len);
                out.extend_from_slice(&output[..len]);
            }
            let is_done = match operation {
                BrotliEncoderOperation::BROTLI_OPERATION_FINISH => self.0.is_finished(),
                _ => left == 0,
            };
            if is_done {
                return Ok(());
            }
        }
    }
}

impl Encoder for Brotli {
    fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        input.chunks(PIECE).try_for_each(|piece| {
            self.run(BrotliEncoderOperation::BROTLI_OPERATION_PROCESS, piece, out)
        })
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> io::Result<()> {
        self.run(BrotliEncoderOperation::BROTLI_OPERATION_FINISH, &[], out)
    }
}

impl fmt::Debug for Brotli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brotli").finish_non_exhaustive()
    }
}
