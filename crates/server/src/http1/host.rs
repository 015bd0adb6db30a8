//! `Host` and the authority of a target: `uri-host [":" port]` (RFC 9110 section 7.2, RFC 3986
//! section 3.2). User information has no place in either.

use std::net::Ipv6Addr;

use crate::headers::alphanumeric_and;

/// Whether this is a host and an optional port. An empty host is one, by the grammar.
pub(super) fn is_authority(value: &[u8]) -> bool {
    if let Some(rest) = value.strip_prefix(b"[") {
        let Some(end) = memchr::memchr(b']', rest) else { return false };
        return is_ipv6(&rest[..end]) && is_port(&rest[end + 1..]);
    }
    name_len(value).is_some_and(|len| is_port(&value[len..]))
}

/// Whether this is the authority form of CONNECT, in which neither part may be missing
/// (RFC 9112 section 3.2.3).
pub(super) fn is_host_and_port(value: &[u8]) -> bool {
    let has_both = memchr::memrchr(b':', value).is_some_and(|at| at > 0 && at + 1 < value.len());
    // The last colon of `[::1]` stands before no port.
    has_both && value.last() != Some(&b']') && is_authority(value)
}

fn is_ipv6(text: &[u8]) -> bool {
    // A zone (RFC 6874) never travels in a request.
    str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

/// The length of the registered name or IPv4 address at the front; `None` when an escape in it is broken.
fn name_len(value: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        if NAME[usize::from(byte)] {
            at += 1;
        } else if byte == b'%' {
            let digits = value.get(at + 1..at + 3)?;
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            at += 3;
        } else {
            break;
        }
    }
    Some(at)
}

/// Unreserved characters and sub-delimiters (RFC 3986 section 3.2.2).
const NAME: [bool; 256] = alphanumeric_and(b"-._~!$&'()*+,;=");

/// Nothing, or a colon with a decimal number that fits a port; `host:` is allowed by the grammar.
fn is_port(text: &[u8]) -> bool {
    let [b':', digits @ ..] = text else { return text.is_empty() };
    let mut port = 0_u32;
    digits.iter().all(|&byte| {
        port = port * 10 + u32::from(byte.wrapping_sub(b'0'));
        byte.is_ascii_digit() && u16::try_from(port).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: bool) {
        assert_eq!(is_authority(value.as_bytes()), expected, "{value:?}");
    }

    #[test]
    fn hosts() {
        for valid in [
            "",
            "example.com",
            "EXAMPLE.com:80",
            "example.com:",
            "127.0.0.1:8080",
            "[::1]",
            "[2001:db8::1]:443",
            "a_b.example",
            "caf%C3%A9.example",
            "xn--caf-dma.example",
        ] {
            check(valid, true);
        }
        for invalid in [
            "user@example.com",
            "example.com/path",
            "example.com?q",
            "example.com#f",
            "a b",
            "example.com:80:80",
            "example.com:http",
            "example.com:65536",
            "example.com:-1",
            "[::1",
            "::1",
            "[::1]80",
            "[gg::]",
            "[fe80::1%25eth0]",
            "[127.0.0.1]",
            "a%zz",
            "a%2",
            "a\\b",
            "a,b c",
            "\u{e9}.example",
            "a\"b",
            "a<b",
        ] {
            check(invalid, false);
        }
    }
}
