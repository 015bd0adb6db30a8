//! Who asks: a serialised origin (RFC 6454 section 6.2), normalised.

use std::fmt;

/// A name of the DNS has 253 bytes at most; the rest is for a scheme and a port.
pub(super) const MAX_LEN: usize = 320;

/// Scheme and host in lower case, and a port where it is not that of the scheme. There is nothing in it but letters,
/// digits and `+-._:/[]`, so that it can be written into a field.
#[derive(Clone)]
pub(super) struct Origin {
    bytes: [u8; MAX_LEN],
    len: usize,
}

impl Origin {
    /// Reads one. `null` is none: everybody can send it, from a sandbox or a file.
    pub(super) fn parse(value: &[u8]) -> Option<Self> {
        if value.len() > MAX_LEN {
            return None;
        }
        let colon = value.iter().position(|&byte| byte == b':')?;
        let (scheme, rest) = (&value[..colon], value[colon..].strip_prefix(b"://")?);
        let host_len = host_len(rest)?;
        if !is_scheme(scheme) {
            return None;
        }
        let port = match &rest[host_len..] {
            [] => None,
            [b':', digits @ ..] => Some(port(digits)?),
            _ => return None,
        };
        let mut len = colon + 3 + host_len;
        if port.is_some_and(|port| Some(port) != usual_port(scheme)) {
            len = value.len();
        }
        let mut bytes = [0; MAX_LEN];
        bytes[..len].copy_from_slice(&value[..len]);
        bytes[..len].make_ascii_lowercase();
        Some(Self { bytes, len })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// RFC 3986 section 3.1.
fn is_scheme(scheme: &[u8]) -> bool {
    let mut bytes = scheme.iter();
    bytes.next().is_some_and(u8::is_ascii_alphabetic)
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
}

/// How long the host is that this begins with.
fn host_len(rest: &[u8]) -> Option<usize> {
    if rest.first() == Some(&b'[') {
        let end = rest.iter().position(|&byte| byte == b']')?;
        let address = std::str::from_utf8(&rest[1..end]).ok()?;
        return address.parse::<std::net::Ipv6Addr>().is_ok().then_some(end + 1);
    }
    let len = rest.iter().position(|&byte| byte == b':').unwrap_or(rest.len());
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    (len > 0 && rest[..len].iter().all(is_host)).then_some(len)
}

fn port(digits: &[u8]) -> Option<u16> {
    let is_plain = !digits.is_empty() && digits[0] != b'0' && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_plain)?.parse().ok()
}

fn usual_port(scheme: &[u8]) -> Option<u16> {
    let is = |name: &[u8]| scheme.eq_ignore_ascii_case(name);
    match () {
        () if is(b"http") || is(b"ws") => Some(80),
        () if is(b"https") || is(b"wss") => Some(443),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, normalised: Option<&str>) {
        let origin = Origin::parse(value.as_bytes());
        assert_eq!(origin.as_ref().map(Origin::as_str), normalised, "{value:?}");
    }

    #[test]
    fn origins_are_normalised() {
        check("https://example.com", Some("https://example.com"));
        check("HTTPS://Example.COM:443", Some("https://example.com"));
        check("http://example.com:80", Some("http://example.com"));
        check("http://example.com:443", Some("http://example.com:443"));
        check("https://example.com:8443", Some("https://example.com:8443"));
        check("http://[::1]:3000", Some("http://[::1]:3000"));
        check("http://127.0.0.1:3000", Some("http://127.0.0.1:3000"));
        check("chrome-extension://abcdef", Some("chrome-extension://abcdef"));
        check("app+x.y-z://localhost", Some("app+x.y-z://localhost"));
    }

    #[test]
    fn what_is_no_origin() {
        for value in [
            "",
            "null",
            "*",
            "example.com",
            "://example.com",
            "1http://example.com",
            "https:/example.com",
            "https://",
            "https://:80",
            "https://example.com/",
            "https://example.com?",
            "https://user@example.com",
            "https://example.com:",
            "https://example.com:0",
            "https://example.com:080",
            "https://example.com:65536",
            "https://example.com:+80",
            "https://example.com:80:80",
            "https://exa mple.com",
            "https://example.com, https://evil.example",
            "https://example.com\r\nx: y",
            "https://example.com\0",
            "https://ex\u{e4}mple.com",
            "https://[::1",
            "https://[]",
            "https://[::1]x",
            "https://[x]",
        ] {
            check(value, None);
        }
        check(&format!("https://{}.example", "a".repeat(400)), None);
    }
}
