//! `--cors`, `--auth`, `--auth-file`, `--rate-limit`, `--trusted-proxies`, and `hash-password`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::command::{Running, catzilla, run, serve, site, text, write};

/// What `hash-password` prints for a password on its standard input.
fn hashed(user: &str, password: &str) -> String {
    let mut child = catzilla(&["hash-password", user])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    String::from_utf8(out.stdout).unwrap().trim_end().to_owned()
}

/// Status and head of a request with these field lines.
fn ask(server: &Running, request: &str, fields: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let head = answer.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head)
}

/// `Basic` credentials of `ann:secret` and of `bob:other`.
const ANN: &str = "Authorization: Basic YW5uOnNlY3JldA==\r\n";
const BOB: &str = "Authorization: Basic Ym9iOm90aGVy\r\n";

#[test]
fn users_are_asked_for_their_password() {
    let site = site();
    let ann = hashed("ann", "secret");
    assert!(ann.starts_with("ann:$argon2id$"), "{ann}");
    let server = serve(&[text(site.path()), "-p", "0", "--auth", &ann]);
    let (status, head) = ask(&server, "GET /page.html", "");
    assert!(status == 401 && head.contains("www-authenticate: basic realm="), "{head}");
    assert_eq!(ask(&server, "GET /page.html", ANN).0, 200);
    assert_eq!(ask(&server, "GET /page.html", BOB).0, 401);
    assert_eq!(
        ask(&server, "GET /missing", "").0,
        401,
        "who isn't let in isn't told what there is"
    );
}

#[test]
fn users_of_a_file_are_exchanged() {
    let (site, dir) = (site(), tempfile::tempdir().unwrap());
    let file = dir.path().join("users");
    std::fs::write(&file, hashed("ann", "secret")).unwrap();
    let mut server = serve(&[text(site.path()), "-p", "0", "--auth-file", text(&file)]);
    assert_eq!(ask(&server, "GET /", ANN).0, 200);
    write(dir.path(), "fresh", hashed("bob", "other").as_bytes());
    std::fs::rename(dir.path().join("fresh"), &file).unwrap();
    server.signal("HUP");
    let begin = Instant::now();
    while ask(&server, "GET /", BOB).0 != 200 {
        assert!(begin.elapsed() < Duration::from_secs(20), "bob is not let in");
    }
    assert_eq!(ask(&server, "GET /", ANN).0, 401);
    // Half a file, or none, locks nobody out and lets nobody in.
    std::fs::write(&file, "").unwrap();
    server.signal("HUP");
    let line = server.error_line();
    assert!(line.contains("there are no users in it") && !line.contains("argon2"), "{line}");
    assert_eq!((ask(&server, "GET /", BOB).0, ask(&server, "GET /", ANN).0), (200, 401));
    assert!(server.is_running());
}

#[test]
fn pages_of_an_origin_may_read() {
    let site = site();
    let server = serve(&[text(site.path()), "-p", "0", "--cors", "https://a.example"]);
    let allowed = "access-control-allow-origin: https://a.example";
    let (status, head) = ask(&server, "GET /page.html", "Origin: https://a.example\r\n");
    assert!(status == 200 && head.contains(allowed) && head.contains("vary: origin"), "{head}");
    let (status, head) = ask(&server, "GET /page.html", "Origin: https://b.example\r\n");
    assert!(status == 200 && !head.contains("access-control"), "{head}");
    let preflight = "Origin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n";
    let (status, head) = ask(&server, "OPTIONS /page.html", preflight);
    assert!(status == 204 && head.contains(allowed), "{head}");
    let server = serve(&[text(site.path()), "-p", "0", "--cors", "*"]);
    let (_, head) = ask(&server, "GET /page.html", "Origin: https://b.example\r\n");
    assert!(head.contains("access-control-allow-origin: *"), "{head}");
}

#[test]
fn a_client_may_ask_so_often() {
    let site = site();
    let proxied = ["--rate-limit", "2/h", "--trusted-proxies", "127.0.0.0/8"];
    let server = serve(&[&[text(site.path()), "-p", "0"], &proxied[..]].concat());
    let of = |client: &str| ask(&server, "GET /", &format!("X-Forwarded-For: {client}\r\n"));
    assert_eq!((of("192.0.2.1").0, of("192.0.2.1").0), (200, 200));
    let (status, head) = of("192.0.2.1");
    assert!(status == 429 && head.contains("retry-after: 1800"), "{head}");
    assert_eq!(of("192.0.2.2").0, 200);
    // Who isn't told whom to believe believes nobody.
    let server = serve(&[text(site.path()), "-p", "0", "--rate-limit", "1/h"]);
    let of = |client: &str| ask(&server, "GET /", &format!("X-Forwarded-For: {client}\r\n"));
    assert_eq!((of("192.0.2.1").0, of("192.0.2.2").0), (200, 429));
}

#[track_caller]
fn refused(site: &tempfile::TempDir, flags: &[&str], says: &[&str]) {
    let out = run(&[&[text(site.path()), "-p", "0"], flags].concat());
    let errors = String::from_utf8(out.stderr).unwrap();
    assert!(!out.status.success());
    assert!(says.iter().all(|says| errors.contains(says)), "{flags:?}: {errors}");
    assert!(!errors.contains("hunter2"), "{errors}");
}

#[test]
fn wrong_values_say_how_to_mend_them() {
    let site = site();
    refused(&site, &["--auth", "ann"], &["--auth", "hash-password"]);
    refused(&site, &["--auth", "ann:hunter2"], &["--auth", "\"ann\""]);
    refused(&site, &["--auth-file", "/nowhere"], &["--auth-file: /nowhere: "]);
    refused(&site, &["--cors", "a.example"], &["--cors"]);
    refused(&site, &["--rate-limit", "1/s", "--trusted-proxies", "proxy"], &["--trusted-proxies"]);
    refused(&site, &["--auth", ""], &["--auth"]);
    refused(&site, &["--auth", "#ann:x"], &["--auth"]);
    let two = format!("{}\n{}", hashed("ann", "secret"), hashed("bob", "other"));
    refused(&site, &["--auth", &two], &["--auth: one per flag"]);
    refused(&site, &["--auth", "", "--auth", &two], &["--auth: one per flag"]);
    refused(&site, &["--cors", "*", "--cors", "https://a.example"], &["--cors", "all origins"]);
    for user in ["a:b", "", "#ann", " ann"] {
        assert!(!run(&["hash-password", user]).status.success());
    }
}
