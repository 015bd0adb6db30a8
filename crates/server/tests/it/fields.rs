//! Fields that an operator adds: on every answer of a mount, each in place of the server's own, none twice.

use catzilla_server::MountConfig;

use crate::client::Answer;
use crate::site::Site;

/// A site whose text is negotiated, with a field of its own in place of each that it may have one for.
fn site() -> Site {
    Site::with(
        &[("a.txt", &b"text ".repeat(1000)), ("b.bin", &[b'x'; 5000]), ("dir/x", b"")],
        |server| server,
        |mount| {
            [
                ("Cache-Control", "max-age=60"),
                ("X-Content-Type-Options", "off"),
                ("Vary", "Origin"),
                ("vary", "Cookie"),
                ("X-Mine", "yes"),
            ]
            .into_iter()
            .fold(mount, |mount, (name, value)| mount.header(name, value).expect("a field"))
        },
    )
}

/// Asks, and checks that no field stands twice and that those of the operator are there.
#[track_caller]
fn check(site: &Site, request: (&str, &str, &[(&str, &str)]), status: u16, vary: &str) -> Answer {
    let (method, path, fields) = request;
    let answer = site.ask(method, path, fields);
    assert_eq!(answer.status, status, "{request:?}");
    // Each of these fails when it stands twice.
    for (name, _) in &answer.fields {
        let _ = answer.field(name);
    }
    assert_eq!(answer.field("cache-control"), Some("max-age=60"), "{request:?}");
    assert_eq!(answer.field("x-content-type-options"), Some("off"), "{request:?}");
    assert_eq!(answer.field("x-mine"), Some("yes"), "{request:?}");
    assert_eq!(answer.field("vary"), Some(vary), "{request:?}");
    answer
}

#[test]
fn each_field_of_the_operator_stands_once_and_on_every_answer() {
    let site = site();
    let (negotiated, error) = ("Origin, Cookie, accept-encoding", "Origin, Cookie, accept");
    let text = check(&site, ("GET", "/a.txt", &[]), 200, negotiated);
    let etag = text.field("etag").expect("a tag");
    check(&site, ("HEAD", "/a.txt", &[]), 200, negotiated);
    check(&site, ("GET", "/a.txt", &[("Accept-Encoding", "gzip")]), 200, negotiated);
    check(&site, ("GET", "/a.txt", &[("Range", "bytes=0-9")]), 206, negotiated);
    check(&site, ("GET", "/a.txt", &[("Range", "bytes=0-9,2000-2009")]), 206, negotiated);
    check(&site, ("GET", "/a.txt", &[("If-None-Match", etag)]), 304, negotiated);
    check(&site, ("GET", "/b.bin", &[]), 200, "Origin, Cookie");
    check(&site, ("OPTIONS", "/a.txt", &[]), 204, "Origin, Cookie");
    check(&site, ("GET", "/dir", &[]), 301, "Origin, Cookie");
    check(&site, ("GET", "/missing", &[]), 404, error);
    check(&site, ("GET", "/a.txt", &[("If-Match", "\"other\"")]), 412, error);
    check(&site, ("GET", "/a.txt", &[("Range", "bytes=9999-")]), 416, error);
    check(&site, ("POST", "/a.txt", &[]), 405, error);
    for path in ["/..", "/%00", "/a/../../x", "/%2e%2e/", "http://localhost/%2f"] {
        check(&site, ("GET", path, &[]), 400, error);
    }
    check(&site, ("GET", &format!("/{}", "a/".repeat(2500)), &[]), 414, error);
}

#[test]
fn a_path_that_is_refused_has_the_fields_of_the_mount_that_it_begins_with() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::with(
        &[],
        |server| {
            server
                .mount(MountConfig::new("/static", dir.path()).header("X-Mine", "static").unwrap())
        },
        |mount| mount.header("X-Mine", "root").unwrap(),
    );
    for (path, mount) in [
        ("/..", "root"),
        ("/static/..%2f", "static"),
        ("/static/../%00", "static"),
        ("/static%00", "root"),
        ("/staticfiles/%00", "root"),
    ] {
        let answer = site.get(path);
        assert_eq!((answer.status, answer.field("x-mine")), (400, Some(mount)), "{path}");
    }
}

#[test]
fn answers_that_belong_to_no_mount_have_no_field_of_one() {
    let site = site();
    assert_eq!(site.ask("OPTIONS", "*", &[]).field("x-mine"), None);
    let mut client = site.connect();
    client.send("GET / HTTP/1.1\r\n\r\n");
    let refused = client.answer(false);
    assert_eq!((refused.status, refused.field("x-mine")), (400, None));
}

#[test]
fn vary_says_what_has_decided_and_nothing_else() {
    let site = Site::start(&[("a.txt", b"a")]);
    assert_eq!(site.get("/missing").field("vary"), Some("accept"));
    // The gate refuses before there is a request whose wishes could be looked at.
    let mut client = site.connect();
    client.send("GET / HTTP/1.1\r\nAccept: application/json\r\n\r\n");
    let refused = client.answer(false);
    assert_eq!((refused.status, refused.field("vary")), (400, None));
    assert_eq!(refused.field("content-type"), Some("text/html; charset=utf-8"));
}

#[test]
fn what_the_server_decides_can_not_be_given() {
    for name in ["Content-Type", "Allow", "Retry-After", "Accept-Ranges", "ETag", "Location"] {
        let err = MountConfig::new("/", ".").header(name, "x").expect_err(name);
        assert!(err.to_string().contains("the server decides"), "{err}");
    }
}
