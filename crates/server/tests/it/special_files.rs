//! What is no regular file, and what is reached by links.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use catzilla_server::{Policy, Symlinks};

use crate::client::Client;
use crate::site::{Site, eventually, write};

fn tree(site: &Site) {
    write(&site.dir.path().join("outside.txt"), b"outside");
    write(&site.path("in/file.txt"), b"inside");
    symlink("in/file.txt", site.path("link.txt")).unwrap();
    symlink("in", site.path("folder")).unwrap();
    symlink("../outside.txt", site.path("out.txt")).unwrap();
    symlink(site.dir.path().join("outside.txt"), site.path("absolute.txt")).unwrap();
    symlink("nowhere", site.path("dangling")).unwrap();
    symlink("loop", site.path("loop")).unwrap();
    symlink(".secret", site.path("to-hidden")).unwrap();
    write(&site.path(".secret"), b"secret");
}

#[track_caller]
fn check(site: &Site, path: &str, status: u16, body: &str) {
    let answer = site.get(path);
    assert_eq!(answer.status, status, "{path}");
    if status == 200 {
        assert_eq!(answer.text(), body, "{path}");
    }
}

fn site(symlinks: Symlinks) -> Site {
    let site = Site::with(
        &[],
        |server| server,
        |mount| mount.policy(Policy::default().symlinks(symlinks)),
    );
    tree(&site);
    site
}

const LINKS: [&str; 7] = [
    "/link.txt",
    "/folder/file.txt",
    "/out.txt",
    "/absolute.txt",
    "/dangling",
    "/loop",
    "/to-hidden",
];

#[test]
fn links_are_missing_files_by_default() {
    let site = Site::start(&[]);
    tree(&site);
    for path in LINKS {
        check(&site, path, 404, "");
    }
    check(&site, "/in/file.txt", 200, "inside");
}

#[test]
fn links_within_the_folder() {
    let site = site(Symlinks::Within);
    check(&site, "/link.txt", 200, "inside");
    check(&site, "/folder/file.txt", 200, "inside");
    for path in ["/out.txt", "/absolute.txt", "/dangling", "/loop", "/to-hidden"] {
        check(&site, path, 404, "");
    }
}

#[test]
fn links_anywhere_when_containment_is_given_up() {
    let site = site(Symlinks::Follow);
    check(&site, "/link.txt", 200, "inside");
    check(&site, "/out.txt", 200, "outside");
    check(&site, "/absolute.txt", 200, "outside");
    check(&site, "/dangling", 404, "");
    check(&site, "/loop", 404, "");
}

#[test]
fn fifos_sockets_and_devices_neither_block_nor_leak() {
    let site = Site::start(&[("ok.txt", b"ok")]);
    let fifo =
        std::process::Command::new("mkfifo").arg(site.path("fifo")).status().expect("mkfifo");
    assert!(fifo.success());
    let _socket = UnixListener::bind(site.path("socket")).unwrap();
    let mut paths = vec!["/fifo", "/socket", "/fifo/", "/socket/"];
    let device =
        std::process::Command::new("mknod").arg(site.path("null")).args(["c", "1", "3"]).status();
    if device.is_ok_and(|status| status.success()) {
        paths.push("/null");
    }
    for path in paths {
        check(&site, path, 404, "");
    }
    // The one worker is not stuck in any of them.
    check(&site, "/ok.txt", 200, "ok");
}

#[test]
fn a_replaced_folder_is_served_from_then_on() {
    let site = Site::start(&[("v.txt", b"one")]);
    let root = site.path("");
    check(&site, "/v.txt", 200, "one");
    std::fs::remove_dir_all(&root).unwrap();
    assert!(eventually(|| Some(()).filter(|()| site.get("/v.txt").status == 404)).is_some());
    write(&site.path("v.txt"), b"two");
    // The keeper looks once per tick.
    let mut client = Client::connect(site.address());
    let answer = eventually(|| Some(client.get("/v.txt")).filter(|answer| answer.status == 200));
    assert_eq!(answer.expect("the new folder is opened").text(), "two");
}
