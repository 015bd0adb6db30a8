//! What a client has sent, so that it can't be taken for what we write.

use std::io::Write as _;

/// Of each field, so that a line has an end; what is cut off ends with three dots.
pub(super) const MAX_FIELD: usize = 4096;

const CUT: &[u8] = b"...";

/// Between quotes of a line, as nginx does it: `"`, `\`, control characters and what isn't ASCII as `\xHH`.
pub(super) fn quoted(value: &[u8], out: &mut Vec<u8>) {
    hexadecimal(value, |byte| matches!(byte, b' '..=b'~') & !matches!(byte, b'"' | b'\\'), out);
}

/// Where a space ends it: as [`quoted`], and the space.
pub(super) fn bare(value: &[u8], out: &mut Vec<u8>) {
    hexadecimal(value, |byte| matches!(byte, b'!'..=b'~') & !matches!(byte, b'"' | b'\\'), out);
}

fn hexadecimal(value: &[u8], is_plain: impl Fn(u8) -> bool, out: &mut Vec<u8>) {
    let mut rest = &value[..value.len().min(MAX_FIELD)];
    if is_all_plain(rest, &is_plain) {
        out.extend_from_slice(rest);
        rest = &[];
    }
    while let Some(at) = rest.iter().position(|&byte| !is_plain(byte)) {
        out.extend_from_slice(&rest[..at]);
        let digit = |nibble: u8| b"0123456789ABCDEF"[usize::from(nibble)];
        out.extend_from_slice(&[b'\\', b'x', digit(rest[at] >> 4), digit(rest[at] & 15)]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    if value.len() > MAX_FIELD {
        out.extend_from_slice(CUT);
    }
}

/// Whether there is nothing to escape, which is nearly always so, and is found out for many bytes at once: by parts of one
/// length, for each of which the compiler makes a few instructions, and the last of which may have bytes of the one before.
fn is_all_plain(value: &[u8], is_plain: impl Fn(u8) -> bool) -> bool {
    let is_plain = |part: &[u8]| part.iter().fold(true, |plain, &byte| plain & is_plain(byte));
    if let Some(last) = value.last_chunk::<16>() {
        return value.as_chunks::<16>().0.iter().all(|part| is_plain(part)) && is_plain(last);
    }
    if let (Some(first), Some(last)) = (value.first_chunk::<8>(), value.last_chunk::<8>()) {
        return is_plain(first) & is_plain(last);
    }
    is_plain(value)
}

/// A string of JSON with its quotes (RFC 8259 section 7). What isn't UTF-8 becomes U+FFFD; what ends a line or turns the
/// direction of text where somebody reads it is escaped, too.
pub(super) fn json(value: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let kept = &value[..value.len().min(MAX_FIELD)];
    if let Ok(text) = std::str::from_utf8(kept) {
        json_text(text, out);
    } else {
        for chunk in kept.utf8_chunks() {
            json_text(chunk.valid(), out);
            if !chunk.invalid().is_empty() {
                out.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
    }
    if value.len() > MAX_FIELD {
        out.extend_from_slice(CUT);
    }
    out.push(b'"');
}

fn json_text(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') & !matches!(byte, b'"' | b'\\');
    if is_all_plain(text.as_bytes(), is_plain) {
        out.extend_from_slice(text.as_bytes());
        rest = "";
    }
    while let Some(at) = rest.bytes().position(|byte| !is_plain(byte)) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let mut chars = rest[at..].chars();
        match chars.next() {
            Some(char @ ('"' | '\\')) => out.extend_from_slice(&[b'\\', char as u8]),
            Some(char) if is_hidden(char) => {
                // Writing to a vector doesn't fail, and all of these are below U+10000.
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            None => {}
        }
        rest = chars.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
}

fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(escape: fn(&[u8], &mut Vec<u8>), value: &[u8], expected: &str) {
        let mut out = Vec::new();
        escape(value, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn nothing_leaves_its_quotes() {
        check(quoted, b"", "");
        check(quoted, b"/a b?c=~", "/a b?c=~");
        check(quoted, b"a\" 200 1\n\"b", "a\\x22 200 1\\x0A\\x22b");
        check(quoted, b"\\x22\x7f\x1b[31m", "\\x5Cx22\\x7F\\x1B[31m");
        check(quoted, "\u{e4}".as_bytes(), "\\xC3\\xA4");
        check(bare, b"a b\"", "a\\x20b\\x22");
    }

    #[test]
    fn nothing_leaves_its_string() {
        check(json, b"", "\"\"");
        check(json, b"a\"b\\", r#""a\"b\\""#);
        check(json, b"a\r\n\x1b\x7f\0", r#""a\u000d\u000a\u001b\u007f\u0000""#);
        check(json, "\u{e4}\u{1f600}".as_bytes(), "\"\u{e4}\u{1f600}\"");
        check(json, "\u{85}\u{2028}\u{202e}".as_bytes(), r#""\u0085\u2028\u202e""#);
        check(json, b"a\xffb\xc3", "\"a\u{fffd}b\u{fffd}\"");
    }

    #[test]
    fn each_byte_is_looked_at() {
        for len in 1..50 {
            for at in 0..len {
                let plain = "a".repeat(len - 1);
                let (before, behind) = plain.split_at(at);
                let value = format!("{before}\"{behind}");
                check(quoted, value.as_bytes(), &format!("{before}\\x22{behind}"));
                check(json, value.as_bytes(), &format!("\"{before}\\\"{behind}\""));
            }
        }
    }

    #[test]
    fn what_is_long_is_cut() {
        let long = "a".repeat(MAX_FIELD);
        check(quoted, long.as_bytes(), &long);
        check(quoted, format!("{long}b").as_bytes(), &format!("{long}..."));
        check(json, format!("{long}b").as_bytes(), &format!("\"{long}...\""));
        // In the middle of a character.
        let long = format!("{}\u{e4}", "a".repeat(MAX_FIELD - 1));
        check(json, long.as_bytes(), &format!("\"{}\u{fffd}...\"", "a".repeat(MAX_FIELD - 1)));
    }
}
