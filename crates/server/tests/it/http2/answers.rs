//! What is answered, beside what HTTP/1.1 answers.

use std::time::Duration;

use catzilla_server::CacheConfig;

use super::client::{Client, PREFACE, RawClient, SETTINGS};
use crate::site::{Site, noise};

/// The same request over both protocols: the same status, fields and content.
#[track_caller]
fn check(site: &Site, client: &Client, method: &str, path: &str, fields: &[(&str, &str)]) -> u16 {
    let one = site.ask(method, path, fields);
    let two = client.ask(method, path, fields, b"");
    let shown = |name: &str, value: &str| match name {
        // A second may pass in between.
        "date" => "date".to_owned(),
        _ => format!("{name}: {value}"),
    };
    let mut of_one: Vec<_> = one
        .fields
        .iter()
        .map(|(name, value)| shown(name, value))
        .filter(|line| !line.starts_with("connection: "))
        .collect();
    let mut of_two: Vec<_> = two
        .fields
        .iter()
        .map(|(name, value)| shown(name.as_str(), value.to_str().unwrap()))
        .collect();
    of_one.sort();
    of_two.sort();
    assert_eq!((two.status, &of_two), (one.status, &of_one), "{method} {path} {fields:?}");
    assert!(two.body == one.body, "{method} {path} {fields:?}: the content");
    two.status
}

#[test]
fn the_answers_are_those_of_http_1() {
    let large = noise(1_000_000, 1);
    let text = "body { color: red }\n".repeat(200);
    let files: &[(&str, &[u8])] = &[
        ("a.txt", b"hello"),
        ("empty.txt", b""),
        ("large.bin", &large),
        ("style.css", text.as_bytes()),
        ("sub/index.html", b"<p>index</p>"),
    ];
    for cached in [true, false] {
        let server = |server: catzilla_server::ServerBuilder| {
            if cached { server.cache(CacheConfig::new()) } else { server.no_cache() }
        };
        let site = Site::with(files, server, |mount| mount);
        let client = Client::connect(site.address());
        let tag = site.get("/a.txt").field("etag").unwrap().to_owned();
        let answers = [
            ("GET", "/a.txt", vec![], 200),
            ("HEAD", "/a.txt", vec![], 200),
            ("GET", "/empty.txt", vec![], 200),
            ("GET", "/large.bin", vec![], 200),
            ("HEAD", "/large.bin", vec![], 200),
            ("GET", "/sub/", vec![], 200),
            ("GET", "/sub?a=b", vec![], 301),
            ("GET", "/style.css", vec![("accept-encoding", "br, gzip")], 200),
            ("GET", "/a.txt", vec![("if-none-match", tag.as_str())], 304),
            ("GET", "/a.txt", vec![("if-match", "\"other\"")], 412),
            ("GET", "/large.bin", vec![("range", "bytes=10-19")], 206),
            ("GET", "/large.bin", vec![("range", "bytes=5-500004")], 206),
            ("GET", "/large.bin", vec![("range", "bytes=2000000-")], 416),
            ("GET", "/missing", vec![], 404),
            ("GET", "/missing", vec![("accept", "application/json")], 404),
            ("HEAD", "/missing", vec![], 404),
            ("GET", "/%2e%2e/etc/passwd", vec![], 400),
            ("GET", "/.git/config", vec![], 404),
            ("POST", "/a.txt", vec![], 405),
            ("OPTIONS", "/a.txt", vec![], 204),
            ("GET", "/a.txt", vec![("expect", "something")], 417),
        ];
        for (method, path, fields, status) in answers {
            assert_eq!(check(&site, &client, method, path, &fields), status, "{method} {path}");
        }
    }
}

#[test]
fn several_ranges_come_in_one_body() {
    let content = noise(300_000, 2);
    let site = Site::start(&[("a.bin", &content)]);
    let client = Client::connect(site.address());
    let fields = [("range", "bytes=0-99,200000-250000")];
    let answer = client.ask("GET", "/a.bin", &fields, b"");
    assert_eq!(answer.status, 206);
    let kind = answer.field("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/byteranges; boundary=").unwrap();
    assert_eq!(answer.field("content-length").unwrap(), answer.body.len().to_string());
    assert!(answer.body.windows(50_001).any(|window| window == &content[200_000..=250_000]));
    assert!(answer.body.ends_with(format!("--{boundary}--\r\n").as_bytes()));
}

#[test]
fn many_streams_get_their_own_content() {
    let files: Vec<(String, Vec<u8>)> =
        (0..100).map(|n| (format!("{n}.bin"), noise(n * 3001, n as u64))).collect();
    let borrowed: Vec<_> =
        files.iter().map(|(name, content)| (name.as_str(), &content[..])).collect();
    let site = Site::start(&borrowed);
    // Windows that are smaller than most of the files.
    let client = Client::with_windows(site.address(), 20_000, 100_000);
    let paths: Vec<_> = files.iter().map(|(name, _)| format!("/{name}")).collect();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    for _ in 0..3 {
        for (answer, (name, content)) in client.get_all(&paths).into_iter().zip(&files) {
            let answer = answer.unwrap();
            assert_eq!(answer.status, 200, "{name}");
            assert!(answer.body == *content, "{name}");
        }
    }
    let stats = site.handle.stats();
    assert_eq!((stats.accepted, stats.requests, stats.success), (1, 300, 300));
}

#[test]
fn bodies_are_read_before_the_answer_or_stopped_after_it() {
    let site = Site::start(&[("a.txt", b"a")]);
    let client = Client::connect(site.address());
    let short = client.ask("POST", "/a.txt", &[], &[0; 1000]);
    assert_eq!((short.status, short.field("allow")), (405, Some("GET, HEAD, OPTIONS")));
    assert_eq!(client.ask("GET", "/a.txt", &[], b"unwanted").body, b"a");
    // Longer than what is read in vain: answered nevertheless, and the stream ends without an error.
    let long = client.try_ask("POST", "/a.txt", &[], &vec![0; 1_000_000]);
    match long {
        Ok(answer) => assert_eq!(answer.status, 405),
        Err(err) => assert_eq!(err.reason(), Some(h2::Reason::NO_ERROR)),
    }
    assert_eq!(client.get("/a.txt").status, 200, "the connection lives");
}

#[test]
fn the_preface_may_come_in_pieces_and_along_with_a_request() {
    let site = Site::start(&[("a.txt", b"a")]);
    let mut client = RawClient::connect(site.address());
    for byte in PREFACE {
        client.send(std::slice::from_ref(byte));
    }
    client.frame(SETTINGS, 0, 0, &[]);
    client.get(1, "/a.txt");
    assert_eq!(client.expect(super::client::DATA).payload, b"a");
}

#[test]
fn where_it_is_not_spoken_the_preface_is_refused() {
    let site = Site::with(&[("a.txt", b"a")], |it| it.http2_prior_knowledge(false), |it| it);
    let mut client = RawClient::open(site.address());
    let rest = client.rest();
    assert!(rest.starts_with(b"HTTP/1.1 400 ") || rest.starts_with(b"HTTP/1.1 505 "));
    assert_eq!(site.get("/a.txt").status, 200);
}

#[test]
fn a_drain_lets_streams_finish_and_says_goodbye() {
    let content = noise(30_000_000, 4);
    let site = Site::start(&[("large.bin", &content), ("a.txt", b"a")]);
    let client = Client::connect(site.address());
    assert_eq!(client.get("/a.txt").status, 200);
    let head = client.head_of("/large.bin");
    let Site { handle, dir } = site;
    let ending = std::thread::spawn(move || handle.shutdown(Duration::from_mins(1)));
    assert!(client.rest_of(head.into_body()).unwrap() == content);
    assert_eq!(ending.join().unwrap(), 0, "nobody was cut");
    assert!(client.try_ask("GET", "/a.txt", &[], b"").is_err());
    drop(dir);
}
