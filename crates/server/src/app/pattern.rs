//! What the pattern of a route may be: text that a judged path can have, with names where anything may stand.

use std::fmt;

use catzilla_path_security::RequestPath;

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PatternFault {
    WithoutSlash,
    /// No path is like that when it has been judged.
    Unreachable(String),
}

/// Whether there are paths that it could match. Its syntax is judged by the table.
pub(super) fn check(pattern: &str) -> Result<(), PatternFault> {
    if !pattern.starts_with('/') {
        return Err(PatternFault::WithoutSlash);
    }
    let sample = sample(pattern);
    if sample == "/" {
        return Ok(());
    }
    let Ok(root) = RequestPath::parse(b"/") else { return Ok(()) };
    match root.join(&sample[1..]) {
        Ok(path) => {
            let slash = if path.is_directory() && !path.is_root() { "/" } else { "" };
            let judged = format!("/{}{slash}", path.as_str());
            if judged == sample {
                Ok(())
            } else {
                Err(PatternFault::Unreachable(format!("paths are folded, here to {judged:?}")))
            }
        }
        Err(refusal) => Err(PatternFault::Unreachable(refusal.to_string())),
    }
}

/// Whether every path that it matches is this prefix or lies beneath it.
pub(super) fn is_beneath(pattern: &str, prefix: &RequestPath<'_>) -> bool {
    let mut given = pattern[1..].split('/');
    prefix.segments().all(|wanted| {
        given.next().is_some_and(|segment| {
            let is_text = !segment.replace("{{", "").contains('{');
            is_text && segment.replace("{{", "{").replace("}}", "}") == *wanted
        })
    })
}

/// A path that it matches, but for the text of its parameters.
fn sample(pattern: &str) -> String {
    let mut sample = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            sample.push(first);
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix('{') {
            sample.push('x');
            rest = behind.split_once('}').map_or("", |(_, behind)| behind);
        } else {
            sample.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    sample
}

impl fmt::Display for PatternFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithoutSlash => f.write_str("it must begin with a slash"),
            Self::Unreachable(rule) => write!(f, "no request can have such a path: {rule}"),
        }
    }
}
