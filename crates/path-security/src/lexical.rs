//! The rules that hold for every path, whatever the policy and the files are.
//! Percent-decoding is in `decode.rs`, rules that somebody chose are in `policy/`.

use crate::refusal::Refusal;

/// One less than `PATH_MAX` on Linux, which counts the NUL at the end.
pub(crate) const MAX_PATH_BYTES: usize = 4095;
/// `NAME_MAX` on Linux, macOS and the BSDs.
pub(crate) const MAX_SEGMENT_BYTES: usize = 255;

/// What a fast look at a raw path found.
pub(crate) enum Scan<'a> {
    /// The text is safe as it stands: nothing to decode, nothing to fold.
    Plain { text: &'a str, is_directory: bool },
    /// It takes the slow way: an escape, a segment to fold, or something to refuse.
    Rewrite,
}

/// Looks at a raw path without its leading slash.
pub(crate) fn scan(raw: &[u8]) -> Scan<'_> {
    // Perf: no early exit, so the compiler makes one vectorized pass of it.
    let odd = raw.iter().fold(false, |odd, byte| odd | is_odd(*byte));
    if odd || raw.len() > MAX_PATH_BYTES {
        return Scan::Rewrite;
    }
    let (text, is_directory) = match raw {
        [] => return Scan::Plain { text: "", is_directory: true },
        [text @ .., b'/'] => (text, true),
        text => (text, false),
    };
    if !text.split(|byte| *byte == b'/').all(is_plain_segment) {
        return Scan::Rewrite;
    }
    // Without odd bytes it is ASCII; this asks for the proof, not for the answer.
    match str::from_utf8(text) {
        Ok(text) => Scan::Plain { text, is_directory },
        Err(_) => Scan::Rewrite,
    }
}

/// Whether a raw byte needs a closer look.
fn is_odd(byte: u8) -> bool {
    // Without branches, so that the loop over it becomes one of vectors.
    matches!(byte, 0..b' ' | 0x7F.. | b'%' | b'\\' | b'?' | b'#')
}

fn is_plain_segment(segment: &[u8]) -> bool {
    match segment {
        [] | b"." | b".." => false,
        segment => segment.len() <= MAX_SEGMENT_BYTES,
    }
}

/// Folds empty and `.` segments of a decoded text away and refuses what can't be a path.
/// The result has neither a leading nor a trailing slash; the flag says whether it named a folder.
pub(crate) fn fold(decoded: &str) -> Result<(String, bool), Refusal> {
    let mut folded = String::with_capacity(decoded.len());
    let mut is_directory = true;
    for segment in decoded.split('/') {
        is_directory = matches!(segment, "" | ".");
        if is_directory {
            continue;
        }
        if segment == ".." {
            return Err(Refusal::Traversal);
        }
        if segment.len() > MAX_SEGMENT_BYTES {
            return Err(Refusal::TooLong);
        }
        if !folded.is_empty() {
            folded.push('/');
        }
        folded.push_str(segment);
    }
    if folded.len() > MAX_PATH_BYTES {
        return Err(Refusal::TooLong);
    }
    check_characters(&folded)?;
    Ok((folded, is_directory))
}

fn check_characters(text: &str) -> Result<(), Refusal> {
    for character in text.chars() {
        if character.is_control() {
            return Err(Refusal::ControlCharacter);
        }
        if character == '\\' {
            return Err(Refusal::Backslash);
        }
    }
    Ok(())
}
