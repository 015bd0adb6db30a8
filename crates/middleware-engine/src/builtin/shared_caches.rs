//! What may be kept by caches that many people share.

use crate::context::Context;
use crate::flow::Result;

/// Keeps an answer that is for one user out of shared caches: they don't store what was asked for with `Authorization` unless
/// the answer has one of three directives (RFC 9111 section 3.5), which are written for everybody. `public` and `s-maxage`
/// are left out then, and `private` takes their place.
pub(super) fn keep_out(cx: &mut Context<'_>) -> Result<()> {
    let Some(value) = cx.response.field("cache-control") else { return Ok(()) };
    let has = |names: &[&str]| directives(value).any(|directive| is_one_of(directive, names));
    if !has(&["public", "s-maxage", "must-revalidate"]) || has(&["private", "no-store"]) {
        return Ok(());
    }
    let mut kept = b"private".to_vec();
    for directive in directives(value).filter(|it| !is_one_of(it, &["public", "s-maxage"])) {
        kept.extend_from_slice(b", ");
        kept.extend_from_slice(directive);
    }
    cx.response.replace("cache-control", kept)?;
    Ok(())
}

fn directives(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|it| !it.is_empty())
}

fn is_one_of(directive: &[u8], names: &[&str]) -> bool {
    let name = directive.split(|&byte| byte == b'=').next().unwrap_or_default().trim_ascii();
    names.iter().any(|it| name.eq_ignore_ascii_case(it.as_bytes()))
}
