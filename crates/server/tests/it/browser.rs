//! A real browser opens real pages, and none of its requests fails.

use std::path::{Path, PathBuf};
use std::process::Command;

use catzilla_server::{Handle, MountConfig, Server};

use crate::real_site::{documentation, serve};

/// Chromium, where it is installed. CI says that it must be.
fn chromium() -> Option<&'static str> {
    let there = |name: &&str| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(there);
    if found.is_none() {
        crate::site::skip("no chromium in PATH");
    }
    found
}

/// The page as the browser sees it when its scripts have run.
fn open(chromium: &str, handle: &Handle, path: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--virtual-time-budget=10000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://{}{path}", handle.addresses()[0]))
        .output()
        .expect("chromium");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn check(root: &Path, handle: &Handle, path: &str, shows: &str, at_least: u64) {
    let Some(chromium) = chromium() else { return };
    let before = handle.stats();
    let dom = open(chromium, handle, path);
    assert!(dom.contains(shows), "{path} of {} shows {dom:.500}", root.display());
    let after = handle.stats();
    assert!(after.success - before.success >= at_least, "{path}: {after:?}");
    assert_eq!((after.server_error, after.cut_short), (0, 0), "{path}: {after:?}");
    // Where a page names no icon, the browser asks for /favicon.ico by itself.
    let guesses = u64::from(!dom.contains("rel=\"icon\""));
    assert!(after.client_error - before.client_error <= guesses, "{path}: {after:?}");
}

#[test]
fn the_documentation_opens() {
    let Some(root) = documentation() else { return };
    let handle = serve(&root);
    check(&root, &handle, "/index.html", "Rust Documentation", 2);
    check(&root, &handle, "/std/vec/struct.Vec.html", "contiguous growable array", 5);
}

#[test]
fn the_sample_site_opens() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/site"));
    let handle =
        Server::builder().mount(MountConfig::new("/", &root)).build().unwrap().start().unwrap();
    check(&root, &handle, "/", "Catzilla", 2);
}
