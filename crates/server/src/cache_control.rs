//! Which `Cache-Control` a file of a mount gets (RFC 9111 section 5.2.2).
//! Whether a cached copy is still good is the business of `catzilla-http-conditional`.

mod fingerprint;

use std::fmt;

use globset::{Glob, GlobMatcher};

use fingerprint::is_fingerprinted;

/// A name that changes with its content may be kept for ever.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Everything else may be kept, but is asked for again: an unchanged file costs a 304 of 200 bytes.
const REVALIDATE: &str = "no-cache";

/// Rules by pattern, then by name: fingerprinted names are `immutable`, all others `no-cache`.
#[derive(Debug, Clone, Default)]
pub struct CacheControl {
    rules: Vec<(GlobMatcher, Box<str>)>,
}

/// By what they were made from.
impl PartialEq for CacheControl {
    fn eq(&self, other: &Self) -> bool {
        let rules = |it: &Self| {
            it.rules
                .iter()
                .map(|(glob, value)| (glob.glob().clone(), value.clone()))
                .collect::<Vec<_>>()
        };
        rules(self) == rules(other)
    }
}

impl Eq for CacheControl {}

impl CacheControl {
    /// The default policy.
    pub fn new() -> Self {
        Self::default()
    }

    /// Files whose path beneath the mount matches this glob get this value; the first rule that matches
    /// decides. An empty value sends no `Cache-Control`.
    ///
    /// # Errors
    /// When the glob is malformed, with its text and what is wrong.
    pub fn with(mut self, pattern: &str, value: &str) -> Result<Self, PatternError> {
        let glob = Glob::new(pattern).map_err(|err| PatternError(err.to_string()))?;
        self.rules.push((glob.compile_matcher(), value.into()));
        Ok(self)
    }

    /// The values of the rules, for a check of their syntax.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|(_, value)| &**value)
    }

    /// The value for the file at this path beneath the mount; empty for none.
    pub fn value(&self, path: &str) -> &str {
        if let Some((_, value)) = self.rules.iter().find(|(glob, _)| glob.is_match(path)) {
            return value;
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        if is_fingerprinted(name) { IMMUTABLE } else { REVALIDATE }
    }
}

/// A malformed glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError(String);

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed pattern: {}", self.0)
    }
}

impl std::error::Error for PatternError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        assert_eq!(CacheControl::new().value(path), expected, "{path}");
    }

    #[test]
    fn names_that_carry_a_content_hash_are_immutable() {
        check("assets/app.4f2a1b3c.js", IMMUTABLE);
        check("static.files/rustdoc-9bb858ba049f1f21.css", IMMUTABLE);
        check("main.4f2a1b3c.chunk.js", IMMUTABLE);
        check("assets/index-BxQ3k9_a.js", IMMUTABLE);
        check("assets/index-Bx-3k9Qa.js", IMMUTABLE);
        check("chunk-5XSPRUJ7.js", IMMUTABLE);
    }

    #[test]
    fn everything_else_is_asked_for_again() {
        for path in [
            "index.html",
            "app.js",
            "jquery-20240101.js",
            "photo-20240101a.jpg",
            "report-december.pdf",
            "facebook-messenger.png",
            "lib-12.345.678.js",
            "README",
            "page.4f2a1b3c.html",
            "4f2a1b3c.js",
            "jquery.3.7.1.min.js",
            "\u{e9}\u{e9}\u{e9}\u{e9}-\u{e9}\u{e9}\u{e9}\u{e9}.js",
        ] {
            check(path, REVALIDATE);
        }
    }

    #[test]
    fn the_first_matching_rule_decides() {
        let policy = CacheControl::new()
            .with("img/**", "max-age=60")
            .unwrap()
            .with("*.png", "max-age=5")
            .unwrap()
            .with("*.raw", "")
            .unwrap();
        assert_eq!(policy.value("img/a.png"), "max-age=60");
        assert_eq!(policy.value("a.png"), "max-age=5");
        assert_eq!(policy.value("a.raw"), "");
        assert_eq!(policy.value("a.txt"), REVALIDATE);
    }

    #[test]
    fn a_malformed_pattern_is_named() {
        let err = CacheControl::new().with("a[", "x").unwrap_err();
        assert!(err.to_string().contains("a["), "{err}");
    }
}
