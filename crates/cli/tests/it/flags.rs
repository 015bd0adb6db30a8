//! Every flag does what it says.

use std::os::unix::fs::symlink;

use crate::command::{serve, site, text, write};

/// Starts with these flags and compares one status, one field or its absence, or a body.
#[track_caller]
fn check(flags: &[&str], path: &str, status: u16, says: &str) {
    let dir = site();
    write(dir.path(), "home.htm", b"other index");
    write(dir.path(), "a.php", b"<?php");
    write(dir.path(), "aux.html", b"auxiliary");
    write(dir.path(), "script.png", b"<?php");
    write(dir.path(), "2024-01-01T12:00.txt", b"noon");
    write(dir.path(), "big.bin", &[b'x'; 3000]);
    symlink("page.html", dir.path().join("link.html")).unwrap();
    symlink("/etc/hostname", dir.path().join("outside")).unwrap();
    let mut args = vec![text(dir.path()), "-p", "0"];
    args.extend(flags);
    let (got, head, body) = serve(&args).get(path);
    assert_eq!(got, status, "{flags:?} {path}: {head}");
    let all = format!("{head}{}", String::from_utf8_lossy(&body));
    match says.strip_prefix('!') {
        Some(absent) => assert!(!all.contains(absent), "{flags:?} {path}: {all}"),
        None => assert!(all.contains(says), "{flags:?} {path}: {all}"),
    }
}

#[test]
fn defaults() {
    check(&[], "/", 200, "home");
    check(&[], "/.env", 404, "!SECRET");
    check(&[], "/link.html", 404, "!page");
    check(&[], "/aux.html", 400, "!auxiliary");
    check(&[], "/2024-01-01T12:00.txt", 400, "!noon");
    check(&[], "/page.html", 200, "etag: ");
    check(&[], "/page.html", 200, "last-modified: ");
    check(&[], "/page.html", 200, "accept-ranges: bytes");
}

#[test]
fn each_flag() {
    check(&["--index", "none.html,home.htm"], "/", 200, "other index");
    check(&["--index", ""], "/", 404, "");
    check(&["--hidden"], "/.env", 200, "SECRET");
    check(&["--windows-names"], "/aux.html", 200, "auxiliary");
    check(&["--windows-names"], "/2024-01-01T12:00.txt", 200, "noon");
    check(&["--symlinks", "within"], "/link.html", 200, "page");
    check(&["--symlinks", "within"], "/outside", 404, "");
    check(&["--symlinks", "follow"], "/outside", 200, "");
    check(&["--max-file-size", "2999"], "/big.bin", 413, "");
    check(&["--max-file-size", "3kB"], "/big.bin", 200, "");
    check(&["--allow-ext", "html"], "/a.php", 403, "");
    check(&["--block-ext", "exe,php"], "/a.php", 403, "");
    check(&["--block-pattern", "*.bin"], "/big.bin", 403, "");
    check(&["--validate-content"], "/script.png", 403, "!<?php");
    check(&["--validate-content"], "/a.php", 200, "<?php");
    check(&[], "/script.png", 200, "<?php");
    check(&["--header", "X-Frame-Options: DENY"], "/", 200, "x-frame-options: DENY\r\n");
    check(&["--header", "Cache-Control: max-age=9"], "/", 200, "cache-control: max-age=9\r\n");
    check(&["--no-etag"], "/page.html", 200, "!etag: ");
    check(&["--no-last-modified"], "/page.html", 200, "!last-modified: ");
    check(&["--no-ranges"], "/page.html", 200, "!accept-ranges");
    check(&["--no-sendfile", "--blocking-threads", "1"], "/big.bin", 200, "xxx");
    check(&["--threads", "3"], "/page.html", 200, "page");
}

#[test]
fn mounts_stand_beside_the_folder_or_alone() {
    let (one, two) = (site(), tempfile::tempdir().unwrap());
    write(two.path(), "a.txt", b"two");
    let mount = format!("/static={}", text(two.path()));
    let both = serve(&[text(one.path()), "-p", "0", "--mount", &mount]);
    assert!(both.line.ends_with("mounts=/static,/\n"), "{}", both.line);
    assert_eq!(both.get("/static/a.txt").2, b"two");
    assert_eq!(both.get("/").2, b"home");
    let alone = serve(&["serve", "-p", "0", "--mount", &mount]);
    assert_eq!(alone.get("/static/a.txt").2, b"two");
    assert_eq!(alone.get("/").0, 404);
}

/// What a server says to the preface of HTTP/2.
fn said_to_the_preface(flags: &[&str]) -> Vec<u8> {
    use std::io::{Read, Write};

    let dir = site();
    let mut args = vec![text(dir.path()), "-p", "0"];
    args.extend(flags);
    let server = serve(&args);
    let mut client = std::net::TcpStream::connect(server.address()).unwrap();
    client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut said = [0; 9];
    client.read_exact(&mut said).unwrap();
    said.to_vec()
}

#[test]
fn http2_by_prior_knowledge() {
    const SETTINGS: u8 = 4;
    assert_eq!(said_to_the_preface(&[])[3], SETTINGS);
    assert_eq!(said_to_the_preface(&["--http2-prior-knowledge", "true"])[3], SETTINGS);
    assert_eq!(said_to_the_preface(&["--http2-prior-knowledge", "false"]), b"HTTP/1.1 ");
}
