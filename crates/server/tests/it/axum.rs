//! The example with axum, as it stands in `examples/`.

#[path = "../../examples/axum.rs"]
#[expect(dead_code, reason = "its `main` isn't run")]
mod example;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use catzilla_server::Server;

use crate::http2::client::Client;
use crate::site::{Site, write};

#[test]
fn axum_answers_what_is_not_a_file() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("a.txt"), b"file");
    let site = Site::of(example::server(dir.path()));
    let mut client = site.connect();
    for (path, status, text) in [
        ("/a.txt", 200, "file"),
        ("/hello/cat", 200, "hello, cat"),
        ("/hello/k%C3%A4se", 200, "hello, käse"),
        ("/missing", 404, "axum has nothing here"),
    ] {
        let answer = client.get(path);
        assert_eq!((answer.status, answer.text()), (status, text), "{path}");
    }
    assert_eq!(client.ask("POST", "/a.txt", &[]).status, 404, "the fallback's");
    assert_eq!(client.ask("PUT", "/echo", &[]).status, 405);
    let large = "x".repeat(500_000);
    client
        .send(format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", large.len()));
    client.send(&large);
    assert!(client.answer(false).text() == large);
}

#[test]
fn an_answer_to_head_has_no_length_that_get_has_not() {
    let streamed = || async {
        let pieces = ["hello", "world"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
        Body::from_stream(futures_util::stream::iter(pieces))
    };
    let router: Router = Router::new()
        .route("/streamed", get(streamed))
        .route("/whole", get(|| async { "helloworld" }))
        .route("/empty", get(|| async {}));
    let site = Site::of(Server::builder().fallback(router));
    let (mut http1, http2) = (site.connect(), Client::connect(site.address()));
    for (path, to_get, to_head) in [
        // axum takes the body away, and its length isn't known.
        ("/streamed", None, None),
        ("/whole", Some("10"), Some("10")),
        ("/empty", Some("0"), Some("0")),
    ] {
        for (method, expected) in [("GET", to_get), ("HEAD", to_head)] {
            let answer = http1.ask(method, path, &[]);
            let length = answer.field("content-length");
            assert_eq!((answer.status, length), (200, expected), "{method} {path}");
            let answer = http2.ask(method, path, &[], b"");
            let length = answer.field("content-length");
            assert_eq!((answer.status, length), (200, expected), "HTTP/2: {method} {path}");
        }
    }
}
