//! The tables of RFC 7541, written down apart from those of the codec.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Appendix A.
#[rustfmt::skip]
pub(super) const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// Appendix B: the octets with a code of so many bits, in the order of their codes. EOS is the last.
const GROUPS: [(usize, &[u8]); 21] = [
    (5, b"012aceiost"),
    (6, b" %-./3456789=A_bdfghlmnpru"),
    (7, b":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"),
    (8, b"&*,;XZ"),
    (10, b"!\"()?"),
    (11, b"'+|"),
    (12, b"#>"),
    (13, b"\x00$@[]~"),
    (14, b"^}"),
    (15, b"<`{"),
    (19, b"\\\xc3\xd0"),
    (20, b"\x80\x82\x83\xa2\xb8\xc2\xe0\xe2"),
    (21, b"\x99\xa1\xa7\xac\xb0\xb1\xb3\xd1\xd8\xd9\xe3\xe5\xe6"),
    (
        22,
        b"\x81\x84\x85\x86\x88\x92\x9a\x9c\xa0\xa3\xa4\xa9\xaa\xad\xb2\xb5\xb9\xba\xbb\xbd\xbe\
        \xc4\xc6\xe4\xe8\xe9",
    ),
    (
        23,
        b"\x01\x87\x89\x8a\x8b\x8c\x8d\x8f\x93\x95\x96\x97\x98\x9b\x9d\x9e\xa5\xa6\xa8\xae\xaf\
        \xb4\xb6\xb7\xbc\xbf\xc5\xe7\xef",
    ),
    (24, b"\x09\x8e\x90\x91\x94\x9f\xab\xce\xd7\xe1\xec\xed"),
    (25, b"\xc7\xcf\xea\xeb"),
    (26, b"\xc0\xc1\xc8\xc9\xca\xcd\xd2\xd5\xda\xdb\xee\xf0\xf2\xf3\xff"),
    (27, b"\xcb\xcc\xd3\xd4\xd6\xdd\xde\xdf\xf1\xf4\xf5\xf6\xf7\xf8\xfa\xfb\xfc\xfd\xfe"),
    (
        28,
        b"\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x17\x18\x19\x1a\
        \x1b\x1c\x1d\x1e\x1f\x7f\xdc\xf9",
    ),
    (30, b"\x0a\x0d\x16"),
];

/// The code of each symbol, in digits; EOS is 256.
static CODES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut codes = vec![String::new(); 257];
    let (mut next, mut before) = (0_u64, 5);
    let octets =
        |&(len, octets): &(usize, &'static [u8])| octets.iter().map(move |&octet| (len, octet));
    let symbols = GROUPS.iter().flat_map(octets).map(|(len, octet)| (len, usize::from(octet)));
    for (len, symbol) in symbols.chain([(30, 256)]) {
        next <<= len - before;
        codes[symbol] = format!("{next:0len$b}");
        next += 1;
        before = len;
    }
    assert!(next == 1 << 30, "every begin of bits is that of a code");
    codes
});

static SYMBOLS: LazyLock<HashMap<&str, u16>> =
    LazyLock::new(|| CODES.iter().map(String::as_str).zip(0..).collect());

/// The symbol with this code, in digits; EOS is 256.
pub(super) fn symbol(code: &str) -> Option<u16> {
    SYMBOLS.get(code).copied()
}

/// What a coded string may be made wrong with, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    /// EOS stands within.
    Eos,
    /// Padding that isn't of ones only.
    Zero,
    /// Padding of more than 7 bits.
    Octet,
}

/// A string, coded.
pub(super) fn encode(octets: &[u8], flaw: Flaw) -> Vec<u8> {
    let mut bits: String = octets.iter().map(|&octet| CODES[usize::from(octet)].as_str()).collect();
    match flaw {
        Flaw::None => {}
        Flaw::Eos => bits += &CODES[256],
        Flaw::Zero => bits.push('0'),
        Flaw::Octet => bits += "11111111",
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    let octet = |bits: &[u8]| bits.iter().fold(0, |octet, &bit| octet << 1 | (bit - b'0'));
    bits.as_bytes().chunks(8).map(octet).collect()
}
