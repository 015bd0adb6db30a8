//! Names against first bytes: what an honest file may say, and how far anybody looks.

use arbitrary::{Result, Unstructured};
use catzilla_path_security::{CONTENT_HEAD, contradiction};

const IMAGES: [&str; 6] = ["jpg", "PNG", "gif", "webp", "ico", "bmp"];
const FONTS: [&str; 4] = ["ttf", "otf", "woff", "woff2"];
const ARCHIVES: [&str; 8] = ["zip", "docx", "jar", "epub", "tar", "gz", "7z", "zst"];
const TEXTS: [&str; 8] = ["js", "css", "html", "txt", "json", "md", "svg", "php"];
/// What names end in, or not.
const OTHERS: [&str; 6] = ["ts", "mp4", "eot", "pdf", "exe", "br"];

const IMAGE_MAGIC: [&[u8]; 6] = [
    b"\xFF\xD8\xFF",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"RIFF\0\0\0\0WEBP",
    b"\0\0\x01\0",
    b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
];
const FONT_MAGIC: [&[u8]; 4] =
    [b"\0\x01\0\0\0", b"OTTO\0\x0b", b"wOFF\0\x01\0\0", b"wOF2\0\x01\0\0"];
const ARCHIVE_MAGIC: [&[u8]; 6] = [
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"7z\xBC\xAF\x27\x1C",
    b"\xFD7zXZ\0",
    b"\x28\xB5\x2F\xFD",
    b"Rar!\x1a\x07\x01",
];
/// What begins neither an image nor a font, nor text: a program.
const PROGRAMS: [&[u8]; 3] =
    [b"\xCF\xFA\xED\xFE", b"\0asm\x01\0\0\0", b"\xCA\xFE\xBA\xBE\0\0\0\x41"];

/// Never a panic; what lies behind the first bytes, the case of an extension, and what stands in front of it decide
/// nothing; magic bytes of its own family, with anything behind them, are never held against a file, nor is text against
/// text; a program is held against every other name.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    // Whatever an input is too short for, the next one has.
    let _ = names_and_bytes(Unstructured::new(data));
}

fn names_and_bytes(mut input: Unstructured<'_>) -> Result<()> {
    let family = input.int_in_range(0..=4)?;
    let all: [&[&str]; 5] = [&IMAGES, &FONTS, &ARCHIVES, &TEXTS, &OTHERS];
    let extension = *input.choose(all[family])?;
    let stem: String = input.arbitrary()?;
    let name = format!("a{stem}.{extension}");
    let magics: [&[&[u8]]; 5] =
        [&IMAGE_MAGIC, &FONT_MAGIC, &ARCHIVE_MAGIC, &PROGRAMS, &[b"", b"<?php", b"#!/", b"<html "]];
    let kind = input.int_in_range(0..=4)?;
    let mut head = input.choose(magics[kind])?.to_vec();
    let padding = if input.ratio(1, 8)? { CONTENT_HEAD } else { 0 };
    head.resize(head.len() + padding, b' ');
    head.extend_from_slice(input.take_rest());

    let judged = contradiction(&name, &head);
    let cut = &head[..head.len().min(CONTENT_HEAD)];
    assert_eq!(judged, contradiction(&name, cut), "more than the first bytes: {name:?}");
    let plain = format!("b.{}", extension.to_ascii_uppercase());
    assert_eq!(judged, contradiction(&plain, &head), "more than the extension: {name:?}");

    let show = || format!("{name:?}: {judged:?}: {}", cut.escape_ascii());
    if OTHERS.contains(&extension) || head.is_empty() {
        assert_eq!(judged, None, "nothing can be said: {}", show());
    }
    if family == kind && family < 3 {
        assert_eq!(judged, None, "it is what it says: {}", show());
    }
    if family == 3 && extension != "svg" && naive_is_text(cut) {
        assert_eq!(judged, None, "text is text: {}", show());
    }
    // `\0asm` and the like begin no other format, and hold a byte that no text has.
    if kind == 3 && (family < 2 || family == 3) && head.len() >= 8 && !naive_is_text(cut) {
        assert!(judged.is_some(), "a program: {}", show());
    }
    Ok(())
}

fn naive_is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte >= b' ' || b"\t\n\x0c\r\x1b".contains(byte))
}
