//! `Authorization: Basic`, taken apart.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::names;

/// Longer fields are of nobody who has a password.
const MAX_FIELD: usize = 4096;

/// The part that is encoded, as it was sent (RFC 9110 section 11.4); the name of the scheme has no case.
pub(super) fn encoded(field: &[u8]) -> Option<&[u8]> {
    if field.len() > MAX_FIELD {
        return None;
    }
    let (scheme, rest) = field.split_at_checked(b"Basic ".len())?;
    let encoded = rest.trim_ascii_start();
    (names::same(scheme, b"Basic ") && !encoded.is_empty()).then_some(encoded)
}

/// A name and a password (RFC 7617 section 2).
pub(super) struct Credentials {
    text: Vec<u8>,
    colon: usize,
}

impl Credentials {
    /// Reads what was encoded. `None` when it isn't base64 with its padding, has no colon, has control characters, or is not in
    /// UTF-8, which is what we say that we expect.
    pub(super) fn decode(encoded: &[u8]) -> Option<Self> {
        let text = STANDARD.decode(encoded).ok()?;
        let colon = text.iter().position(|&byte| byte == b':')?;
        let is_text = !text.iter().any(u8::is_ascii_control) && std::str::from_utf8(&text).is_ok();
        is_text.then_some(Self { text, colon })
    }

    pub(super) fn name(&self) -> &str {
        std::str::from_utf8(&self.text[..self.colon]).unwrap_or_default()
    }

    pub(super) fn password(&self) -> &[u8] {
        &self.text[self.colon + 1..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &str, expected: Option<(&str, &str)>) {
        let credentials = encoded(field.as_bytes()).and_then(Credentials::decode);
        let parts = credentials.as_ref().map(|it| (it.name(), it.password()));
        assert_eq!(parts, expected.map(|(name, password)| (name, password.as_bytes())), "{field}");
    }

    fn of(text: &[u8]) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn credentials_are_read() {
        // RFC 7617 section 2 and 2.1.
        check("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", Some(("Aladdin", "open sesame")));
        check("Basic dGVzdDoxMjPCow==", Some(("test", "123\u{a3}")));
        check("bASIC   QWxhZGRpbjpvcGVuIHNlc2FtZQ==", Some(("Aladdin", "open sesame")));
        check(&of(b"a:b:c"), Some(("a", "b:c")));
        check(&of(b":"), Some(("", "")));
    }

    #[test]
    fn what_is_malformed() {
        for field in [
            "",
            "Basic",
            "Basic ",
            "Basic    ",
            "Basi QTpi",
            "BasicQTpi",
            "Basic\tQTpi",
            "Bearer QTpi",
            "Basic QTpi QTpi",
            "Basic QTpi,",
            "Basic QTp",
            "Basic QTpiYw",
            "Basic QTpiYx==",
            "Basic =QTp",
            "Basic Q-_i",
        ] {
            check(field, None);
        }
        for text in [&b"alice"[..], b"a:b\0", b"a\nb:c", b"a:\x7f", b"a:\xff", b"\xff:b", b""] {
            check(&of(text), None);
        }
        check(&of(&[b"a:".to_vec(), vec![b'b'; 4000]].concat()), None);
    }
}
