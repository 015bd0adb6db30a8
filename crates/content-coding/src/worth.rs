//! What is worth coding: which media types, from which size on, and when the result is.

/// The size from which on coding pays, in bytes: below, an answer is a packet or less either way.
pub const DEFAULT_MIN_SIZE: u64 = 1024;

/// Media types that shrink, besides `text/*` and those that [`SUFFIXES`] says.
const TYPES: [&str; 39] = [
    "application/ecmascript",
    "application/font-sfnt",
    "application/graphql",
    "application/javascript",
    "application/json",
    "application/json5",
    "application/jsonl",
    "application/mbox",
    "application/n-quads",
    "application/n-triples",
    "application/postscript",
    "application/rtf",
    "application/sql",
    "application/toml",
    "application/trig",
    "application/vnd.apple.mpegurl",
    "application/vnd.ms-fontobject",
    "application/wasm",
    "application/x-font-opentype",
    "application/x-font-otf",
    "application/x-font-truetype",
    "application/x-font-ttf",
    "application/x-javascript",
    "application/x-ndjson",
    "application/x-sh",
    "application/x-tar",
    "application/x-tex",
    "application/x-yaml",
    "application/xml",
    "application/xml-dtd",
    "application/yaml",
    "font/collection",
    "font/otf",
    "font/sfnt",
    "font/ttf",
    "image/bmp",
    "image/vnd.microsoft.icon",
    "image/x-icon",
    "image/x-ms-bmp",
];

/// Structured syntaxes that are text (RFC 6839 and its registry): `image/svg+xml` and many more.
const SUFFIXES: [&str; 4] = ["+json", "+json-seq", "+xml", "+yaml"];

/// Whether content of this type shrinks when it is coded.
///
/// `content_type` is a field value; its case doesn't matter, nor do its parameters. A type that
/// we don't know isn't worth it: most of what has no known type is an archive, a picture or a
/// film, and those are compressed. `text/event-stream` isn't either, because an encoder holds
/// events back.
///
/// ```
/// use catzilla_content_coding::worth;
///
/// assert!(worth::media_type(b"text/html; charset=utf-8"));
/// assert!(worth::media_type(b"image/svg+xml"));
/// assert!(!worth::media_type(b"image/png"));
/// ```
pub fn media_type(content_type: &[u8]) -> bool {
    let essence = content_type.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    let is = |name: &str| essence.eq_ignore_ascii_case(name.as_bytes());
    if starts_with(essence, b"text/") {
        return essence.len() > b"text/".len() && !is("text/event-stream");
    }
    SUFFIXES.iter().any(|suffix| ends_with(essence, suffix.as_bytes())) || TYPES.into_iter().any(is)
}

/// Whether the result is worth sending, and keeping: it saves 64 bytes and a twentieth at least.
///
/// 64 bytes are what `Content-Encoding` and a longer tag cost, and a bit. Less than a twentieth
/// isn't worth the client's time, nor the memory that a second form of the same content takes.
pub const fn result(original_len: u64, encoded_len: u64) -> bool {
    let twentieth = original_len / 20;
    let least = if twentieth > 64 { twentieth } else { 64 };
    original_len.saturating_sub(encoded_len) >= least
}

fn starts_with(text: &[u8], prefix: &[u8]) -> bool {
    text.split_at_checked(prefix.len()).is_some_and(|(start, _)| start.eq_ignore_ascii_case(prefix))
}

fn ends_with(text: &[u8], suffix: &[u8]) -> bool {
    text.len()
        .checked_sub(suffix.len())
        .is_some_and(|start| text[start..].eq_ignore_ascii_case(suffix))
}
