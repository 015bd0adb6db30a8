//! From fields to field blocks, without a table: what is written means the same to every peer.

use super::{huffman, integer, static_table};

/// A dynamic table size update to 0 (RFC 7541 section 6.3), which a block begins with once a peer has made its table smaller:
/// it has to be told (section 4.2), and nothing is ever put there.
pub const NO_TABLE: u8 = 0x20;

/// The index of the name `:status`.
const STATUS: usize = 8;

/// An indexed field (section 6.1).
const INDEXED: u8 = 0x80;

/// A literal that is not put into a table (section 6.2.2).
const WITHOUT_INDEXING: u8 = 0x00;

/// One that nobody who passes it on may put there either (section 6.2.3).
const NEVER_INDEXED: u8 = 0x10;

/// A string that is Huffman-coded.
const CODED: u8 = 0x80;

/// Names whose values are secrets: who sees how long a block is must not be able to guess at them (section 7.1.3).
const SECRETS: [&[u8]; 4] = [b"authorization", b"cookie", b"proxy-authorization", b"set-cookie"];

/// Appends `:status`.
pub fn status(code: u16, out: &mut Vec<u8>) {
    let index = match code {
        200 => 8,
        204 => 9,
        206 => 10,
        304 => 11,
        400 => 12,
        404 => 13,
        500 => 14,
        _ => {
            integer::encode(STATUS, WITHOUT_INDEXING, 4, out);
            return string(itoa::Buffer::new().format(code).as_bytes(), |octet| octet, out);
        }
    };
    out.push(INDEXED | index);
}

/// Appends a field line. The name may come in any case, and goes in lower case. Secrets are marked as such.
pub fn field(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    let Some(index) = static_table::index_of(name) else {
        out.push(WITHOUT_INDEXING);
        string(name, |octet| octet.to_ascii_lowercase(), out);
        return string(value, |octet| octet, out);
    };
    if let Some(index) = static_table::index_with(index, value) {
        return integer::encode(index, INDEXED, 7, out);
    }
    let is_secret = SECRETS.contains(&static_table::FIELDS[index - 1].0);
    let first = if is_secret { NEVER_INDEXED } else { WITHOUT_INDEXING };
    integer::encode(index, first, 4, out);
    string(value, |octet| octet, out);
}

/// Appends field lines as HTTP/1.1 has them, `name: value` and CRLF each, but for those whose name, as it stands there,
/// `skip` wants to leave out.
pub fn lines(block: &[u8], skip: impl Fn(&[u8]) -> bool, out: &mut Vec<u8>) {
    let mut rest = block;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if !skip(name) {
            field(name, value, out);
        }
    }
}

/// Appends a string, Huffman-coded where that is shorter (section 5.2).
#[inline]
fn string(octets: &[u8], map: impl Fn(u8) -> u8, out: &mut Vec<u8>) {
    let mapped = || octets.iter().map(|&octet| map(octet));
    let len = huffman::encoded_len(mapped());
    if len < octets.len() {
        integer::encode(len, CODED, 7, out);
        huffman::encode(mapped(), out);
    } else {
        integer::encode(octets.len(), 0, 7, out);
        out.extend(mapped());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, expected: &[u8]) {
        let mut out = Vec::new();
        field(name.as_bytes(), value.as_bytes(), &mut out);
        assert_eq!(out, expected, "{}", out.escape_ascii());
    }

    #[test]
    fn fields_go_by_what_the_static_table_has_of_them() {
        check(":method", "GET", &[0x82]);
        check(":path", "/index.html", &[0x85]);
        check("Accept-Encoding", "gzip, deflate", &[0x90]);
        check("age", "", &[0x95]);
        check("age", "0", b"\x0f\x06\x010");
        check("AGE", "00", b"\x0f\x06\x0200");
        check("vary", "000", b"\x0f\x2c\x82\x00\x01");
        check("www-authenticate", "*", b"\x0f\x2e\x01*");
        check(":method", "!", b"\x02\x01!");
    }

    #[test]
    fn other_names_go_in_lower_case() {
        check("X!", "?", b"\x00\x02x!\x01?");
        check("ETC", "ETC", b"\x00\x82\x2a\x49\x03ETC");
        check("etc", "ETC", b"\x00\x82\x2a\x49\x03ETC");
        check("", "", b"\x00\x00\x00");
    }

    #[test]
    fn secrets_are_never_indexed() {
        check("Set-Cookie", "!", b"\x1f\x28\x01!");
        check("cookie", "!", b"\x1f\x11\x01!");
        check("authorization", "!", b"\x1f\x08\x01!");
        check("proxy-authorization", "!", b"\x1f\x22\x01!");
        check("proxy-authenticate", "!", b"\x0f\x21\x01!");
    }

    #[track_caller]
    fn check_status(code: u16, expected: &[u8]) {
        let mut out = Vec::new();
        status(code, &mut out);
        assert_eq!(out, expected, "{}", out.escape_ascii());
        let mut as_field = Vec::new();
        field(b":status", code.to_string().as_bytes(), &mut as_field);
        assert_eq!(out, as_field);
    }

    #[test]
    fn common_statuses_are_one_octet() {
        check_status(200, &[0x88]);
        check_status(204, &[0x89]);
        check_status(206, &[0x8a]);
        check_status(304, &[0x8b]);
        check_status(400, &[0x8c]);
        check_status(404, &[0x8d]);
        check_status(500, &[0x8e]);
        check_status(301, &[0x08, 0x82, 0x64, 0x01]);
        check_status(999, b"\x08\x03999");
    }

    #[track_caller]
    fn check_lines(block: &str, expected: &[(&str, &str)]) {
        let mut out = Vec::new();
        lines(block.as_bytes(), |name| name == b"connection", &mut out);
        let mut one_by_one = Vec::new();
        for (name, value) in expected {
            field(name.as_bytes(), value.as_bytes(), &mut one_by_one);
        }
        assert_eq!(out, one_by_one);
    }

    #[test]
    fn lines_are_fields_but_for_those_that_are_skipped() {
        check_lines("", &[]);
        check_lines(
            "Content-Type: text/plain\r\nconnection: close\r\nlink: <a:b>; rel=c\r\nage:\r\nx: \r\n",
            &[("content-type", "text/plain"), ("link", "<a:b>; rel=c"), ("age", ""), ("x", "")],
        );
    }
}
