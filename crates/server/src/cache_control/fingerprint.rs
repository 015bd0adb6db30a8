//! Whether a file name carries a hash of its content, as bundlers write them.
//!
//! A wrong yes pins a stale file in browsers for a year, a wrong no costs a 304: so dates, versions and words must not
//! pass, and some hashes that look like words don't either.

/// What bundlers emit to be run or read by other code: people seldom name such files by hand after a dash.
const CODE: &[&str] = &["js", "mjs", "cjs", "css", "map", "wasm"];

/// What bundlers emit besides, and people name, too: pictures with dates, fonts with versions.
const MEDIA: &[&str] = &[
    "woff2", "woff", "ttf", "otf", "eot", "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico",
];

/// How much like a hash a part of a name must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// As few words have it.
    Little,
    /// As hardly any word has it.
    Much,
}

/// `app.4f2a1b3c.js`, `index-BxQ3k9_a.css`, `chunk-5XSPRUJ7.js`. Only names that a bundler could have given: whose
/// extension is that of code, a font or a picture. Never HTML and documents, whose names people type and share.
pub(super) fn is_fingerprinted(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let is_one_of = |list: &[&str]| list.iter().any(|known| extension.eq_ignore_ascii_case(known));
    let doubt = match () {
        () if is_one_of(CODE) => Doubt::Little,
        () if is_one_of(MEDIA) => Doubt::Much,
        () => return false,
    };
    // `main.4f2a1b3c.chunk.js` has its hash before the last but one dot.
    stem.split('.').skip(1).any(|part| is_hash(part, doubt))
        || stem.split('.').any(|part| {
            // A base64url hash may itself hold a dash, so its place is counted from the end too.
            part.rsplit_once('-').is_some_and(|(_, tail)| is_hash(tail, doubt))
                || (part.len() > 9
                    && part.is_char_boundary(part.len() - 9)
                    && part[part.len() - 9..]
                        .strip_prefix('-')
                        .is_some_and(|tail| is_hash(tail, doubt)))
        })
}

fn is_hash(text: &str, doubt: Doubt) -> bool {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) || begins_with_a_year(text) {
        return false;
    }
    let all = |test: fn(&u8) -> bool| text.bytes().all(|byte| test(&byte));
    let more = usize::from(doubt == Doubt::Much);
    // Hexadecimal: webpack, parcel, next, rustdoc.
    let hex_length = matches!(text.len(), 8 | 10 | 12 | 16 | 20 | 24 | 32 | 40 | 56 | 64);
    if hex_length && all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return runs(text, Kind::of_letter_or_digit) >= 3;
    }
    if text.len() != 8 {
        return false;
    }
    // Base 32: esbuild.
    if all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')) {
        return runs(text, Kind::of_letter_or_digit) >= 3 + more;
    }
    // Base 64 for URLs: rollup, vite.
    let has = |test: fn(&u8) -> bool| text.bytes().any(|byte| test(&byte));
    has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && words(text) >= 4 + more
}

/// `2024abcd`, `19991231`: people date files.
fn begins_with_a_year(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1', b'9', a, b, ..] | [b'2', b'0', a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digit,
    Upper,
    Lower,
    Other,
}

impl Kind {
    fn of(byte: u8) -> Self {
        match byte {
            b'0'..=b'9' => Self::Digit,
            b'A'..=b'Z' => Self::Upper,
            b'a'..=b'z' => Self::Lower,
            _ => Self::Other,
        }
    }

    fn of_letter_or_digit(byte: u8) -> Self {
        if byte.is_ascii_digit() { Self::Digit } else { Self::Lower }
    }
}

/// How many runs of bytes of one kind there are.
fn runs(text: &str, kind: fn(u8) -> Kind) -> usize {
    text.as_bytes().chunk_by(|a, b| kind(*a) == kind(*b)).count()
}

/// How many words and numbers one would read: a capital letter belongs to the small ones behind it. `Windows7` is
/// two, `Q3Report` three, eight random characters five.
fn words(text: &str) -> usize {
    text.as_bytes()
        .chunk_by(|a, b| {
            matches!((Kind::of(*a), Kind::of(*b)), (Kind::Upper, Kind::Lower))
                || Kind::of(*a) == Kind::of(*b)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: bool) {
        assert_eq!(is_fingerprinted(name), expected, "{name}");
    }

    #[test]
    fn names_as_bundlers_give_them() {
        for name in [
            // vite, rollup
            "index-BxQ3k9_a.js",
            "index-Bx-3k9Qa.js",
            "index-CHdo91hT.css",
            "entry-Dk3vB8_x.mjs",
            "logo-CkX6tCxh.svg",
            "index-BxQ3k9_a.js.map",
            // webpack
            "main.4f2a1b3c.chunk.js",
            "main.8e0d62a03fa0b4a5b2c1.js",
            "logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg",
            // esbuild, Angular
            "chunk-5XSPRUJ7.js",
            "polyfills-FFHMD2TG.js",
            // parcel
            "index.1a2b3c4d.css",
            "photo.4f8a9c2b.webp",
            // next
            "webpack-8fa1640cc84ba8fe.js",
            "main-app-8e0d62a03fa0b4a5.js",
            "inter.e4af272ccee01ff0.woff2",
            // rustdoc
            "rustdoc-9bb858ba049f1f21.css",
            "FiraSans-Regular-0fe48ade.woff2",
            "favicon-044be391.svg",
        ] {
            check(name, true);
        }
    }

    #[test]
    fn names_as_people_give_them() {
        for name in [
            "slides-Q3Report.pdf",
            "guide-Windows7.pdf",
            "set-Version2.zip",
            "doc-Ubuntu22.txt",
            "manual-Ver1Beta.pdf",
            "photo-2024Aug1.jpg",
            "Draft-Rev2Jan5.docx",
            "video-Abcdef12.mp4",
            "report-2024abcd.pdf",
            "notes.20240a01.txt",
            // The same, of kinds that bundlers emit.
            "slides-Q3Report.png",
            "guide-Windows7.svg",
            "set-Version2.js",
            "doc-Ubuntu22.css",
            "manual-Ver1Beta.png",
            "Draft-Rev2Jan5.webp",
            "poster-Abcdef12.jpg",
            "report-2024abcd.js",
            "notes.20240a01.css",
            "logo-SUMMER24.svg",
            "chart-Q3REPORT.png",
            "lib-VERSION2.js",
            "jquery-20240101.js",
            "photo-20240101a.jpg",
            "facebook-messenger.png",
            "decoded-facade12.png",
        ] {
            check(name, false);
        }
    }

    #[test]
    fn what_people_type_never_is() {
        for name in ["page.4f2a1b3c.html", "page.4f2a1b3c.HTM", "paper-4f2a1b3c.pdf", "x.4f2a1b3c"]
        {
            check(name, false);
        }
    }
}
