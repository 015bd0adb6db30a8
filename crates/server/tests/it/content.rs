//! What a file, a folder and a method answer.

use std::os::unix::fs::MetadataExt;

use catzilla_server::ServerBuilder;

use crate::site::{Site, noise};

fn site() -> Site {
    Site::start(&[
        ("index.html", b"<h1>home</h1>"),
        ("page.html", b"<p>page</p>"),
        ("empty.txt", b""),
        ("docs/index.html", b"docs"),
        ("no-index/a.css", b"a{}"),
        ("app.4f2a1b3c.js", b"let a"),
        ("name with space.txt", b"space"),
        ("caf\u{e9}.txt", b"utf-8"),
        ("noext", b"bytes"),
    ])
}

#[test]
fn a_file_answers_with_its_bytes_and_its_description() {
    let site = site();
    let answer = site.get("/page.html");
    assert_eq!((answer.status, answer.text()), (200, "<p>page</p>"));
    assert_eq!(answer.field("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.field("content-length"), Some("11"));
    assert_eq!(answer.field("accept-ranges"), Some("bytes"));
    assert_eq!(answer.field("cache-control"), Some("no-cache"));
    assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.field("server"), None);
    let etag = answer.field("etag").expect("an etag");
    assert!(etag.starts_with('"') && etag.ends_with('"'), "strong, for the file is old: {etag}");
    let modified = answer.field("last-modified").expect("a date");
    let expected = std::fs::metadata(site.path("page.html")).unwrap().mtime();
    let seconds =
        httpdate::parse_http_date(modified).unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(seconds.as_secs(), expected as u64);
    assert!(answer.field("date").is_some());
}

#[test]
fn names_are_decoded_and_folded() {
    let site = site();
    for (path, body) in [
        ("/name%20with%20space.txt", "space"),
        ("/caf%C3%A9.txt", "utf-8"),
        ("/%70age.html", "<p>page</p>"),
        ("//page.html", "<p>page</p>"),
        ("/./page.html", "<p>page</p>"),
        ("/page.html?v=1", "<p>page</p>"),
        ("/page.html?../../etc/passwd", "<p>page</p>"),
        ("/empty.txt", ""),
        ("/noext", "bytes"),
    ] {
        let answer = site.get(path);
        assert_eq!((answer.status, answer.text()), (200, body), "{path}");
    }
}

#[test]
fn a_name_with_a_content_hash_is_immutable() {
    let answer = site().get("/app.4f2a1b3c.js");
    assert_eq!(answer.field("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(answer.field("content-type"), Some("text/javascript; charset=utf-8"));
}

#[test]
fn head_is_get_without_a_body() {
    let site = site();
    for path in ["/page.html", "/empty.txt", "/docs/", "/docs", "/missing"] {
        let mut client = site.connect();
        let head = client.ask("HEAD", path, &[]);
        let get = client.get(path);
        assert!(head.body.is_empty());
        assert_eq!(
            (head.status, without_date(&head.fields)),
            (get.status, without_date(&get.fields)),
            "{path}"
        );
    }
}

fn without_date(fields: &[(String, String)]) -> Vec<(String, String)> {
    fields.iter().filter(|(name, _)| name != "date").cloned().collect()
}

#[test]
fn a_folder_answers_with_its_index() {
    let site = site();
    assert_eq!(site.get("/").text(), "<h1>home</h1>");
    let docs = site.get("/docs/");
    assert_eq!((docs.status, docs.text()), (200, "docs"));
    assert_eq!(docs.field("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(site.get("/no-index/").status, 404);
    assert_eq!(site.get("/page.html/").status, 404);
}

#[test]
fn a_folder_without_its_slash_is_redirected_to_this_host_only() {
    let site = site();
    for (path, location) in [
        ("/docs", "/docs/"),
        ("/docs?a=b&c", "/docs/?a=b&c"),
        ("//docs", "/docs/"),
        ("/%64ocs", "/docs/"),
        ("/no-index", "/no-index/"),
        ("http://evil.example/docs", "/docs/"),
    ] {
        let answer = site.connect().ask("GET", path, &[]);
        // The absolute form names another host than the field, which the gate may refuse.
        if path.starts_with("http") && answer.status == 400 {
            continue;
        }
        assert_eq!((answer.status, answer.field("location")), (301, Some(location)), "{path}");
    }
}

#[test]
fn the_index_names_are_tried_in_order() {
    let site = Site::with(
        &[("a/index.htm", b"htm"), ("b/home.html", b"home"), ("b/index.htm", b"htm"), ("c/x", b"")],
        |server| server,
        |mount| mount.index(["home.html", "index.htm"]),
    );
    assert_eq!(site.get("/a/").text(), "htm");
    assert_eq!(site.get("/b/").text(), "home");
    assert_eq!(site.get("/c/").status, 404);
}

#[test]
fn methods_that_change_things_are_refused_and_the_connection_lives() {
    let site = site();
    let mut client = site.connect();
    for method in ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "BREW", "TRACE"] {
        let answer = client.ask(method, "/page.html", &[]);
        assert_eq!(
            (answer.status, answer.field("allow")),
            (405, Some("GET, HEAD, OPTIONS")),
            "{method}"
        );
    }
    let options = client.ask("OPTIONS", "/page.html", &[]);
    assert_eq!((options.status, options.field("allow")), (204, Some("GET, HEAD, OPTIONS")));
    assert_eq!(options.field("content-length"), None);
    assert_eq!(client.ask("OPTIONS", "*", &[]).status, 204);
    assert_eq!(client.get("/page.html").status, 200);
}

#[test]
fn error_pages_come_in_the_form_that_was_asked_for() {
    let site = site();
    let html = site.get("/missing");
    assert_eq!((html.status, html.field("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(html.text().contains("404") && html.text().contains("Not Found"));
    assert_eq!(html.field("vary"), Some("accept"));
    let json = site.ask("GET", "/missing", &[("Accept", "application/json")]);
    assert_eq!((json.status, json.text()), (404, "{\"status\":404,\"error\":\"Not Found\"}\n"));
    assert_eq!(json.field("content-type"), Some("application/json"));
}

#[test]
fn bodies_of_all_sizes_arrive_whole() {
    let sizes = [
        1, 1023, 4096, 8192, 8193, 16_384, 16_385, 65_536, 65_537, 262_144, 262_145, 1_000_003,
        5_000_000,
    ];
    for sendfile in [true, false] {
        let site = Site::with(&[], ServerBuilder::no_cache, |mount| mount.sendfile(sendfile));
        let mut client = site.connect();
        for size in sizes {
            let content = noise(size, size as u64);
            crate::site::write(&site.path("file.bin"), &content);
            let answer = client.get("/file.bin");
            assert!(
                answer.status == 200 && answer.body == content,
                "{size} bytes, sendfile {sendfile}"
            );
        }
        assert_eq!(
            site.handle.stats().sendfile_operations > 0,
            sendfile && cfg!(target_os = "linux")
        );
    }
}

#[test]
fn a_body_of_a_request_is_thrown_away() {
    let site = site();
    let mut client = site.connect();
    client.send("GET /page.html HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.answer(false).status, 200);
    client.send("POST /page.html HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    assert_eq!(client.answer(false).status, 405);
    assert_eq!(client.get("/page.html").text(), "<p>page</p>");
}
