//! The paths of requests, beside a reader that follows the rules one after the other.

use catzilla_path_security::{Policy, Refusal, RequestPath};

/// A path is accepted exactly when the rules say so, means what they say, and can be written down and read
/// again; what is accepted holds nothing that could lead out of a folder.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    judge(data);
    judge(&[b"/", data].concat());
    // The second half as a name beneath the first.
    let (first, second) = data.split_at(data.len() / 2);
    if let (Ok(base), Ok(name)) =
        (RequestPath::parse(&[b"/", first].concat()), str::from_utf8(second))
    {
        join(&base, name);
    }
}

fn judge(raw: &[u8]) {
    let parsed = RequestPath::parse(raw);
    let expected = naive(raw);
    let said = raw.escape_ascii();
    let shown = parsed.as_ref().map(|path| (path.as_str().to_owned(), path.is_directory())).ok();
    assert_eq!(shown, expected, "{said}: {parsed:?}");
    let Ok(path) = parsed else { return };
    harmless(&path);
    let written = path.to_string();
    assert_eq!(RequestPath::parse(written.as_bytes()).as_ref(), Ok(&path), "{said} as {written}");
    assert_eq!(path.clone().into_owned(), path);
    let root = RequestPath::parse(b"/").expect("the root is a path");
    assert_eq!(path.strip_prefix(&root).as_ref(), Some(&path));
    assert!(path.strip_prefix(&path).is_some_and(|rest| rest.is_root()));
    // The default rules hold for every name on the way.
    if Policy::default().judge(&path).is_ok() {
        for (depth, name) in path.segments().enumerate() {
            assert!(!name.starts_with('.') || (depth == 0 && name == ".well-known"), "{said}");
            assert!(!name.contains(':') && !name.ends_with(['.', ' ']), "{said}");
        }
    }
}

fn join(base: &RequestPath<'_>, name: &str) {
    match base.join(name) {
        Ok(joined) => {
            harmless(&joined);
            let rest = joined.strip_prefix(base).expect("what is joined lies beneath");
            let alone = RequestPath::parse(b"/").and_then(|root| root.join(name));
            assert_eq!(alone.as_ref().map(RequestPath::as_str), Ok(rest.as_str()), "{name:?}");
        }
        Err(Refusal::TooLong) => {}
        Err(refusal) => {
            let wrong = name.is_empty()
                || name.starts_with('/')
                || name.split('/').any(|segment| segment == "..")
                || name.chars().any(|c| c.is_control() || c == '\\');
            assert!(wrong, "{name:?}: {refusal}");
        }
    }
}

/// What every accepted path is.
fn harmless(path: &RequestPath<'_>) {
    let text = path.as_str();
    assert!(!text.starts_with('/') && !text.ends_with('/') && text.len() <= 4095, "{text:?}");
    assert!(!text.contains('\\') && !text.chars().any(char::is_control), "{text:?}");
    for segment in text.split('/').filter(|_| !text.is_empty()) {
        assert!(!matches!(segment, "" | "." | "..") && segment.len() <= 255, "{text:?}");
    }
    let written = path.to_string();
    assert!(written.starts_with('/') && !written.starts_with("//"), "{written}");
    assert!(written.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'), "{written}");
}

/// The rules, one after the other: the decoded path and whether it names a folder.
fn naive(raw: &[u8]) -> Option<(String, bool)> {
    let raw = raw.strip_prefix(b"/")?;
    if raw.len() > 3 * 4095 {
        return None;
    }
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        match raw[at] {
            b'%' => {
                let digits = str::from_utf8(raw.get(at + 1..at + 3)?).ok()?;
                if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return None;
                }
                let byte = u8::from_str_radix(digits, 16).ok()?;
                if byte == b'/' || byte == b'\\' {
                    return None;
                }
                decoded.push(byte);
                at += 3;
            }
            b'?' | b'#' | b'\\' => return None,
            byte => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    let text = String::from_utf8(decoded).ok()?;
    if text.chars().any(char::is_control) {
        return None;
    }
    let all: Vec<&str> = text.split('/').collect();
    if all.contains(&"..") || all.iter().any(|segment| segment.len() > 255) {
        return None;
    }
    let is_directory = matches!(all.last(), None | Some(&("" | ".")));
    let names: Vec<&str> =
        all.into_iter().filter(|segment| !matches!(*segment, "" | ".")).collect();
    let path = names.join("/");
    (path.len() <= 4095).then_some((path, is_directory))
}
