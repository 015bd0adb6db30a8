//! The chunked coding (RFC 9112 section 7.1), read at once.

use super::{MAX_FIELDS, head, is_text, is_token};

pub(super) enum Chunked {
    /// Its content, and how many bytes it has with its framing.
    Complete(Vec<u8>, usize),
    Partial,
    Broken,
}

/// Reads a chunked body of at most so many bytes with its framing. A broken one may be known before its line is
/// complete; what is awaited then makes no difference to what is answered.
pub(super) fn chunked(bytes: &[u8], max: u64) -> Chunked {
    let mut at = 0;
    let mut taken = 0;
    let mut content = Vec::new();
    loop {
        let Some(len) = bytes[at..].iter().position(|&byte| byte == b'\n') else {
            return if bytes.len() - at < 256 { Chunked::Partial } else { Chunked::Broken };
        };
        let line: String = bytes[at..at + len].iter().map(|&byte| char::from(byte)).collect();
        at += len + 1;
        let Some(line) = line.strip_suffix('\r').filter(|_| len < 256) else {
            return Chunked::Broken;
        };
        let digits = line.chars().take_while(char::is_ascii_hexdigit).count();
        let extension = line[digits..].trim_matches([' ', '\t']);
        let extension_is_valid = match extension.strip_prefix(';') {
            Some(rest) => {
                rest.trim_matches([' ', '\t']).chars().next().is_some_and(is_token)
                    && rest.chars().all(is_text)
            }
            None => line.len() == digits,
        };
        if digits == 0 || digits > 16 || !extension_is_valid {
            return Chunked::Broken;
        }
        let Ok(size) = u64::from_str_radix(&line[..digits], 16) else { return Chunked::Broken };
        // Everything counts against the limit, as soon as it is known to come.
        taken += len as u64 + 1;
        if size.saturating_add(taken) > max {
            return Chunked::Broken;
        }
        if size == 0 {
            return trailers(bytes, at, content);
        }
        let end = at.saturating_add(size as usize);
        match bytes.get(end..) {
            Some([b'\r', b'\n', ..]) => {
                content.extend_from_slice(&bytes[at..end]);
                at = end + 2;
                taken += size + 2;
                if taken > max {
                    return Chunked::Broken;
                }
            }
            Some([] | [b'\r']) | None => return Chunked::Partial,
            Some(_) => return Chunked::Broken,
        }
    }
}

fn trailers(bytes: &[u8], begin: usize, content: Vec<u8>) -> Chunked {
    match head(&bytes[begin..]) {
        Ok(Some(len)) => {
            let section: String =
                bytes[begin..begin + len].iter().map(|&byte| char::from(byte)).collect();
            let lines = section.strip_suffix("\r\n").unwrap_or_default();
            let valid = lines.split_terminator("\r\n").all(|line| {
                line.split_once(':').is_some_and(|(name, value)| {
                    !name.is_empty() && name.chars().all(is_token) && value.chars().all(is_text)
                })
            });
            if valid && lines.split_terminator("\r\n").count() <= MAX_FIELDS {
                Chunked::Complete(content, begin + len)
            } else {
                Chunked::Broken
            }
        }
        Ok(None) => Chunked::Partial,
        Err(()) => Chunked::Broken,
    }
}
