//! Zstandard, RFC 8878, with a window of at most 8 MiB (RFC 9659).

use std::fmt;
use std::io;

use zstd::stream::raw::{InBuffer, Operation, OutBuffer};

use super::Encoder;
use super::memory::Line;

/// Bits of the largest window that decoders have to take, RFC 9659 section 3.
pub(crate) const MAX_WINDOW_BITS: u32 = 23;

/// How much room the encoder gets at a time: a block.
const ROOM: usize = 128 << 10;

struct Zstd(zstd::stream::raw::Encoder<'static>);

pub(super) fn encoder(number: u8, size: Option<u64>) -> io::Result<Box<dyn Encoder>> {
    let mut encoder = zstd::stream::raw::Encoder::new(number.into())?;
    // The window is what the level says: for none that we let in beyond 8 MiB.
    encoder.set_pledged_src_size(size)?;
    Ok(Box::new(Zstd(encoder)))
}

pub(super) fn memory_estimate(number: u8, size: Option<u64>) -> u64 {
    let (base, bends, most_kib): (_, &[_], u64) = match number {
        0..=1 => (60, &[(14, 17), (17, 7), (20, 2)], 1_400),
        2 => (60, &[(14, 17), (17, 7), (20, 2)], 2_100),
        3 => (60, &[(17, 20), (23, 3)], 3_700),
        4 => (60, &[(17, 20), (23, 3)], 5_000),
        5..=6 => (60, &[(17, 20), (23, 9)], 5_500),
        7..=8 => (60, &[(17, 20), (23, 9)], 8_100),
        9 => (60, &[(17, 20), (23, 11)], 15_500),
        10 => (60, &[(17, 20), (23, 11)], 26_000),
        11 => (210, &[(17, 23), (23, 17)], 26_000),
        12 => (210, &[(17, 23), (23, 17)], 47_000),
        13 | 16 => (210, &[(17, 30), (23, 17)], 39_000),
        14 => (210, &[(17, 30), (23, 17)], 56_000),
        15 => (210, &[(17, 30), (23, 17)], 72_000),
        17..=18 => (210, &[(17, 30), (23, 17)], 61_000),
        _ => (210, &[(17, 30), (23, 17)], 94_000),
    };
    Line { base, bends }.at(size).min(most_kib << 10)
}

impl Encoder for Zstd {
    fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let mut input = InBuffer::around(input);
        while input.pos() < input.src.len() {
            out.reserve(ROOM);
            let len = out.len();
            self.0.run(&mut input, &mut OutBuffer::around_pos(out, len))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> io::Result<()> {
        loop {
            out.reserve(ROOM);
            let len = out.len();
            if self.0.finish(&mut OutBuffer::around_pos(out, len), true)? == 0 {
                return Ok(());
            }
        }
    }
}

impl fmt::Debug for Zstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zstd").finish_non_exhaustive()
    }
}
