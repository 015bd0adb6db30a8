//! The code of RFC 7541 appendix B. It is canonical (codes of one length are consecutive numbers in the order of their
//! octets, and a longer code begins behind the last shorter one), so the lengths say it all; the rest is made of
//! them while this is compiled.

/// The symbol that ends no string (section 5.2).
pub(super) const EOS: u16 = 256;

/// Bits of the longest code.
const LONGEST: usize = 30;

/// Bits that [`PAIRS`] looks up at once.
pub(super) const LOOKED_UP: u32 = 12;

/// Bits of the code of each octet, and of EOS.
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];

/// A code, in the last of its bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code {
    pub(super) bits: u32,
    pub(super) len: u8,
}

/// The code of each octet.
pub(super) static CODES: [Code; 256] = codes();

/// The codes of one length.
#[derive(Clone, Copy)]
struct Group {
    /// The first of them.
    first: u32,
    /// How many octets have shorter ones.
    before: u32,
    /// The first code behind them, in the first bits of 32.
    limit: u64,
}

const GROUPS: [Group; LONGEST + 1] = groups();

/// Octets, and EOS, in the order of their codes.
const SYMBOLS: [u16; 257] = symbols();

/// What up to twelve bits begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// One octet or two.
    pub(super) octets: [u8; 2],
    pub(super) count: u8,
    /// Bits of both, and more than there ever are if not even one of them is within.
    pub(super) len: u8,
}

/// What [`LOOKED_UP`] bits begin with.
pub(super) static PAIRS: [Pair; 1 << LOOKED_UP] = pairs();

const fn groups() -> [Group; LONGEST + 1] {
    let mut groups = [Group { first: 0, before: 0, limit: 0 }; LONGEST + 1];
    let (mut first, mut before, mut len) = (0, 0, 1);
    while len <= LONGEST {
        let (mut count, mut symbol) = (0, 0);
        while symbol < LENGTHS.len() {
            count += (LENGTHS[symbol] as usize == len) as u32;
            symbol += 1;
        }
        let limit = ((first + count) as u64) << (32 - len);
        groups[len] = Group { first, before, limit };
        before += count;
        first = (first + count) << 1;
        len += 1;
    }
    groups
}

const fn symbols() -> [u16; 257] {
    let mut symbols = [0; 257];
    let mut next = [0; LONGEST + 1];
    let mut symbol = 0;
    while symbol < LENGTHS.len() {
        let len = LENGTHS[symbol] as usize;
        symbols[GROUPS[len].before as usize + next[len]] = symbol as u16;
        next[len] += 1;
        symbol += 1;
    }
    symbols
}

const fn codes() -> [Code; 256] {
    let mut codes = [Code { bits: 0, len: 0 }; 256];
    let mut place = 0;
    while place < SYMBOLS.len() {
        let symbol = SYMBOLS[place] as usize;
        if symbol < codes.len() {
            let len = LENGTHS[symbol];
            let Group { first, before, .. } = GROUPS[len as usize];
            codes[symbol] = Code { bits: first + place as u32 - before, len };
        }
        place += 1;
    }
    codes
}

const fn pairs() -> [Pair; 1 << LOOKED_UP] {
    let mut pairs = [Pair { octets: [0; 2], count: 0, len: u8::MAX }; 1 << LOOKED_UP];
    let mut bits = 0;
    while bits < pairs.len() {
        let top = (bits as u32) << (32 - LOOKED_UP);
        let (one, one_len) = symbol(top);
        if one_len <= LOOKED_UP {
            let (two, two_len) = symbol(top << one_len);
            let octets = [one as u8, two as u8];
            pairs[bits] = if one_len + two_len <= LOOKED_UP {
                Pair { octets, count: 2, len: (one_len + two_len) as u8 }
            } else {
                Pair { octets, count: 1, len: one_len as u8 }
            };
        }
        bits += 1;
    }
    pairs
}

/// The symbol whose code these bits begin with, and its length.
pub(super) const fn symbol(bits: u32) -> (u16, u32) {
    let mut len = 5;
    // There is always one: the code leaves nothing over.
    while bits as u64 >= GROUPS[len].limit {
        len += 1;
    }
    let Group { first, before, .. } = GROUPS[len];
    (SYMBOLS[((bits >> (32 - len)) - first + before) as usize], len as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(octet: u8, bits: u32, len: u8) {
        let code = CODES[usize::from(octet)];
        assert_eq!((code.bits, code.len), (bits, len));
        assert_eq!(symbol(bits << (32 - u32::from(len))), (octet.into(), len.into()));
    }

    #[test]
    fn the_first_and_the_last_code_of_each_length_are_those_of_appendix_b() {
        check(b'0', 0x0, 5);
        check(b't', 0x9, 5);
        check(b' ', 0x14, 6);
        check(b'u', 0x2d, 6);
        check(b':', 0x5c, 7);
        check(b'z', 0x7b, 7);
        check(b'&', 0xf8, 8);
        check(b'Z', 0xfd, 8);
        check(b'!', 0x3f8, 10);
        check(b'?', 0x3fc, 10);
        check(b'\'', 0x7fa, 11);
        check(b'|', 0x7fc, 11);
        check(b'#', 0xffa, 12);
        check(b'>', 0xffb, 12);
        check(0, 0x1ff8, 13);
        check(b'~', 0x1ffd, 13);
        check(b'^', 0x3ffc, 14);
        check(b'}', 0x3ffd, 14);
        check(b'<', 0x7ffc, 15);
        check(b'{', 0x7ffe, 15);
        check(b'\\', 0x7fff0, 19);
        check(208, 0x7fff2, 19);
        check(128, 0xf_ffe6, 20);
        check(226, 0xf_ffed, 20);
        check(153, 0x1f_ffdc, 21);
        check(230, 0x1f_ffe8, 21);
        check(129, 0x3f_ffd2, 22);
        check(233, 0x3f_ffeb, 22);
        check(1, 0x7f_ffd8, 23);
        check(239, 0x7f_fff4, 23);
        check(9, 0xff_ffea, 24);
        check(237, 0xff_fff5, 24);
        check(199, 0x1ff_ffec, 25);
        check(235, 0x1ff_ffef, 25);
        check(192, 0x3ff_ffe0, 26);
        check(255, 0x3ff_ffee, 26);
        check(203, 0x7ff_ffde, 27);
        check(254, 0x7ff_fff0, 27);
        check(2, 0xfff_ffe2, 28);
        check(249, 0xfff_fffe, 28);
        check(10, 0x3fff_fffc, 30);
        check(22, 0x3fff_fffe, 30);
        assert_eq!(symbol(u32::MAX), (EOS, 30));
    }
}
