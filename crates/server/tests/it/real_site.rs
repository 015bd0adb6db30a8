//! The site that comes with the toolchain: tens of thousands of real files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use catzilla_server::{Handle, MountConfig, Server};

use crate::client::Client;

/// How many files are compared: spread over the whole tree, all kinds among them.
const SAMPLE: usize = 3000;

/// Where the documentation of the toolchain is, if it is installed. CI says that it must be.
pub(crate) fn documentation() -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).args(["--print", "sysroot"]).output().ok()?;
    let sysroot = String::from_utf8(output.stdout).ok()?;
    let path = Path::new(sysroot.trim()).join("share/doc/rust/html");
    if path.is_dir() {
        return Some(path);
    }
    crate::site::skip("the toolchain has no documentation: rustup component add rust-docs");
    None
}

pub(crate) fn serve(path: &Path) -> Handle {
    Server::builder()
        .threads(NonZeroUsize::MIN)
        .mount(MountConfig::new("/", path))
        .build()
        .expect("build")
        .start()
        .expect("start")
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            walk(&entry.path(), files);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
}

/// As a browser would write it, the long way: everything but letters, digits and slashes is escaped.
fn url(relative: &str) -> String {
    let mut url = "/".to_owned();
    for byte in relative.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            url.push(byte as char);
        } else {
            let _ = write!(url, "%{byte:02x}");
        }
    }
    url
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        _ => "",
    }
}

#[test]
fn every_byte_length_type_and_validator_is_right() {
    let Some(root) = documentation() else { return };
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 10_000, "{} files", files.len());
    let handle = serve(&root);
    let mut client = Client::connect(handle.addresses()[0]);

    let is_hidden = |path: &Path| {
        path.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."))
    };
    let relative = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    let (hidden, shown): (Vec<_>, Vec<_>) =
        files.iter().partition(|path| is_hidden(path.strip_prefix(&root).unwrap()));
    for path in &hidden {
        assert_eq!(client.get(&url(&relative(path))).status, 404, "{}", path.display());
    }

    let step = (shown.len() / SAMPLE).max(1);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    // Of each kind some, the rare ones too.
    let sample = shown.iter().enumerate().filter(|(number, path)| {
        let kind = path
            .extension()
            .map(|extension| extension.to_string_lossy().into_owned())
            .unwrap_or_default();
        let seen = kinds.entry(kind).or_default();
        *seen += 1;
        number % step == 0 || *seen <= 5
    });
    for (_, path) in sample {
        let url = url(&relative(path));
        let content = std::fs::read(path).unwrap();
        let modified = std::fs::metadata(path).unwrap().modified().unwrap();
        let answer = client.get(&url);
        assert_eq!(answer.status, 200, "{url}");
        assert!(answer.body == content, "{url}: the bytes differ");
        assert_eq!(
            answer.field("content-length"),
            Some(content.len().to_string().as_str()),
            "{url}"
        );
        let expected = content_type(path);
        if !expected.is_empty() {
            assert_eq!(answer.field("content-type"), Some(expected), "{url}");
        }
        assert_eq!(
            answer.field("last-modified"),
            Some(httpdate::fmt_http_date(modified).as_str()),
            "{url}"
        );
        let etag = answer.field("etag").expect("an etag").to_owned();
        assert_eq!(client.ask("GET", &url, &[("If-None-Match", &etag)]).status, 304, "{url}");
        if content.len() > 10 {
            let part = client.ask("GET", &url, &[("Range", "bytes=5-9")]);
            assert!(part.status == 206 && part.body == content[5..10], "{url}");
        }
    }
    let stats = handle.stats();
    assert_eq!((stats.server_error, stats.panics, stats.cut_short), (0, 0, 0));
}
