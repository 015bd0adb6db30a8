//! What may be kept by caches that many people share.

use std::io::Write;

use crate::context::Context;
use crate::flow::Result;
use crate::names;

/// Longer values are replaced by [`STRICTEST`]: nobody writes such, and nothing is allocated for them.
const MAX_LEN: usize = 512;
const STRICTEST: &[u8] = b"no-store";

/// Keeps an answer that is for one user out of shared caches: they don't store what was asked for with `Authorization` unless
/// the answer has one of three directives (RFC 9111 section 3.5), which are written for everybody. `public` and `s-maxage`
/// are left out then, and `private` takes their place.
///
/// Lines are read as one list (RFC 9110 section 5.3). `private` with names of fields is about those alone (RFC 9111 section
/// 5.2.2.7).
pub(super) fn keep_out(cx: &mut Context<'_>) -> Result<()> {
    let (mut is_shared, mut is_kept_out) = (false, false);
    cx.response.each("cache-control", &mut |value| {
        for directive in directives(value) {
            is_shared |= is_one_of(directive, &["public", "s-maxage", "must-revalidate"]);
            let is_whole = !directive.contains(&b'=');
            is_kept_out |= is_whole && is_one_of(directive, &["private", "no-store"]);
        }
    });
    if !is_shared || is_kept_out {
        return Ok(());
    }
    let mut buffer = [0; MAX_LEN];
    let mut rest = &mut buffer[..];
    let mut fits = rest.write_all(b"private").is_ok();
    cx.response.each("cache-control", &mut |value| {
        for directive in directives(value).filter(|it| !is_one_of(it, &["public", "s-maxage"])) {
            for part in [b", ", directive] {
                fits = fits && rest.write_all(part).is_ok();
            }
        }
    });
    let left = rest.len();
    let kept = if fits { &buffer[..MAX_LEN - left] } else { STRICTEST };
    cx.response.replace("cache-control", kept)?;
    Ok(())
}

fn directives(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|it| !it.is_empty())
}

fn is_one_of(directive: &[u8], names: &[&str]) -> bool {
    let name = directive.split(|&byte| byte == b'=').next().unwrap_or_default().trim_ascii();
    names.iter().any(|it| names::same(name, it.as_bytes()))
}
