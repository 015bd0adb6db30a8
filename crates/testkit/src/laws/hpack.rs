//! Field blocks of HTTP/2, beside a decoder that goes bit by bit.

mod naive;
mod tables;

use arbitrary::{Result, Unstructured};

use naive::Naive;
use tables::{Flaw, STATIC};

/// A name and a value.
pub type Field = (Vec<u8>, Vec<u8>);

/// What a decoder made of the field blocks of one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decoded {
    /// What it told of, in order.
    pub fields: Vec<Field>,
    /// Whether it stopped at an error.
    pub is_refused: bool,
}

/// A decoder that allows a table of this size, and gets these blocks one after the other.
pub type Decode<'a> = &'a dyn Fn(usize, &[&[u8]]) -> Decoded;

/// An encoder of one field.
pub type Encode<'a> = &'a dyn Fn(&[u8], &[u8]) -> Vec<u8>;

/// Whatever the blocks are, the same fields are found in them up to the same error. What is encoded decodes to its
/// input, the name in lower case, and takes no more than it would as it is.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8], decode: Decode<'_>, encode: Encode<'_>) {
    judge(4096, &[data], decode);
    // Whatever an input is too short for, the next one has.
    let _ = blocks_are_understood(&mut Unstructured::new(data), decode);
    let _ = fields_come_back(&mut Unstructured::new(data), decode, encode);
    come_back(&[(data.to_vec(), data.to_vec())], decode, encode);
}

fn judge(max_table_size: usize, blocks: &[&[u8]], decode: Decode<'_>) {
    let expected = Naive::new(max_table_size).decode(blocks);
    let said = blocks.join(&b"|"[..]);
    assert_eq!(decode(max_table_size, blocks), expected, "{}", said.escape_ascii());
}

fn blocks_are_understood(input: &mut Unstructured<'_>, decode: Decode<'_>) -> Result<()> {
    let max_table_size = *input.choose(&[4096, 4096, 65536, 800, 0])?;
    let (mut blocks, mut entries) = (Vec::new(), 0);
    for _ in 0..input.int_in_range(1..=8)? {
        let mut block = Vec::new();
        if blocks.is_empty() {
            // Small tables, in which entries come and go.
            integer(0x20, 5, *input.choose(&[400, 200, 800, 4096])?, &mut block);
        }
        for _ in 0..input.int_in_range(0..=40)? {
            line(input, &mut entries, &mut block)?;
        }
        blocks.push(block);
    }
    let blocks: Vec<&[u8]> = blocks.iter().map(Vec::as_slice).collect();
    judge(max_table_size, &blocks, decode);
    Ok(())
}

/// Mostly a field line, now and then something else. `entries` is about how many there are in the table.
fn line(input: &mut Unstructured<'_>, entries: &mut u32, block: &mut Vec<u8>) -> Result<()> {
    match input.int_in_range(0..=127)? {
        127 => block.push(input.arbitrary()?),
        126 => {
            integer(0x20, 5, *input.choose(&[100, 200, 4096, 0, 4097])?, block);
            *entries = 0;
        }
        80..126 => integer(0x80, 7, index(input, *entries)?, block),
        kind => {
            let (first, prefix) = match kind {
                0..64 => (0x40, 6),
                64..72 => (0x00, 4),
                _ => (0x10, 4),
            };
            let index = if input.arbitrary()? { index(input, *entries)? } else { 0 };
            integer(first, prefix, index, block);
            if index == 0 {
                string(input, block)?;
            }
            string(input, block)?;
            *entries += u32::from(first == 0x40);
        }
    }
    Ok(())
}

/// Mostly one of an entry: the newest, or one that may have gone for others.
fn index(input: &mut Unstructured<'_>, entries: u32) -> Result<u32> {
    Ok(match input.int_in_range(0..=127)? {
        127 => input.arbitrary()?,
        126 => 62 + entries,
        100..126 => input.int_in_range(1..=61)?,
        60..100 => 61 + input.int_in_range(0..=entries.min(24))?,
        _ => 61 + input.int_in_range(0..=entries.min(3))?,
    })
}

fn string(input: &mut Unstructured<'_>, block: &mut Vec<u8>) -> Result<()> {
    let octets = match input.int_in_range(0..=31)? {
        31 => vec![input.arbitrary()?; input.int_in_range(0..=5000)?],
        // Short data, long strings: a table has to fill for anything to go.
        0..20 => vec![input.arbitrary()?; input.int_in_range(0..=200)?],
        _ => {
            let len = input.int_in_range(0..=20)?;
            input.bytes(len.min(input.len()))?.to_vec()
        }
    };
    let (octets, flag) = match input.int_in_range(0..=255)? {
        0..128 => (octets, 0),
        // Most bits of what is arbitrary are no code.
        255 => (octets, 0x80),
        _ => {
            let flaw = match input.int_in_range(0..=255)? {
                253 => Flaw::Eos,
                254 => Flaw::Zero,
                255 => Flaw::Octet,
                _ => Flaw::None,
            };
            (tables::encode(&octets, flaw), 0x80)
        }
    };
    integer(flag, 7, octets.len() as u32, block);
    block.extend(octets);
    Ok(())
}

fn integer(first: u8, prefix: u32, value: u32, block: &mut Vec<u8>) {
    let full = (1 << prefix) - 1;
    block.push(first | value.min(full) as u8);
    let Some(mut value) = value.checked_sub(full) else { return };
    while value > 127 {
        block.push(value as u8 | 128);
        value /= 128;
    }
    block.push(value as u8);
}

fn fields_come_back(
    input: &mut Unstructured<'_>,
    decode: Decode<'_>,
    encode: Encode<'_>,
) -> Result<()> {
    let mut fields = Vec::new();
    for _ in 0..input.int_in_range(1..=8)? {
        let (known, known_value) = input.choose(&STATIC)?;
        let name =
            if input.arbitrary()? { known.as_bytes().to_vec() } else { input.arbitrary()? };
        let value =
            if input.arbitrary()? { known_value.as_bytes().to_vec() } else { input.arbitrary()? };
        fields.push((name, value));
    }
    come_back(&fields, decode, encode);
    Ok(())
}

fn come_back(fields: &[Field], decode: Decode<'_>, encode: Encode<'_>) {
    let mut block = vec![0x20];
    let mut expected = Vec::new();
    for (name, value) in fields {
        let coded = encode(name, value);
        // An octet for the kind, and the lengths.
        let most = 1 + name.len() + value.len() + 2 * 4;
        assert!(coded.len() <= most, "{} octets for {name:?}: {value:?}", coded.len());
        block.extend(coded);
        expected.push((name.to_ascii_lowercase(), value.clone()));
    }
    let expected = Decoded { fields: expected, is_refused: false };
    assert_eq!(decode(4096, &[&block]), expected, "{}", block.escape_ascii());
    assert_eq!(Naive::new(4096).decode(&[&block]), expected, "{}", block.escape_ascii());
}
