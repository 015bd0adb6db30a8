//! Paths and files that are not served: the right status, and nothing about the host.

use catzilla_server::Policy;

use crate::site::Site;

#[track_caller]
fn check(site: &Site, path: &str, status: u16) {
    let mut client = site.connect();
    let answer = client.get(path);
    assert_eq!(answer.status, status, "{path}");
    let host = site.dir.path().to_str().unwrap();
    assert!(
        !format!("{answer:?}").contains(host),
        "{path}: the answer tells of the host: {answer:?}"
    );
    assert_eq!(client.get("/ok.txt").status, 200, "after {path} the connection still works");
}

fn site() -> Site {
    Site::start(&[
        ("ok.txt", b"ok"),
        (".env", b"SECRET=1"),
        (".git/config", b"[core]"),
        ("a/.hidden/b.txt", b"hidden"),
        (".well-known/security.txt", b"Contact: x"),
        ("nul.txt", b"x"),
    ])
}

#[test]
fn shapes_of_attack_are_400() {
    let site = site();
    std::fs::write(site.dir.path().join("outside.txt"), "outside").unwrap();
    for path in [
        "/../outside.txt",
        "/a/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/.%2e/outside.txt",
        "/%2E%2E%2Foutside.txt",
        "/..%2foutside.txt",
        "/..%5coutside.txt",
        "/a%2fb",
        "/a%5cb",
        "/ok.txt%00.html",
        "/%0d%0aSet-Cookie:x",
        "/%7f",
        "/%",
        "/%2",
        "/%zz",
    ] {
        check(&site, path, 400);
    }
}

#[test]
fn what_is_hidden_is_not_there() {
    let site = site();
    for path in ["/.env", "/%2eenv", "/.git/config", "/.git/", "/.git", "/a/.hidden/b.txt", "/.%00"]
    {
        let status = if path.contains("%00") { 400 } else { 404 };
        check(&site, path, status);
    }
    check(&site, "/.well-known/security.txt", 200);
    check(&site, "/%252e%252e/outside.txt", 404);
    check(&site, "/missing", 404);
    check(&site, "/ok.txt/below", 404);
}

#[test]
fn hidden_files_are_served_on_request() {
    let site = Site::with(
        &[(".env", b"x"), ("ok.txt", b"")],
        |server| server,
        |mount| mount.policy(Policy::default().hidden(true)),
    );
    check(&site, "/.env", 200);
}

#[test]
fn rules_of_the_operator_are_403_and_413() {
    let files: &[(&str, &[u8])] = &[
        ("ok.txt", b"ok"),
        ("a.php", b"<?php"),
        ("B.PHP", b"x"),
        ("backup/x.txt", b""),
        ("big.txt", &[b'x'; 101]),
    ];
    let policy = Policy::default()
        .block_extensions(["php"])
        .expect("an extension")
        .block_pattern("backup/**")
        .expect("a pattern")
        .max_file_size(100);
    let site = Site::with(files, |server| server, |mount| mount.policy(policy));
    check(&site, "/a.php", 403);
    check(&site, "/B.PHP", 403);
    check(&site, "/backup/x.txt", 403);
    check(&site, "/big.txt", 413);
}

#[test]
fn only_allowed_extensions() {
    let site = Site::with(
        &[("ok.txt", b"ok"), ("a.css", b""), ("index.txt", b"")],
        |server| server,
        |mount| {
            let policy = Policy::default().allow_extensions(["txt"]).expect("an extension");
            mount.policy(policy).index(["index.txt"])
        },
    );
    check(&site, "/ok.txt", 200);
    check(&site, "/a.css", 403);
    check(&site, "/", 200);
}

#[test]
fn a_file_that_may_not_be_read_is_403() {
    let site = site();
    let path = site.path("ok2.txt");
    std::fs::write(&path, "x").unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        // A superuser may read everything; `faults.rs` has the same row with an injected error.
        return;
    }
    check(&site, "/ok2.txt", 403);
}

#[test]
fn a_path_that_is_too_long() {
    let site = site();
    check(&site, &format!("/{}", "a".repeat(255)), 404);
    check(&site, &format!("/{}", "a".repeat(256)), 414);
    check(&site, &format!("/{}", "a/".repeat(3000)), 414);
    let answer = site.get(&format!("/{}", "a/".repeat(5000)));
    assert_eq!(answer.status, 414);
}
