//! The example with axum, as it stands in `examples/`.

#[path = "../../examples/axum.rs"]
#[expect(dead_code, reason = "its `main` isn't run")]
mod example;

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
