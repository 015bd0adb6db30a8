//! Huffman-coded strings (RFC 7541 section 5.2).

mod table;

use super::error::Error;
use table::{CODES, Code, EOS, LOOKED_UP, PAIRS, symbol};

/// Bits of the shortest code.
const SHORTEST: usize = 5;

/// Octets that a string takes when it is coded.
#[inline]
pub(super) fn encoded_len(octets: impl Iterator<Item = u8>) -> usize {
    octets.map(|octet| usize::from(CODES[usize::from(octet)].len)).sum::<usize>().div_ceil(8)
}

/// Appends a string's code.
#[inline]
pub(super) fn encode(octets: impl Iterator<Item = u8>, out: &mut Vec<u8>) {
    // The last `len` bits are to be written: fewer than 32 of them, so that the longest code fits behind.
    let (mut waiting, mut len) = (0_u64, 0);
    for octet in octets {
        let code: Code = CODES[usize::from(octet)];
        waiting = waiting << code.len | u64::from(code.bits);
        len += u32::from(code.len);
        if len >= 32 {
            len -= 32;
            out.extend_from_slice(&((waiting >> len) as u32).to_be_bytes());
        }
    }
    // Padding is the begin of EOS: ones.
    let padded = (waiting << 32 | u64::from(u32::MAX)) >> len;
    out.extend_from_slice(&(padded as u32).to_be_bytes()[..len.div_ceil(8) as usize]);
}

/// Decodes a string to the begin of `scratch`, which grows where it is too short.
pub(super) fn decode<'s>(coded: &[u8], scratch: &'s mut Vec<u8>) -> Result<&'s [u8], Error> {
    // Two octets are written at once, though there may be one.
    let room = coded.len() * 8 / SHORTEST + 2;
    if scratch.len() < room {
        scratch.resize(room, 0);
    }
    let out = &mut scratch[..room];
    let mut bits = Bits { first: 0, len: 0, rest: coded };
    let mut len = 0;
    loop {
        bits.refill();
        let mut pair = PAIRS[bits.peek()];
        while u32::from(pair.len) <= bits.len {
            out[len..len + 2].copy_from_slice(&pair.octets);
            len += usize::from(pair.count);
            bits.skip(pair.len.into());
            pair = PAIRS[bits.peek()];
        }
        if bits.rest.is_empty() {
            // No code is as short as that and all ones.
            if bits.are_padding() {
                return Ok(&out[..len]);
            }
        } else if bits.len < 32 {
            continue;
        }
        // A long code, or one of the last.
        let (symbol, code_len) = symbol((bits.first >> 32) as u32);
        if code_len > bits.len || symbol == EOS {
            return Err(Error::Huffman);
        }
        out[len] = symbol as u8;
        len += 1;
        bits.skip(code_len);
    }
}

/// The bits of a string.
struct Bits<'a> {
    /// The first of them, from the top. What is behind those that count is not to be relied upon.
    first: u64,
    /// How many of these count: fewer than 64.
    len: u32,
    rest: &'a [u8],
}

impl Bits<'_> {
    /// Takes in more: there are at least 56 then, or all that there are; behind these are ones.
    #[inline]
    fn refill(&mut self) {
        if let Some(&octets) = self.rest.first_chunk() {
            // More than is counted; the next time the same bits meet themselves.
            self.first |= u64::from_be_bytes(octets) >> self.len;
            let taken = (63 - self.len) / 8;
            self.rest = &self.rest[taken as usize..];
            self.len += 8 * taken;
            return;
        }
        while self.len < 56
            && let Some((&octet, after)) = self.rest.split_first()
        {
            self.first &= !(u64::MAX >> self.len);
            self.first |= u64::from(octet) << (56 - self.len);
            self.len += 8;
            self.rest = after;
        }
        if self.rest.is_empty() {
            self.first |= u64::MAX >> self.len;
        }
    }

    #[inline]
    fn peek(&self) -> usize {
        (self.first >> (64 - LOOKED_UP)) as usize
    }

    #[inline]
    fn skip(&mut self, len: u32) {
        self.first <<= len;
        self.len -= len;
    }

    /// Whether what is left is fewer than eight bits, all of them ones.
    fn are_padding(&self) -> bool {
        self.len < 8 && self.first | u64::MAX >> self.len == u64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(coded: &[u8], expected: Result<&[u8], Error>) {
        let mut scratch = Vec::new();
        assert_eq!(decode(coded, &mut scratch), expected);
        if let Ok(octets) = expected {
            let mut out = Vec::new();
            encode(octets.iter().copied(), &mut out);
            assert_eq!(out, coded);
            assert_eq!(encoded_len(octets.iter().copied()), coded.len());
        }
    }

    #[test]
    fn strings_end_in_less_than_an_octet_of_ones() {
        check(b"", Ok(b""));
        check(&[0b0001_1111], Ok(b"a"));
        check(&[0b1111_1000], Ok(b"&"));
        check(&[0b0001_1110], Err(Error::Huffman));
        check(&[0b0001_1000], Err(Error::Huffman));
        check(&[0b0001_1111, 0xff], Err(Error::Huffman));
        check(&[0b1111_1000, 0xff], Err(Error::Huffman));
        check(&[0xff], Err(Error::Huffman));
        check(&[0xff; 4], Err(Error::Huffman));
        check(&[0xff; 40], Err(Error::Huffman));
    }

    #[test]
    fn eos_is_within_no_string() {
        // `a`, EOS and `a`; EOS alone.
        check(&[0b0001_1111, 0xff, 0xff, 0xff, 0b1110_0011], Err(Error::Huffman));
        check(&[0xff, 0xff, 0xff, 0xfc], Err(Error::Huffman));
        // The code before it.
        check(&[0xff, 0xff, 0xff, 0xfb], Ok(&[22]));
    }

    #[test]
    fn every_octet_stands_anywhere() {
        for octet in 0..=u8::MAX {
            for before in 0..20 {
                let mut octets = vec![b'/'; before];
                octets.extend([octet; 3]);
                octets.extend(b"etc");
                let mut out = Vec::new();
                encode(octets.iter().copied(), &mut out);
                check(&out, Ok(&octets));
            }
        }
    }
}
