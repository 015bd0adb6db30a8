//! A Huffman code (RFC 7541 appendix B), written from the codes of a length that follow one another.

/// The characters of each length, the first of which has this code.
const CODES: [(&str, u32, u32); 5] = [
    ("012aceiost", 5, 0x0),
    (" %-./3456789=A_bdfghlmnpru", 6, 0x14),
    (":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz", 7, 0x5c),
    ("&*,;XZ", 8, 0xf8),
    ("!\"()?", 10, 0x3f8),
];

/// The bits of a text, none of them padding.
pub(super) fn bits(text: &str) -> Vec<bool> {
    let mut bits = Vec::new();
    for character in text.chars() {
        let (code, len) = CODES
            .iter()
            .find_map(|(characters, len, first)| {
                let at = characters.find(character)?;
                Some((first + at as u32, *len))
            })
            .expect("a character that rows use");
        push(&mut bits, code, len);
    }
    bits
}

pub(super) fn push(bits: &mut Vec<bool>, code: u32, len: u32) {
    bits.extend((0..len).rev().map(|at| code >> at & 1 == 1));
}

/// With ones up to a whole byte, as it should be.
pub(super) fn encode(text: &str) -> Vec<u8> {
    pack(bits(text), true)
}

/// With this up to a whole byte.
pub(super) fn pack(mut bits: Vec<bool>, padding: bool) -> Vec<u8> {
    while !bits.len().is_multiple_of(8) {
        bits.push(padding);
    }
    bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
}

#[test]
fn the_examples_of_the_rfc_are_encoded_as_there() {
    #[track_caller]
    fn check(text: &str, expected: &[u8]) {
        assert_eq!(encode(text), expected, "{text}");
    }
    // RFC 7541 appendices C.4 and C.6.
    check("www.example.com", b"\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff");
    check("no-cache", b"\xa8\xeb\x10\x64\x9c\xbf");
    check("custom-key", b"\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f");
    check("custom-value", b"\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf");
    check("private", b"\xae\xc3\x77\x1a\x4b");
    check("302", b"\x64\x02");
}
