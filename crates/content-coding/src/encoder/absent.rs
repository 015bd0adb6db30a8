//! Stands where a coding isn't built.

use std::io;

use super::Encoder;

pub(super) fn encoder(_number: u8, _size: Option<u64>) -> io::Result<Box<dyn Encoder>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this coding is not built"))
}

pub(super) fn memory_estimate(_number: u8, _size: Option<u64>) -> u64 {
    0
}
