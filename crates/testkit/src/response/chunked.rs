//! Content in chunks (RFC 9112 section 7.1), as this server writes them: plain sizes, no extensions, no trailers.

use super::Malformed;

/// Reads all chunks: the content, and how many bytes they took. `Ok(None)` when the last one isn't there.
pub(super) fn read(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Malformed> {
    let fail = |what: &str| Err(Malformed(format!("{what}: {:?}", String::from_utf8_lossy(bytes))));
    let (mut content, mut at) = (Vec::new(), 0);
    loop {
        let rest = &bytes[at..];
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else {
            return if rest.len() > 18 { fail("a size line without end") } else { Ok(None) };
        };
        let digits = &rest[..end];
        let is_plain = digits.iter().all(u8::is_ascii_hexdigit) && !digits.is_empty();
        if !is_plain || (digits.len() > 1 && digits[0] == b'0') {
            return fail("a chunk size that is no plain number");
        }
        let size =
            std::str::from_utf8(digits).ok().and_then(|it| usize::from_str_radix(it, 16).ok());
        let Some(size) = size else { return fail("a chunk size that is too large") };
        let begin = at + end + 2;
        let Some(behind) = bytes.get(begin + size..).filter(|behind| behind.len() >= 2) else {
            return Ok(None);
        };
        if !behind.starts_with(b"\r\n") {
            return fail("a chunk that doesn't end where it says, or a trailer");
        }
        content.extend_from_slice(&bytes[begin..begin + size]);
        at = begin + size + 2;
        if size == 0 {
            return Ok(Some((content, at)));
        }
    }
}
