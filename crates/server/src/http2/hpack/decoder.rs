//! From field blocks to fields.

use super::dynamic_table::DynamicTable;
use super::error::Error;
use super::integer;
use super::literal::Scratch;
use super::static_table::FIELDS;

/// More than anybody announces: places of entries are kept in 32 bits.
const LARGEST: usize = 1 << 30;

/// Decodes the field blocks of one direction of one connection (RFC 7541 section 3).
#[derive(Debug)]
pub struct Decoder {
    table: DynamicTable,
    /// What the peer may enlarge the table to.
    max_table_size: usize,
    scratch: Scratch,
}

impl Decoder {
    /// A decoder with an empty table, which the peer may set to any size up to `max_table_size`: what
    /// `SETTINGS_HEADER_TABLE_SIZE` announced.
    ///
    /// Whatever that is, the size is 4096 until the peer changes it: it fills its table before it knows better.
    /// Nothing is allocated before the first entry or Huffman-coded string.
    pub fn new(max_table_size: usize) -> Self {
        Self {
            table: DynamicTable::new(),
            max_table_size: max_table_size.min(LARGEST),
            scratch: Scratch::default(),
        }
    }

    /// Decodes a complete field block, and tells `each` of the name and the value of every field line in order.
    ///
    /// An error ends the connection. What `each` has been told of before it is not taken back.
    pub fn decode(
        &mut self,
        block: &[u8],
        each: &mut impl FnMut(&[u8], &[u8]),
    ) -> Result<(), Error> {
        let mut rest = self.resize(block)?;
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            match first {
                0x80.. => {
                    let index = integer::decode(first, 7, &mut rest)?;
                    let (name, value) = self.field(index)?;
                    each(name, value);
                }
                0x20..0x40 => return Err(Error::SizeUpdateMisplaced),
                // Whether it may never be indexed matters to who passes it on.
                _ => {
                    let is_kept = first >= 0x40;
                    let prefix = if is_kept { 6 } else { 4 };
                    let literal = self.scratch.literal(first, prefix, &mut rest, &self.table);
                    let (name, value) = literal?;
                    each(self.table.resolve(name), value);
                    if is_kept {
                        self.table.insert(name, value);
                    }
                }
            }
        }
        self.scratch.shrink();
        Ok(())
    }

    /// Updates of the table's size, which come first (section 4.2). Gives back what follows.
    #[inline]
    fn resize<'b>(&mut self, mut block: &'b [u8]) -> Result<&'b [u8], Error> {
        while let Some((&first @ 0x20..0x40, after)) = block.split_first() {
            block = after;
            let size = integer::decode(first, 5, &mut block)? as usize;
            if size > self.max_table_size {
                return Err(Error::SizeUpdateTooLarge);
            }
            self.table.set_max_size(size);
        }
        Ok(block)
    }

    /// The field at an index.
    #[inline]
    fn field(&self, index: u32) -> Result<(&[u8], &[u8]), Error> {
        let place = (index as usize).wrapping_sub(1);
        match FIELDS.get(place) {
            Some(&field) => Ok(field),
            // Index 0 is a place that no table has.
            None => self.table.get(place.wrapping_sub(FIELDS.len())).ok_or(Error::Index),
        }
    }
}
