//! Names against first bytes: what is refused, and above all what isn't.

use catzilla_path_security::{CONTENT_HEAD, Magic, contradiction};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0";
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0";
const WEBP: &[u8] = b"RIFF\x24\0\0\0WEBPVP8 ";
const AVIF: &[u8] = b"\0\0\0\x14ftypavif\0\0\0\0avif";
const HEIC: &[u8] = b"\0\0\0\x14ftypheic\0\0\0\0heic";
const BMP: &[u8] = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0";
const TIFF: &[u8] = b"II*\0\x08\0\0\0\x0f\0\0\x01";
const ICO: &[u8] = b"\0\0\x01\0\x01\0\x10\x10";
const TTF: &[u8] = b"\0\x01\0\0\0\x0f\0\x80";
const OTF: &[u8] = b"OTTO\0\x0b\0\x80";
const WOFF: &[u8] = b"wOFF\0\x01\0\0\0\0";
const WOFF2: &[u8] = b"wOF2\0\x01\0\0\0\0";
const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0";
const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03";
const XZ: &[u8] = b"\xFD7zXZ\0\0";
const ZSTD: &[u8] = b"\x28\xB5\x2F\xFD\x04\0";
const BZIP2: &[u8] = b"BZh91AY&SY\0\0";
const LZ4: &[u8] = b"\x04\x22\x4d\x18\x64\0";
const SEVEN_ZIP: &[u8] = b"7z\xBC\xAF\x27\x1C\0\x04";
const RAR: &[u8] = b"Rar!\x1a\x07\x01\0";
const CAB: &[u8] = b"MSCF\0\0\0\0";
const MACH: &[u8] = b"\xCF\xFA\xED\xFE\x07\0\0\x01";
const WASM: &[u8] = b"\0asm\x01\0\0\0";
const CLASS: &[u8] = b"\xCA\xFE\xBA\xBE\0\0\0\x41";
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0";
const PDF: &[u8] = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n\0";
const HTML: &[u8] = b"\n<!DOCTYPE html><title>404</title>";
const PHP: &[u8] = b"<?php system($_GET['c']);";
const SHELL: &[u8] = b"#!/bin/sh\n";
const SVG: &[u8] = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>";

fn elf() -> Vec<u8> {
    padded(b"\x7fELF\x02\x01\x01", 64)
}

fn portable_executable() -> Vec<u8> {
    let mut head = padded(b"MZ\x90\0", 0x80);
    head[0x3C] = 0x80;
    head.extend_from_slice(b"PE\0\0\x64\x86");
    head
}

fn tar() -> Vec<u8> {
    let mut head = padded(b"index.html", 512);
    head[257..263].copy_from_slice(b"ustar\0");
    head
}

fn padded(head: &[u8], len: usize) -> Vec<u8> {
    let mut head = head.to_vec();
    head.resize(len, 0);
    head
}

#[track_caller]
fn check(names: &[&str], head: &[u8], expected: Option<Magic>) {
    for name in names {
        let found = contradiction(name, head);
        assert_eq!(found.map(|found| found.magic()), expected, "{name}: {}", head.escape_ascii());
    }
}

#[track_caller]
fn passes(names: &[&str], heads: &[&[u8]]) {
    for head in heads {
        check(names, head, None);
    }
}

#[test]
fn any_image_passes_under_the_name_of_any() {
    passes(
        &["a.jpg", "a.PNG", "a.gif", "a.webp", "a.avif", "a.heic", "favicon.ico", "a.bmp", "a.tif"],
        &[JPEG, PNG, GIF, WEBP, AVIF, HEIC, BMP, TIFF, ICO, SVG, b"\xFF\x0A", b"\0\0\x02\0\x01\0"],
    );
}

#[test]
fn under_the_name_of_an_image_everything_else_is_refused() {
    let names = ["a.jpg", "a.JPEG", "b/../a.min.png", "a.svg.gif", "favicon.ico", "a.\u{200b}png"];
    check(&names, PHP, Some(Magic::Script));
    check(&names, b"\xEF\xBB\xBF \n<?PHP\n", Some(Magic::Script));
    check(&names, b"<?= `id` ?>", Some(Magic::Script));
    check(&names, SHELL, Some(Magic::Script));
    check(&names, HTML, Some(Magic::Html));
    check(&names, b"\xEF\xBB\xBF<html >", Some(Magic::Html));
    check(&names, b"<!-- c --><html>", Some(Magic::Html));
    check(&names, b"<script>alert(1)</script>", Some(Magic::Html));
    for head in [&*elf(), &portable_executable(), MACH, WASM, CLASS] {
        check(&names, head, Some(Magic::Executable));
    }
    for head in [ZIP, GZIP, XZ, ZSTD, BZIP2, LZ4, SEVEN_ZIP, RAR, CAB, &tar()] {
        check(&names, head, Some(Magic::Archive));
    }
    for head in [TTF, OTF, WOFF, WOFF2] {
        check(&names, head, Some(Magic::Font));
    }
    check(&names, PDF, Some(Magic::Document));
    check(&names, COMPOUND, Some(Magic::Document));
}

#[test]
fn a_drawing_is_text_that_may_begin_with_a_comment() {
    let name = ["logo.svg"];
    passes(&name, &[SVG, b"<!-- Generator --><svg/>", b"\xEF\xBB\xBF <!-- a --><svg/>", b"<svg/>"]);
    check(&name, HTML, Some(Magic::Html));
    check(&name, b"<script>alert(1)</script>", Some(Magic::Html));
    check(&name, PHP, Some(Magic::Script));
    check(&name, SHELL, Some(Magic::Script));
    check(&name, PNG, Some(Magic::Image));
    check(&name, GZIP, Some(Magic::Archive));
}

#[test]
fn fonts() {
    let names = ["a.ttf", "a.otf", "a.woff", "a.WOFF2", "a.ttc"];
    passes(&names, &[TTF, OTF, WOFF, WOFF2, b"ttcf\0\x01\0\0", b"true\0\x0c"]);
    check(&names, PNG, Some(Magic::Image));
    check(&names, ZIP, Some(Magic::Archive));
    check(&names, &elf(), Some(Magic::Executable));
    check(&names, HTML, Some(Magic::Html));
    check(&names, PHP, Some(Magic::Script));
    check(&names, PDF, Some(Magic::Document));
}

#[test]
fn archives_of_any_format_and_what_is_zip_inside() {
    let plain = ["a.tar", "a.tar.gz", "a.tgz", "a.bz2", "a.xz", "a.zst", "a.cab", "a.lz4"];
    let wrapped = [
        "a.zip", "a.jar", "a.apk", "a.epub", "a.docx", "a.xlsx", "a.pptx", "a.odt", "a.whl",
        "a.xpi", "a.rar", "a.7z",
    ];
    let archives = [ZIP, GZIP, XZ, ZSTD, BZIP2, LZ4, SEVEN_ZIP, RAR, CAB, &tar()];
    passes(&plain, &archives);
    passes(&wrapped, &archives);
    // Office programs put what is encrypted into a compound file, whatever its name.
    passes(&wrapped, &[COMPOUND, PDF]);
    // What unpacks itself has its program in front.
    passes(&wrapped, &[&portable_executable(), &elf(), SHELL]);
    check(&plain, &portable_executable(), Some(Magic::Executable));
    check(&plain, SHELL, Some(Magic::Script));
    check(&plain, PHP, Some(Magic::Script));
    for names in [&plain[..], &wrapped] {
        check(names, HTML, Some(Magic::Html));
        check(names, PNG, Some(Magic::Image));
        check(names, WOFF2, Some(Magic::Font));
    }
    // Before `ustar`, a tar began with the name of its first file and zeros.
    for first in ["OTTO", "MZ.txt", "BM", "GIFs/a.gif", "BZh", "BC", "%!", "SQLite.txt"] {
        passes(&["old.tar"], &[&padded(first.as_bytes(), 512)]);
    }
}

#[test]
fn text_may_begin_with_letters_that_are_magic_elsewhere() {
    let names = ["a.js", "a.css", "a.html", "a.txt", "a.json", "a.md", "a.csv", "a.sh", "a.php"];
    passes(
        &names,
        &[
            b"MZ is how it begins",
            b"BM is a bitmap",
            b"GIF89a=1;/* GIF */",
            b"BZh9 is bzip2",
            b"BC of bytes",
            b"%PDF-1.7 is the first line",
            b"OTTO\nwas here",
            b"dex\n",
            b"MAC addresses",
            b"SQLite is a database",
            b"\x1b[1mbold\x1b[0m",
            b"\xFF\xFEt\0e\0x\0t\0",
            b"\xFE\xFF\0t\0e\0x\0t",
            HTML,
            PHP,
            SHELL,
            SVG,
            b"[0]",
        ],
    );
    for head in [&*elf(), &portable_executable(), MACH, WASM, CLASS] {
        check(&names, head, Some(Magic::Executable));
    }
    for head in [ZIP, GZIP, XZ, ZSTD, BZIP2, LZ4, SEVEN_ZIP, RAR, CAB, &tar()] {
        check(&names, head, Some(Magic::Archive));
    }
    for head in [PNG, JPEG, GIF, WEBP, AVIF, HEIC, BMP, TIFF, ICO] {
        check(&names, head, Some(Magic::Image));
    }
    check(&names, WOFF2, Some(Magic::Font));
    check(&names, PDF, Some(Magic::Document));
}

#[test]
fn what_says_nothing_passes() {
    let names = [
        "a",
        "a.",
        "a.unknown",
        ".jpg",
        "a.ts",
        "a.mp4",
        "a.exe",
        "a.pdf",
        "a.svgz",
        "a.eot",
        "a.br",
        "jpg",
        "a.jpg.bak",
        "a.jpgx",
        "",
    ];
    passes(&names, &[&elf(), &portable_executable(), ZIP, HTML, PHP, SHELL, PNG, PDF, b""]);
    let judged = ["a.jpg", "a.svg", "a.ttf", "a.tar", "a.zip", "a.js"];
    passes(&judged, &[b"", b"\0", b"MZ", b"<", b"#!", b"version https://git-lfs.github.com/spec"]);
}

#[test]
fn what_lies_behind_the_first_bytes_is_not_looked_at() {
    let mut head = vec![b' '; CONTENT_HEAD - PHP.len()];
    head.extend_from_slice(PHP);
    check(&["a.png"], &head, Some(Magic::Script));
    let mut head = vec![b' '; CONTENT_HEAD];
    head.extend_from_slice(PHP);
    check(&["a.png"], &head, None);
}

#[test]
fn a_contradiction_in_words() {
    let says = |name, head| contradiction(name, head).unwrap().to_string();
    assert_eq!(says("a.jpg", PHP), "a script under the name of an image");
    assert_eq!(says("a.js", ZIP), "an archive under the name of a text");
    assert_eq!(says("a.svg", HTML), "HTML under the name of an SVG");
    assert_eq!(says("a.woff", PNG), "an image under the name of a font");
    assert_eq!(says("a.zip", HTML), "HTML under the name of an archive");
}
