//! Percent-decoding, exactly once.
//! What the decoded text may look like beyond single characters is judged in `lexical.rs`.

use crate::refusal::Refusal;

/// Decodes the path of a request and refuses every character that has no place in one.
///
/// A separator that was encoded is refused here, while it still can be told from a real one.
pub(crate) fn decode(raw: &[u8]) -> Result<String, Refusal> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter();
    while let Some(&byte) = bytes.next() {
        let byte = match byte {
            b'%' => {
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                match high << 4 | low {
                    b'/' | b'\\' => return Err(Refusal::EncodedSeparator),
                    byte => byte,
                }
            }
            b'?' | b'#' => return Err(Refusal::QueryOrFragment),
            b'\\' => return Err(Refusal::Backslash),
            byte => byte,
        };
        if byte.is_ascii_control() {
            return Err(Refusal::ControlCharacter);
        }
        decoded.push(byte);
    }
    String::from_utf8(decoded).map_err(|_| Refusal::InvalidUtf8)
}

fn digit(byte: Option<&u8>) -> Result<u8, Refusal> {
    match byte {
        Some(byte @ b'0'..=b'9') => Ok(byte - b'0'),
        Some(byte @ b'a'..=b'f') => Ok(byte - b'a' + 10),
        Some(byte @ b'A'..=b'F') => Ok(byte - b'A' + 10),
        _ => Err(Refusal::BadEscape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: Result<&str, Refusal>) {
        assert_eq!(decode(raw.as_bytes()).as_deref(), expected.as_ref().copied(), "{raw:?}");
    }

    #[test]
    fn decodes_once() {
        check("a%20b", Ok("a b"));
        check("%41%4a%4A", Ok("AJJ"));
        check("%2541", Ok("%41"));
        check("%C3%A9", Ok("é"));
        check("é", Ok("é"));
        check("%3F%23", Ok("?#"));
    }

    #[test]
    fn refuses_what_a_path_cannot_hold() {
        for raw in ["%", "%4", "%zz", "a%4", "%+1", "%-1", "% 1", "%u0041"] {
            check(raw, Err(Refusal::BadEscape));
        }
        for raw in ["%2f", "%2F", "%5c", "%5C"] {
            check(raw, Err(Refusal::EncodedSeparator));
        }
        for raw in ["%00", "\0", "%1f", "%7F", "\u{7f}", "\t"] {
            check(raw, Err(Refusal::ControlCharacter));
        }
        for raw in ["%c0%af", "%ff", "%ed%a0%80", "%f4%90%80%80", "%e2%82", "%c0%80"] {
            check(raw, Err(Refusal::InvalidUtf8));
        }
        check("a\\b", Err(Refusal::Backslash));
        check("a?b", Err(Refusal::QueryOrFragment));
        check("a#b", Err(Refusal::QueryOrFragment));
    }
}
