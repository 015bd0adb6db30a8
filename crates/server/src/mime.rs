//! Which media type a file name stands for, with charset for text.
//! What the bytes really are is not looked at: `X-Content-Type-Options: nosniff` goes with every answer.

use std::borrow::Cow;
use std::collections::HashMap;

const OCTETS: &str = "application/octet-stream";

/// Extension to `Content-Type`, with a site's own rules first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MimeTypes {
    overrides: HashMap<Box<str>, Box<str>>,
}

impl MimeTypes {
    /// The built-in table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives files with this extension (without the dot, any case) this media type, written to
    /// `Content-Type` as it stands.
    pub fn with(mut self, extension: &str, media_type: &str) -> Self {
        self.overrides.insert(extension.to_ascii_lowercase().into(), media_type.into());
        self
    }

    /// The overrides, for a check of their syntax.
    pub(crate) fn overrides(&self) -> impl Iterator<Item = (&str, &str)> {
        self.overrides.iter().map(|(extension, value)| (&**extension, &**value))
    }

    /// The `Content-Type` of a file of this name. Allocates only for rare textual types.
    pub fn content_type(&self, name: &[u8]) -> Cow<'_, str> {
        let Some(extension) = extension(name) else { return Cow::Borrowed(OCTETS) };
        // Longer ones have no registered type; a fixed buffer spares the hot path an allocation.
        let mut lower = [0; 16];
        let Some(lower) = lower.get_mut(..extension.len()) else { return Cow::Borrowed(OCTETS) };
        lower.copy_from_slice(extension);
        lower.make_ascii_lowercase();
        let Ok(lower) = str::from_utf8(lower) else { return Cow::Borrowed(OCTETS) };
        if !self.overrides.is_empty()
            && let Some(value) = self.overrides.get(lower)
        {
            return Cow::Borrowed(value);
        }
        common(lower).map_or_else(|| rare(lower), Cow::Borrowed)
    }
}

/// What comes after the last dot; a leading dot makes a hidden name, not an extension.
fn extension(name: &[u8]) -> Option<&[u8]> {
    let dot = memchr::memrchr(b'.', name)?;
    (dot > 0 && dot + 1 < name.len()).then(|| &name[dot + 1..])
}

/// What nearly every request asks for, answered without a search.
fn common(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        "md" => "text/markdown; charset=utf-8",
        "xml" => "text/xml; charset=utf-8",
        "pdf" => "application/pdf",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "mp4" => "video/mp4",
        _ => return None,
    })
}

fn rare(extension: &str) -> Cow<'static, str> {
    match mime_guess::from_ext(extension).first_raw() {
        Some(text) if text.starts_with("text/") => Cow::Owned(format!("{text}; charset=utf-8")),
        Some(other) => Cow::Borrowed(other),
        None => Cow::Borrowed(OCTETS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(MimeTypes::new().content_type(name.as_bytes()), expected, "{name}");
    }

    #[test]
    fn extensions_decide_and_text_says_its_charset() {
        check("index.html", "text/html; charset=utf-8");
        check("INDEX.HTML", "text/html; charset=utf-8");
        check("a.b.css", "text/css; charset=utf-8");
        check("app.js", "text/javascript; charset=utf-8");
        check("data.json", "application/json");
        check("FiraSans.woff2", "font/woff2");
        check("table.csv", "text/csv; charset=utf-8");
        check("movie.webm", "video/webm");
        check("logo.svg", "image/svg+xml");
    }

    #[test]
    fn names_without_a_known_extension_are_octets() {
        check("LICENSE", OCTETS);
        check("trailing.", OCTETS);
        check(".profile", OCTETS);
        check("a.thisextensionistoolongtobeknown", OCTETS);
        check("a.\u{e9}", OCTETS);
        check("", OCTETS);
    }

    #[test]
    fn a_site_overrides_the_table() {
        let types = MimeTypes::new().with("MD", "text/plain").with("x3d", "model/x3d+xml");
        assert_eq!(types.content_type(b"a.md"), "text/plain");
        assert_eq!(types.content_type(b"a.X3D"), "model/x3d+xml");
        assert_eq!(types.content_type(b"a.css"), "text/css; charset=utf-8");
    }
}
