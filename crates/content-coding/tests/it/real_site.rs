//! The files that come with the toolchain, through every encoder and back.

use std::path::{Path, PathBuf};

use catzilla_content_coding::{Coding, Codings, Level, compress, verify, worth};
use catzilla_testkit::decoders::decode;

/// How many files are compressed at a low level, spread over the whole tree.
const SAMPLE: usize = 200;

/// Of how many of these the best level is tried as well.
const BEST_OF: usize = 40;

/// Larger ones take too long for a test.
const LONGEST: u64 = 1 << 20;

/// Where the documentation of the toolchain is, if it is installed. CI says that it must be.
fn documentation() -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).args(["--print", "sysroot"]).output().ok()?;
    let sysroot = String::from_utf8(output.stdout).ok()?;
    let path = Path::new(sysroot.trim()).join("share/doc/rust/html");
    if path.is_dir() {
        return Some(path);
    }
    let message = "the toolchain has no documentation: rustup component add rust-docs";
    assert!(std::env::var_os("CATZILLA_CI").is_none(), "{message}");
    #[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
    {
        eprintln!("skipped: {message}");
    }
    None
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            walk(&entry.path(), files);
        } else if metadata.len() <= LONGEST && content_type(&entry.path()).is_some() {
            files.push(entry.path());
        }
    }
}

/// The media type of a text; nothing else is tried.
fn content_type(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "html" => Some("text/html"),
        "js" => Some("text/javascript"),
        "css" => Some("text/css"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain"),
        "md" => Some("text/markdown"),
        _ => None,
    }
}

/// Every so many files, and some of each kind, the rare ones too.
fn sample(files: &[PathBuf]) -> Vec<&PathBuf> {
    let mut sample: Vec<&PathBuf> = files.iter().step_by(files.len().div_ceil(SAMPLE)).collect();
    for kind in ["js", "css", "svg", "txt", "md"] {
        let is_of_kind = |path: &&PathBuf| path.extension().is_some_and(|found| found == kind);
        sample.extend(files.iter().filter(is_of_kind).step_by(29).take(8));
    }
    sample
}

#[test]
fn every_body_decodes_to_its_file_by_us_and_by_others() {
    let Some(root) = documentation() else { return };
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    let sample = sample(&files);
    assert!(sample.len() >= SAMPLE, "{} files", sample.len());
    for (number, path) in sample.iter().enumerate() {
        let content = std::fs::read(path).unwrap();
        let content_type = content_type(path).expect("it was chosen by it");
        assert!(worth::media_type(content_type.as_bytes()), "{content_type}");
        let mut levels = vec![Level::new(1).expect("a level")];
        if number % (sample.len() / BEST_OF) == 0 {
            levels.push(Level::best(content.len() as u64));
        }
        for coding in Codings::BUILT.without(Coding::Identity).iter() {
            for &level in &levels {
                let encoded = compress(coding, level, &content).unwrap();
                let what = || format!("{} in {coding} {}", path.display(), level.number(coding));
                assert!(verify(coding, &encoded, &content).is_same(), "{}", what());
                let decoded = decode(coding, &encoded, content.len());
                assert!(decoded.as_ref() == Some(&content), "{}, by another decoder", what());
                if content.len() as u64 >= worth::DEFAULT_MIN_SIZE {
                    let (before, after) = (content.len() as u64, encoded.len() as u64);
                    assert!(worth::result(before, after), "{}: {after} of {before}", what());
                }
            }
        }
    }
}
