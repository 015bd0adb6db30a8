//! RFC 7541 word for word, at any price.

use super::tables::{STATIC, symbol};
use super::{Decoded, Field};

/// A decoder.
pub(super) struct Naive {
    /// The newest first.
    table: Vec<Field>,
    max_size: usize,
    /// What the size may be changed to.
    allowed: usize,
}

impl Naive {
    pub(super) fn new(allowed: usize) -> Self {
        Self { table: Vec::new(), max_size: 4096, allowed }
    }

    pub(super) fn decode(&mut self, blocks: &[&[u8]]) -> Decoded {
        let mut decoded = Decoded::default();
        for block in blocks {
            if self.block(block, &mut decoded.fields).is_none() {
                decoded.is_refused = true;
                break;
            }
        }
        decoded
    }

    /// `None` where it breaks a rule.
    fn block(&mut self, block: &[u8], fields: &mut Vec<Field>) -> Option<()> {
        let mut rest = block.iter().copied();
        let mut may_resize = true;
        while let Some(first) = rest.next() {
            let kind = format!("{first:08b}");
            if kind.starts_with("001") {
                let size = integer(first, 5, &mut rest)?;
                if !may_resize || size > self.allowed {
                    return None;
                }
                self.max_size = size;
                self.evict();
                continue;
            }
            may_resize = false;
            if kind.starts_with('1') {
                fields.push(self.field(integer(first, 7, &mut rest)?)?);
                continue;
            }
            let is_kept = kind.starts_with("01");
            let name = match integer(first, if is_kept { 6 } else { 4 }, &mut rest)? {
                0 => string(&mut rest)?,
                index => self.field(index)?.0,
            };
            let field = (name, string(&mut rest)?);
            fields.push(field.clone());
            if is_kept {
                self.table.insert(0, field);
                self.evict();
            }
        }
        Some(())
    }

    fn field(&self, index: usize) -> Option<Field> {
        let fixed = STATIC
            .iter()
            .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
        fixed.chain(self.table.iter().cloned()).nth(index.checked_sub(1)?)
    }

    fn evict(&mut self) {
        let size = |field: &Field| field.0.len() + field.1.len() + 32;
        while self.table.iter().map(size).sum::<usize>() > self.max_size {
            self.table.pop();
        }
    }
}

fn integer(first: u8, prefix: u32, rest: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let full = 2_u128.pow(prefix) - 1;
    let mut value = u128::from(first) & full;
    if value == full {
        let mut octets = Vec::new();
        while octets.last().is_none_or(|&octet| octet >= 128) {
            octets.push(rest.next()?);
        }
        if octets.len() > 5 {
            return None;
        }
        for (place, octet) in (0..).zip(octets) {
            value += u128::from(octet % 128) * 128_u128.pow(place);
        }
    }
    u32::try_from(value).ok().map(|value| value as usize)
}

fn string(rest: &mut impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let first = rest.next()?;
    let len = integer(first, 7, rest)?;
    let octets: Vec<u8> = rest.take(len).collect();
    if octets.len() < len {
        return None;
    }
    if first < 128 { Some(octets) } else { huffman(&octets) }
}

fn huffman(octets: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    let mut begun = String::new();
    for octet in octets {
        for bit in format!("{octet:08b}").chars() {
            begun.push(bit);
            if let Some(symbol) = symbol(&begun) {
                // EOS is none.
                decoded.push(u8::try_from(symbol).ok()?);
                begun.clear();
            }
        }
    }
    (begun.len() < 8 && !begun.contains('0')).then_some(decoded)
}
