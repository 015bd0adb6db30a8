//! What the first bytes of a file say that it is, as far as they say it beyond doubt.
//!
//! `infer` knows the numbers. Where one of its matchers goes by two or three letters that a text may begin with, more is
//! asked for here: a file is only ever called something that it is.

use std::fmt;

use infer::{app, archive, font, image, text};

/// The family of formats that the first bytes of a file belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Magic {
    /// JPEG, PNG, GIF, WebP, AVIF, HEIF, BMP, TIFF, ICO, JPEG 2000.
    Image,
    /// TrueType, OpenType, WOFF, WOFF2.
    Font,
    /// ELF, PE, Mach-O; WebAssembly, class files of Java, DEX.
    Executable,
    /// zip and all that is zip inside, tar, gzip, bzip2, xz, zstd, LZ4, 7z, RAR, CAB.
    Archive,
    /// PDF, and the compound files of older office programs.
    Document,
    /// A tag of HTML, as the MIME Sniffing Standard (section 7.1) has them.
    Html,
    /// `#!`, `<?php`, `<?=`.
    Script,
}

type Matcher = fn(&[u8]) -> bool;

impl Magic {
    /// What the beginning of a file says. `None` if it says nothing, or nothing for certain.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        let families: [(Self, Matcher); 7] = [
            (Self::Image, is_image),
            (Self::Font, is_font),
            (Self::Executable, is_executable),
            (Self::Archive, is_archive),
            (Self::Document, is_document),
            (Self::Html, |head| text::is_html(without_mark(head))),
            (Self::Script, is_script),
        ];
        families.into_iter().find(|(_, matches)| matches(head)).map(|(magic, _)| magic)
    }

    /// Whether the format is made of bytes that are no text.
    pub(crate) fn is_binary(self) -> bool {
        !matches!(self, Self::Html | Self::Script)
    }
}

impl fmt::Display for Magic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Image => "an image",
            Self::Font => "a font",
            Self::Executable => "an executable",
            Self::Archive => "an archive",
            Self::Document => "a document",
            Self::Html => "HTML",
            Self::Script => "a script",
        })
    }
}

/// Whether there is a byte that no text has: a binary data byte of the MIME Sniffing Standard (section 3).
pub(crate) fn has_binary_byte(head: &[u8]) -> bool {
    head.iter().any(|byte| matches!(byte, 0x00..=0x08 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F))
}

/// Whether it begins with a comment of HTML and XML alike, behind white space.
pub(crate) fn is_comment(head: &[u8]) -> bool {
    without_mark(head).trim_ascii_start().starts_with(b"<!--")
}

fn is_image(head: &[u8]) -> bool {
    image::is_jpeg(head)
        || image::is_png(head)
        || head.starts_with(b"GIF87a")
        || head.starts_with(b"GIF89a")
        || (head.starts_with(b"RIFF") && image::is_webp(head))
        || image::is_avif(head)
        || image::is_heif(head)
        || is_bmp(head)
        || image::is_tiff(head)
        || image::is_ico(head)
        || image::is_jpeg2000(head)
}

/// `BM` alone begins many a text: the reserved bytes and the length of the second header are looked at, too.
fn is_bmp(head: &[u8]) -> bool {
    image::is_bmp(head)
        && head.get(6..10) == Some(&[0; 4])
        && matches!(head.get(14..18), Some([12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

fn is_font(head: &[u8]) -> bool {
    font::is_ttf(head) || is_otf(head) || font::is_woff(head) || font::is_woff2(head)
}

/// `OTTO` and a zero also begin an old tar whose first file is called so: it has to have tables.
fn is_otf(head: &[u8]) -> bool {
    font::is_otf(head) && head.get(5).is_some_and(|tables| *tables > 0)
}

fn is_executable(head: &[u8]) -> bool {
    app::is_elf(head)
        || is_portable_executable(head)
        || app::is_mach(head)
        || app::is_wasm(head)
        || app::is_java(head)
        || app::is_dex(head)
}

/// `MZ` alone begins many a text: it has to lead to `PE`.
fn is_portable_executable(head: &[u8]) -> bool {
    let Some(&[a, b, c, d]) = head.get(0x3C..0x40) else { return false };
    let header = u32::from_le_bytes([a, b, c, d]) as usize;
    app::is_exe(head) && head.get(header..).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}

fn is_archive(head: &[u8]) -> bool {
    // Of frames that are skipped the matchers would go on to the next, by a length that a file may lie about.
    let frame = &head[..head.len().min(4)];
    archive::is_zip(head)
        || archive::is_tar(head)
        || archive::is_gz(head)
        || archive::is_bz2(head)
        || archive::is_xz(head)
        || archive::is_zst(frame)
        || archive::is_lz4(frame)
        || archive::is_7z(head)
        || archive::is_rar(head)
        || archive::is_cab(head)
}

fn is_document(head: &[u8]) -> bool {
    head.starts_with(b"%PDF-") || archive::is_msi(head)
}

fn is_script(head: &[u8]) -> bool {
    let head = without_mark(head);
    let code = head.trim_ascii_start();
    text::is_shellscript(head)
        || code.starts_with(b"<?=")
        || code.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case(b"<?php"))
}

/// Without the byte order mark of UTF-8.
fn without_mark(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head)
}
