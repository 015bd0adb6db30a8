//! Which `Cache-Control` a file of a mount gets (RFC 9111 section 5.2.2).
//! Whether a cached copy is still good is the business of `catzilla-http-conditional`.

use std::fmt;

use globset::{Glob, GlobMatcher};

/// A name that changes with its content may be kept for ever.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Everything else may be kept, but is asked for again: an unchanged file costs a 304 of 200 bytes.
const REVALIDATE: &str = "no-cache";

/// Rules by pattern, then by name: fingerprinted names are `immutable`, all others `no-cache`.
#[derive(Debug, Clone, Default)]
pub struct CacheControl {
    rules: Vec<(GlobMatcher, Box<str>)>,
}

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

/// Whether a file name carries a hash of its content, as bundlers write them: `app.4f2a1b3c.js`,
/// `index-BxQ3k9_a.css`, `chunk-ABCD2345.js`.
///
/// A wrong yes pins a stale file in browsers for a year, a wrong no costs a 304: so dates, versions
/// and words must not pass. HTML is never fingerprinted: people type its names.
fn is_fingerprinted(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    if extension.eq_ignore_ascii_case("html") || extension.eq_ignore_ascii_case("htm") {
        return false;
    }
    // `main.4f2a1b3c.chunk.js` has its hash before the last but one dot.
    stem.split('.').skip(1).any(is_hash)
        || stem.split('.').any(|part| {
            // A base64url hash may itself hold a dash, so its place is counted from the end too.
            part.rsplit_once('-').is_some_and(|(_, tail)| is_hash(tail))
                || (part.len() > 9
                    && part.is_char_boundary(part.len() - 9)
                    && part[part.len() - 9..].strip_prefix('-').is_some_and(is_hash))
        })
}

fn is_hash(text: &str) -> bool {
    let has = |test: fn(&u8) -> bool| text.bytes().any(|byte| test(&byte));
    let all = |test: fn(&u8) -> bool| text.bytes().all(|byte| test(&byte));
    let digits = has(u8::is_ascii_digit);
    let hex_length = matches!(text.len(), 8 | 10 | 12 | 16 | 20 | 24 | 32 | 40 | 56 | 64);
    if hex_length
        && digits
        && has(|b| matches!(b, b'a'..=b'f'))
        && all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    {
        return true;
    }
    text.len() == 8
        && digits
        && has(u8::is_ascii_uppercase)
        && ((has(u8::is_ascii_lowercase)
            && all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')))
            || all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')))
}

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
        check("chunk-ABCD2345.js", IMMUTABLE);
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
