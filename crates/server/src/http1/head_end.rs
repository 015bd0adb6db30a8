//! Where a head ends, found in one pass however it is torn.

use super::refusal::Refusal;
use super::request_line;
use crate::limits::Limits;

/// What a look for the end of a head has found.
#[derive(Debug)]
pub(super) enum Scan {
    /// The head has so many bytes.
    Complete(usize),
    /// It goes on.
    Partial,
}

/// Looks for the empty line that ends a head, from where the last look ended, and refuses as early as it
/// can be known what can never become a request.
pub(super) fn find_end(
    bytes: &[u8],
    scanned: usize,
    has_line: &mut bool,
    limits: &Limits,
) -> Result<Scan, Refusal> {
    for offset in memchr::memchr_iter(b'\n', &bytes[scanned..]) {
        let at = scanned + offset;
        if !*has_line {
            // What follows the line has no say in it, or it would matter how the bytes were torn.
            request_line::judge_begin(&bytes[..=at], limits.max_target_bytes)?;
            *has_line = true;
        }
        if at + 1 > limits.max_head_bytes {
            return Err(Refusal::HeadTooLarge);
        }
        if at == 0 || bytes[at - 1] != b'\r' {
            return Err(Refusal::BareLineFeed);
        }
        if at >= 3 && bytes[at - 2] == b'\n' {
            return Ok(Scan::Complete(at + 1));
        }
    }
    if !*has_line && !matches!(bytes, [] | [b'\r']) {
        request_line::judge_begin(bytes, limits.max_target_bytes)?;
    }
    if bytes.len() >= limits.max_head_bytes {
        return Err(Refusal::HeadTooLarge);
    }
    Ok(Scan::Partial)
}
