//! Fields that are told by their octets (RFC 7541 section 6.2).

use super::dynamic_table::{DynamicTable, Name};
use super::error::Error;
use super::static_table::FIELDS;
use super::{huffman, integer};

/// Buffers that have grown beyond this are given back.
const KEPT: usize = 4096;

/// A name and a value that came Huffman-coded.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    name: Vec<u8>,
    value: Vec<u8>,
}

impl Scratch {
    /// Decodes a field whose first octet was taken from `rest` already, the index of its name in the last `prefix` bits.
    #[inline]
    pub(super) fn literal<'a, 'b: 'a>(
        &'a mut self,
        first: u8,
        prefix: u32,
        rest: &mut &'b [u8],
        table: &DynamicTable,
    ) -> Result<(Name<'a>, &'a [u8]), Error> {
        let name = match integer::decode(first, prefix, rest)? as usize {
            0 => Name::Text(string(rest, &mut self.name)?),
            index => match FIELDS.get(index - 1) {
                Some((name, _)) => Name::Text(name),
                None => table.name(index - 1 - FIELDS.len()).ok_or(Error::Index)?,
            },
        };
        Ok((name, string(rest, &mut self.value)?))
    }

    /// Gives back what only a long field needed.
    #[inline]
    pub(super) fn shrink(&mut self) {
        for buffer in [&mut self.name, &mut self.value] {
            if buffer.capacity() > KEPT {
                *buffer = Vec::new();
            }
        }
    }
}

/// Takes a string (section 5.2).
#[inline]
fn string<'a, 'b: 'a>(rest: &mut &'b [u8], scratch: &'a mut Vec<u8>) -> Result<&'a [u8], Error> {
    let (&first, after) = rest.split_first().ok_or(Error::Truncated)?;
    *rest = after;
    let len = integer::decode(first, 7, rest)? as usize;
    let (octets, after) = rest.split_at_checked(len).ok_or(Error::Truncated)?;
    *rest = after;
    if first < 0x80 { Ok(octets) } else { huffman::decode(octets, scratch) }
}
