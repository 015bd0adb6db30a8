//! No coding: bytes are passed on.

use std::io;

use super::Encoder;

#[derive(Debug)]
pub(super) struct Identity;

impl Encoder for Identity {
    fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        out.extend_from_slice(input);
        Ok(())
    }

    fn finish(self: Box<Self>, _out: &mut Vec<u8>) -> io::Result<()> {
        Ok(())
    }
}
