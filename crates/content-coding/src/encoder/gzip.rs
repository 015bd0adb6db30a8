//! Gzip, RFC 1952: deflate between a header without a time and a checksum.

use std::io;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use super::Encoder;

/// How much room deflate gets at a time. Constant, so that it can't change what is written.
const ROOM: usize = 32 << 10;

/// RFC 1952 section 2.3: magic number, deflate, no flags, no time, no hint, system unknown.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

#[derive(Debug)]
struct Gzip {
    deflate: Compress,
    crc: Crc,
    is_begun: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for all codings")]
pub(super) fn encoder(number: u8, _size: Option<u64>) -> io::Result<Box<dyn Encoder>> {
    let deflate = Compress::new(Compression::new(number.into()), false);
    Ok(Box::new(Gzip { deflate, crc: Crc::new(), is_begun: false }))
}

/// Window and tables are the same for every level and size; the figure is measured.
pub(super) fn memory_estimate(_number: u8, _size: Option<u64>) -> u64 {
    380 << 10
}

impl Gzip {
    fn begin(&mut self, out: &mut Vec<u8>) {
        if !self.is_begun {
            self.is_begun = true;
            out.extend_from_slice(&HEADER);
        }
    }

    /// Runs deflate until it has taken `input` and, at the end, written all.
    fn run(&mut self, mut input: &[u8], out: &mut Vec<u8>, flush: FlushCompress) -> io::Result<()> {
        loop {
            out.reserve(ROOM);
            let taken = self.deflate.total_in();
            let status = self.deflate.compress_vec(input, out, flush)?;
            input = &input[(self.deflate.total_in() - taken) as usize..];
            let has_room = out.len() < out.capacity();
            match status {
                Status::StreamEnd => return Ok(()),
                Status::Ok | Status::BufError if input.is_empty() && has_room => match flush {
                    FlushCompress::Finish => {
                        return Err(io::Error::other("deflate doesn't come to an end"));
                    }
                    _ => return Ok(()),
                },
                Status::Ok | Status::BufError => {}
            }
        }
    }
}

impl Encoder for Gzip {
    fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        self.begin(out);
        self.crc.update(input);
        self.run(input, out, FlushCompress::None)
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> io::Result<()> {
        self.begin(out);
        self.run(&[], out, FlushCompress::Finish)?;
        out.extend_from_slice(&self.crc.sum().to_le_bytes());
        // The length modulo 2^32, RFC 1952 section 2.3.1.
        out.extend_from_slice(&self.crc.amount().to_le_bytes());
        Ok(())
    }
}
