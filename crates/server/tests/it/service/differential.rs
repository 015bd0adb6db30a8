//! The same requests to the server and to the service behind hyper: equal answers, to the byte.

use catzilla_server::{
    CacheConfig, CacheControl, MountConfig, Policy, ServerBuilder, StaticService,
    StaticServiceBuilder,
};

use super::hyper::Hyper;
use crate::cached::text;
use crate::client::{Answer, Client};
use crate::site::{Site, noise};

const MAX_FILE: u64 = 300_000;

struct Both {
    site: Site,
    hyper: Hyper,
    clients: [Client; 2],
}

impl Both {
    fn with(
        server: impl FnOnce(ServerBuilder) -> ServerBuilder,
        service: impl FnOnce(StaticServiceBuilder) -> StaticServiceBuilder,
    ) -> Self {
        let mount = |mount: MountConfig| {
            mount
                .policy(Policy::default().block_extensions(["php"]).unwrap())
                .cache_control(CacheControl::new().with("*.txt", "max-age=60").unwrap())
                .header("X-Mount", "root")
                .unwrap()
                .cache_status(true)
        };
        let text = text(40_000);
        let site = Site::with(
            &[
                ("index.html", b"<p>index"),
                ("a.txt", b"content"),
                ("empty.css", b""),
                ("style.css", &text),
                ("app.js", &text),
                ("app.js.gz", b"no gzip"),
                ("1k.bin", &noise(1_024, 1)),
                ("middle.bin", &noise(200_000, 2)),
                ("large.bin", &noise(700_000, 3)),
                ("sub/index.html", b"sub"),
                ("bare/a.txt", b"bare"),
                (".hidden", b"hidden"),
                ("x.php", b"php"),
            ],
            server,
            mount,
        );
        let config = mount(MountConfig::new("/", site.path("")));
        let service = service(StaticService::builder().mount(config)).build().unwrap();
        let hyper = Hyper::of(&service);
        let clients = [site.connect(), hyper.connect()];
        Self { site, hyper, clients }
    }

    fn cached() -> Self {
        // Variants that are made smaller in the background come when they come.
        let cache = || CacheConfig::new().max_file(MAX_FILE).improve_after(u64::MAX);
        Self::with(|server| server.cache(cache()), |service| service.cache(cache()))
    }

    fn uncached() -> Self {
        Self::with(ServerBuilder::no_cache, StaticServiceBuilder::no_cache)
    }

    /// Asks both, and gives what both said.
    #[track_caller]
    fn ask(&mut self, method: &str, target: &str, fields: &[(&str, &str)]) -> Answer {
        let [ours, theirs] = &mut self.clients;
        let (ours, theirs) = (ours.ask(method, target, fields), theirs.ask(method, target, fields));
        equal(&format!("{method} {target} {fields:?}"), ours, &theirs)
    }

    /// The same for a request as it stands, on connections of its own.
    #[track_caller]
    fn raw(&self, request: &str) -> Answer {
        let mut clients = [self.site.connect(), self.hyper.connect()];
        for client in &mut clients {
            client.send(request);
        }
        let [ours, theirs] = clients.map(|mut client| {
            let is_old = request.contains("HTTP/1.0");
            if is_old { client.answer_to_http_1_0() } else { client.answer(false) }
        });
        equal(request, ours, &theirs)
    }
}

/// What the server said, if the service said the same: but for when it was, and for what becomes of the connection.
#[track_caller]
fn equal(request: &str, ours: Answer, theirs: &Answer) -> Answer {
    let (ours, theirs) = (without_boundary(ours), &without_boundary(theirs.clone()));
    let fields = |answer: &Answer| {
        let mut fields = answer.fields.clone();
        assert!(fields.iter().any(|(name, _)| name == "date"), "{request}: {fields:?}");
        fields.retain(|(name, _)| name != "date" && name != "connection");
        fields.sort();
        fields
    };
    assert_eq!(ours.status, theirs.status, "{request}");
    assert_eq!(fields(&ours), fields(theirs), "{request}");
    assert!(ours.body == theirs.body, "{request}");
    ours
}

/// The boundary of parts is another one each time.
fn without_boundary(mut answer: Answer) -> Answer {
    let Some(boundary) = answer
        .field("content-type")
        .and_then(|value| value.strip_prefix("multipart/byteranges; boundary="))
        .map(str::to_owned)
    else {
        return answer;
    };
    let plain = "b".repeat(boundary.len());
    for (_, value) in &mut answer.fields {
        *value = value.replace(&boundary, &plain);
    }
    let mut at = 0;
    while at + boundary.len() <= answer.body.len() {
        if answer.body[at..].starts_with(boundary.as_bytes()) {
            answer.body[at..at + boundary.len()].copy_from_slice(plain.as_bytes());
        }
        at += 1;
    }
    answer
}

fn check(both: &mut Both) {
    let tag = both.ask("GET", "/middle.bin", &[]).field("etag").unwrap().to_owned();
    let targets = [
        "/",
        "/index.html",
        "/a.txt",
        "/empty.css",
        "/style.css",
        "/app.js",
        "/1k.bin",
        "/middle.bin",
        "/large.bin",
        "/sub",
        "/sub?a=b",
        "/sub/",
        "/bare",
        "/bare/",
        "/missing",
        "/.hidden",
        "/x.php",
        "/a.txt/",
        "/%61.txt?q",
        "//a.txt",
        "/../a.txt",
        "/a%00b",
        "/a%2fb",
        "/a\\b",
        "/%zz",
    ];
    let conditions: [&[(&str, &str)]; 21] = [
        &[],
        &[("Accept-Encoding", "gzip")],
        &[("Accept-Encoding", "br, zstd, gzip;q=0.5")],
        &[("Accept-Encoding", "zstd")],
        &[("Accept-Encoding", "identity;q=0, *;q=0")],
        &[("Range", "bytes=0-0")],
        &[("Range", "bytes=2-5,1000-1001")],
        &[("Range", "bytes=0-99999,150000-180000")],
        &[("Range", "bytes=-3")],
        &[("Range", "bytes=10-")],
        &[("Range", "bytes=999999999-")],
        &[("Range", "lines=1-2")],
        &[("If-Range", &tag), ("Range", "bytes=1-2")],
        &[("If-Range", "\"x\""), ("Range", "bytes=1-2")],
        &[("If-None-Match", &tag)],
        &[("If-None-Match", "*")],
        &[("If-Match", "\"x\"")],
        &[("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")],
        &[("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")],
        &[("Accept", "application/json")],
        &[("Expect", "100-continue")],
    ];
    let mut statuses = Vec::new();
    for target in targets {
        for fields in conditions {
            for method in ["GET", "HEAD"] {
                statuses.push(both.ask(method, target, fields).status);
            }
        }
        // The last two have a length, of nothing.
        for method in ["OPTIONS", "DELETE", "TRACE", "BREW", "PUT", "POST"] {
            statuses.push(both.ask(method, target, &[("Content-Length", "0")]).status);
        }
    }
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [200, 204, 206, 301, 304, 400, 403, 404, 405, 412, 416]);
}

#[test]
fn answers_from_the_cache_are_those_of_the_server() {
    let mut both = Both::cached();
    // From the disk, and from what is held by then.
    check(&mut both);
    check(&mut both);
}

#[test]
fn answers_without_a_cache_are_those_of_the_server() {
    check(&mut Both::uncached());
}

#[test]
fn heads_that_the_gate_refuses_are_refused_alike() {
    let both = Both::cached();
    let long = "a".repeat(9_000);
    for (request, status) in [
        ("GET /a.txt HTTP/1.0\r\n\r\n", 200),
        ("GET /a.txt HTTP/1.0\r\nHost: h\r\n\r\n", 200),
        ("GET /a.txt HTTP/1.1\r\n\r\n", 400),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET /a.txt HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET http://h/a.txt HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        ("GET http://h/a.txt HTTP/1.1\r\nHost: H\r\n\r\n", 200),
        ("GET http://h/a.txt HTTP/1.1\r\nHost: other\r\n\r\n", 200),
        ("GET http://h/a.txt HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400),
        ("GET http://h/a.txt HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET http://h/a.txt HTTP/1.1\r\n\r\n", 400),
        ("GET http://h/a.txt HTTP/1.0\r\n\r\n", 200),
        ("GET http://u@h/a.txt HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET ftp://h/a.txt HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        ("GET http://h?a HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        ("GET h HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 405),
        ("GET /a.txt HTTP/1.0\r\nExpect: x\r\n\r\n", 200),
        ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 204),
        ("GET /a.txt HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", 417),
        (&format!("GET /{long} HTTP/1.1\r\nHost: h\r\n\r\n"), 414),
        (&format!("GET / HTTP/1.1\r\nHost: h\r\nX: {long}{long}\r\n\r\n"), 431),
    ] {
        assert_eq!(both.raw(request).status, status, "{request}");
    }
}
