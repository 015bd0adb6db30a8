//! Parts of a file: the shape of the answer, and the bytes.

use anyhow::{Context, Result, bail, ensure};

use crate::client::Answer;

/// Compares an answer of status 206 with what these ranges (`bytes=0-499,-500`) are of the content.
///
/// # Errors
///
/// When it has other bytes, says that they are from elsewhere, or isn't of the shape of RFC 9110 section 14.6.
pub(super) fn check(answer: &Answer, ranges: &str, content: &[u8]) -> Result<()> {
    let wanted = ranges.trim_start_matches("bytes=").split(',');
    let wanted: Vec<(usize, usize)> =
        wanted.map(|range| bounds(range, content.len())).collect::<Result<_>>()?;
    let says =
        |(first, end): (usize, usize)| format!("bytes {first}-{}/{}", end - 1, content.len());
    if let [(first, end)] = wanted[..] {
        let said = answer.field("content-range").context("no Content-Range")?;
        ensure!(said == says((first, end)), "Content-Range: {said}");
        ensure!(answer.body[..] == content[first..end], "the range has other bytes");
        return Ok(());
    }
    let kind = answer.field("content-type").context("no Content-Type")?;
    let boundary = kind.strip_prefix("multipart/byteranges").and_then(|rest| {
        let (_, boundary) = rest.split_once("boundary=")?;
        Some(boundary.split(';').next()?.trim().trim_matches('"'))
    });
    let boundary = boundary.with_context(|| format!("Content-Type: {kind}"))?;
    let found = split(&answer.body, boundary)?;
    ensure!(found.len() == wanted.len(), "{} parts, not {}", found.len(), wanted.len());
    for ((said, bytes), (first, end)) in found.into_iter().zip(wanted) {
        ensure!(said == says((first, end)), "a part with Content-Range: {said}");
        ensure!(*bytes == content[first..end], "the part {said} has other bytes");
    }
    Ok(())
}

/// The first byte of a range, and the one after its last.
fn bounds(range: &str, len: usize) -> Result<(usize, usize)> {
    let (first, last) = range.split_once('-').context("not a range")?;
    Ok(match (first, last) {
        ("", suffix) => (len - suffix.parse::<usize>()?, len),
        (first, "") => (first.parse()?, len),
        (first, last) => (first.parse()?, last.parse::<usize>()? + 1),
    })
}

/// What each part says it is, and its bytes.
fn split<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<(String, &'a [u8])>> {
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    // The first delimiter has its line's end from the head, unless there is one in the content.
    let first = format!("--{boundary}");
    let mut rest = body.strip_prefix(b"\r\n").unwrap_or(body);
    rest = rest.strip_prefix(first.as_bytes()).context("it begins with no boundary")?;
    loop {
        if let Some(end) = rest.strip_prefix(b"--") {
            ensure!(end.trim_ascii().is_empty(), "bytes behind the last boundary");
            return Ok(parts);
        }
        rest = rest.strip_prefix(b"\r\n").context("a boundary that is no line")?;
        let head = memchr::memmem::find(rest, b"\r\n\r\n").context("a part without head")?;
        let fields = String::from_utf8_lossy(&rest[..head]).into_owned();
        let said = fields.split("\r\n").find_map(|field| {
            let (name, value) = field.split_once(':')?;
            name.eq_ignore_ascii_case("content-range").then(|| value.trim().to_owned())
        });
        rest = &rest[head + 4..];
        let Some(len) = memchr::memmem::find(rest, delimiter.as_bytes()) else {
            bail!("a part without end");
        };
        parts.push((said.context("a part without Content-Range")?, &rest[..len]));
        rest = &rest[len + delimiter.len()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: &[u8] = b"0123456789";

    fn answer(fields: &[(&str, &str)], body: &str) -> Answer {
        let field = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let fields = fields.iter().map(field).collect();
        Answer { status: 206, fields, body: body.as_bytes().to_vec() }
    }

    #[track_caller]
    fn single(said: &str, body: &str, is_right: bool) {
        let answer = answer(&[("Content-Range", said)], body);
        assert_eq!(check(&answer, "bytes=2-4", CONTENT).is_ok(), is_right, "{said}: {body}");
    }

    #[test]
    fn one_range_says_which_it_is() {
        single("bytes 2-4/10", "234", true);
        single("bytes 2-4/10", "345", false);
        single("bytes 2-5/10", "234", false);
        single("bytes 2-4/*", "234", false);
        assert!(check(&answer(&[], "234"), "bytes=2-4", CONTENT).is_err());
    }

    fn part(said: &str, bytes: &str) -> String {
        format!("\r\n--b\r\ncontent-type: text/plain\r\nContent-Range: {said}\r\n\r\n{bytes}")
    }

    #[track_caller]
    fn several(body: &str, is_right: bool) {
        let kind = ("Content-Type", "multipart/byteranges; boundary=\"b\"");
        let found = check(&answer(&[kind], body), "bytes=0-1,-3", CONTENT);
        assert_eq!(found.is_ok(), is_right, "{body}: {found:?}");
    }

    #[test]
    fn parts_come_in_order_with_their_places() {
        let (first, last) = (part("bytes 0-1/10", "01"), part("bytes 7-9/10", "789"));
        several(&format!("{first}{last}\r\n--b--\r\n"), true);
        several(&format!("{}{last}\r\n--b--", &first[2..]), true);
        several(&format!("{last}{first}\r\n--b--\r\n"), false);
        several(&format!("{first}\r\n--b--\r\n"), false);
        several(&format!("{first}{last}"), false);
        several(&format!("{first}{last}\r\n--b--\r\nmore"), false);
        several(&format!("{first}{}\r\n--b--\r\n", part("bytes 7-9/10", "780")), false);
        several(&format!("{first}{}\r\n--b--\r\n", part("bytes 6-8/10", "789")), false);
        several("0123456789", false);
        assert!(
            check(&answer(&[("content-type", "text/plain")], "01"), "bytes=0-1,-3", CONTENT)
                .is_err()
        );
    }
}
