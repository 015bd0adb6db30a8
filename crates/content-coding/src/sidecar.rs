//! Sidecars: files beside a file that hold it in another coding, `app.js.br` beside `app.js`.
//! Names and times only; opening and comparing is the caller's ([`verify`](crate::verify) helps).

use std::time::SystemTime;

use crate::coding::Coding;

/// Writes the name of the sidecar of `path` for `coding` into `buffer`, in place of what it
/// holds. There is none for identity.
///
/// Nothing is allocated when `buffer` has room for four bytes more than `path`.
///
/// ```
/// use catzilla_content_coding::{Coding, sidecar};
///
/// let mut buffer = String::with_capacity(64);
/// assert_eq!(sidecar::name("app.js", Coding::Brotli, &mut buffer), Some("app.js.br"));
/// assert_eq!(sidecar::name("app.js", Coding::Identity, &mut buffer), None);
/// ```
pub fn name<'a>(path: &str, coding: Coding, buffer: &'a mut String) -> Option<&'a str> {
    buffer.clear();
    let extension = coding.extension()?;
    buffer.push_str(path);
    buffer.push_str(extension);
    Some(buffer)
}

/// The file that `path` would be a sidecar of, and in which coding.
///
/// The extension is exact, and something stands before it: `.gz` is a file of its own.
///
/// ```
/// use catzilla_content_coding::{Coding, sidecar};
///
/// assert_eq!(sidecar::source_of("app.js.br"), Some(("app.js", Coding::Brotli)));
/// assert_eq!(sidecar::source_of("app.js"), None);
/// ```
pub fn source_of(path: &str) -> Option<(&str, Coding)> {
    let (source, coding) = Coding::ALL.into_iter().find_map(|coding| {
        let source = path.strip_suffix(coding.extension()?)?;
        Some((source, coding))
    })?;
    (!source.is_empty() && !source.ends_with('/')).then_some((source, coding))
}

/// Whether a sidecar is no older than its source, in whole seconds. An older one is taken to hold what the source was
/// before.
///
/// Equal times are fresh: an archive unpacked, or a build step that copies times, gives both the same. Finer than a
/// second they are of no use: many tools copy times without the fraction. Who has to be sure asks
/// [`verify`](crate::verify()) as well.
pub fn is_fresh(sidecar_modified: SystemTime, source_modified: SystemTime) -> bool {
    seconds(sidecar_modified) >= seconds(source_modified)
}

/// Whole seconds since the epoch, rounded down, before it too.
fn seconds(time: SystemTime) -> i128 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i128::from(since.as_secs()),
        Err(before) => {
            let before = before.duration();
            -i128::from(before.as_secs()) - i128::from(before.subsec_nanos() > 0)
        }
    }
}
