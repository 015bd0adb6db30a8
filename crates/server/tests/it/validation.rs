//! Content against extensions: refused, logged once per load, and not held.

use std::fmt;
use std::sync::{Mutex, Once, PoisonError};

use catzilla_server::{CacheConfig, MountConfig, Server};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

use crate::site::{Site, eventually, write};

const PHP: &[u8] = b"<?php system($_GET['c']);";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

fn validating(files: &[(&str, &[u8])]) -> Site {
    Site::with(files, |server| server, |mount| mount.validate_content(true))
}

#[track_caller]
fn check(site: &Site, path: &str, status: u16) {
    // Twice: as a miss, and as whatever the first one left behind.
    for method in ["GET", "GET", "HEAD"] {
        assert_eq!(site.ask(method, path, &[]).status, status, "{method} {path}");
    }
}

#[test]
fn contradictions_are_refused_and_not_held() {
    let site = validating(&[
        ("cat.jpg", PHP),
        ("cat.png", PNG),
        ("other.jpg", PNG),
        (
            "app.js",
            b"\x7fELF\x02\x01\x01\0............................................................",
        ),
        ("site.css", b"a{}"),
        ("archive.zip", b"<!DOCTYPE html><title>404</title>"),
        ("report.docx", b"PK\x03\x04\x14\0\0\0"),
        ("noname", PHP),
        ("empty.png", b""),
        ("dir/index.html", b"PK\x03\x04\x14\0\0\0"),
    ]);
    for path in ["/cat.jpg", "/app.js", "/archive.zip", "/dir/"] {
        check(&site, path, 403);
    }
    assert_eq!(site.handle.cache_stats().unwrap().entries, 0);
    for path in ["/cat.png", "/other.jpg", "/site.css", "/report.docx", "/noname", "/empty.png"] {
        check(&site, path, 200);
    }
    assert_eq!(site.handle.cache_stats().unwrap().entries, 6);
    let refused = site.ask("GET", "/cat.jpg", &[("Range", "bytes=0-3")]);
    assert_eq!(refused.status, 403);
    assert!(!refused.text().contains("php"));
}

#[test]
fn nothing_is_looked_at_unless_it_is_asked_for() {
    let site = Site::start(&[("cat.jpg", PHP)]);
    check(&site, "/cat.jpg", 200);
}

#[test]
fn what_stays_in_its_file_is_looked_at_too() {
    let large = |head: &[u8]| {
        let mut content = head.to_vec();
        content.resize(100_000, b'.');
        content
    };
    let files = [("bad.png", large(PHP)), ("good.png", large(PNG))];
    let files: Vec<_> = files.iter().map(|(name, content)| (*name, &**content)).collect();
    let site = Site::with(
        &files,
        |server| server.cache(CacheConfig::new().max_file(50_000)),
        |mount| mount.validate_content(true),
    );
    check(&site, "/bad.png", 403);
    check(&site, "/good.png", 200);
    let stats = site.handle.cache_stats().unwrap();
    assert_eq!((stats.entries, stats.resident.content), (1, 0));
}

#[test]
fn a_file_that_is_mended_is_served_and_one_that_is_spoilt_is_not() {
    let site = validating(&[("mended.png", PHP), ("spoilt.png", PNG)]);
    check(&site, "/mended.png", 403);
    check(&site, "/spoilt.png", 200);
    write(&site.path("mended.png"), PNG);
    write(&site.path("spoilt.png"), PHP);
    check(&site, "/mended.png", 200);
    let seen = eventually(|| (site.get("/spoilt.png").status == 403).then_some(()));
    assert!(seen.is_some(), "it is served for ever");
}

#[test]
fn each_load_that_is_refused_is_logged_once_with_mount_and_path() {
    listen();
    let site = validating(&[("a-name-of-its-own.gif", PHP), ("another-of-its-own.gif", PNG)]);
    for loads in 1..=3 {
        assert_eq!(site.get("/a-name-of-its-own.gif").status, 403);
        let told = told_of("a-name-of-its-own.gif");
        assert_eq!(told.len(), loads, "{told:?}");
        assert!(told[0].contains("mount=\"/\""), "{told:?}");
        assert!(told[0].contains("why=a script under the name of an image"), "{told:?}");
    }
    assert_eq!(site.get("/another-of-its-own.gif").status, 200);
    assert!(told_of("another-of-its-own.gif").is_empty());
}

#[test]
fn without_a_cache_nothing_is_loaded_so_that_the_server_is_not_built() {
    let dir = tempfile::tempdir().unwrap();
    let mount = MountConfig::new("/files", dir.path()).validate_content(true);
    let err = Server::builder().no_cache().mount(mount).build().unwrap_err();
    assert!(err.to_string().contains("\"/files\""), "{err}");
}

/// What has been warned of, by all tests of this process.
static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn told_of(path: &str) -> Vec<String> {
    let warnings = WARNINGS.lock().unwrap_or_else(PoisonError::into_inner);
    warnings.iter().filter(|warning| warning.contains(path)).cloned().collect()
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Warnings).unwrap());
}

/// Takes warnings down: those of the workers, too, which a subscriber of one thread wouldn't see.
struct Warnings;

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        WARNINGS.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        use fmt::Write;

        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}
