//! Encoders: one trait, one file per coding, and which of them are built.

#[cfg(not(all(feature = "brotli", feature = "gzip", feature = "zstd")))]
mod absent;
#[cfg(feature = "brotli")]
mod brotli;
#[cfg(feature = "gzip")]
mod gzip;
mod identity;
#[cfg(any(feature = "brotli", feature = "zstd"))]
mod memory;
#[cfg(feature = "zstd")]
mod zstd;

#[cfg(not(feature = "brotli"))]
use absent as brotli;
#[cfg(not(feature = "gzip"))]
use absent as gzip;
#[cfg(not(feature = "zstd"))]
use absent as zstd;

use std::fmt;
use std::io;

#[cfg(feature = "zstd")]
pub(crate) use zstd::MAX_WINDOW_BITS;

use crate::coding::Coding;
use crate::level::Level;

/// Something that encodes a stream.
///
/// What it writes is appended to `out`, sometimes nothing for a long while: encoders gather input
/// first. `out` grows by at most about what was written and what was held back. After an error
/// the encoder is of no more use.
pub trait Encoder: fmt::Debug + Send {
    /// Takes all of `input`.
    ///
    /// # Errors
    ///
    /// When memory runs out, or more comes than was announced.
    fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> io::Result<()>;

    /// Writes what was held back, and the end.
    ///
    /// # Errors
    ///
    /// When memory runs out, or less came than was announced.
    fn finish(self: Box<Self>, out: &mut Vec<u8>) -> io::Result<()>;
}

/// An encoder for one stream.
///
/// `size` is how many bytes are going to be written, when that is known: the encoder then takes
/// no more memory than they need, and compresses better. They must be so many; an encoder that
/// notices otherwise fails.
///
/// # Errors
///
/// [`io::ErrorKind::Unsupported`] when the coding isn't [built](crate::Codings::BUILT),
/// [`io::ErrorKind::OutOfMemory`] when there is none.
pub fn encoder(coding: Coding, level: Level, size: Option<u64>) -> io::Result<Box<dyn Encoder>> {
    let number = level.number(coding);
    match coding {
        Coding::Brotli => brotli::encoder(number, size),
        Coding::Zstd => zstd::encoder(number, size),
        Coding::Gzip => gzip::encoder(number, size),
        Coding::Identity => Ok(Box::new(identity::Identity)),
    }
}

/// Encodes all of `input` at once. The result has no room to spare.
///
/// Equal input at an equal level gives equal bytes, on every machine: there are no times, names
/// or system numbers in it, it is made by one thread, and nothing depends on the processor or on
/// the mathematics of the platform. It changes only with the versions of the encoders, which
/// `Cargo.lock` pins.
///
/// # Errors
///
/// As [`encoder`].
pub fn compress(coding: Coding, level: Level, input: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = encoder(coding, level, Some(input.len() as u64))?;
    let mut out = Vec::new();
    encoder.write(input, &mut out)?;
    encoder.finish(&mut out)?;
    out.shrink_to_fit();
    Ok(out)
}

/// How many bytes of memory an [`encoder`] of these arguments takes at most, without what it
/// writes; 0 when it isn't built.
///
/// Measured over text, noise and repetition: from 1000 bytes on, what it takes at its peak is
/// between a third of the estimate and all of it. [`compress`] takes its result besides.
pub fn memory_estimate(coding: Coding, level: Level, size: Option<u64>) -> u64 {
    let number = level.number(coding);
    match coding {
        Coding::Brotli => brotli::memory_estimate(number, size),
        Coding::Zstd => zstd::memory_estimate(number, size),
        Coding::Gzip => gzip::memory_estimate(number, size),
        Coding::Identity => 0,
    }
}
