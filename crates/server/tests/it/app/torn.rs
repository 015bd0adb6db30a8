//! Requests for files and handlers, split and glued in every way: the answers don't depend on it.

use catzilla_server::{MountConfig, RequestBody, Server};
use http::{Method, Request};

use super::handlers::{count, echo, show, status};
use crate::site::{Site, write};

/// Requests one behind the other, and the status and text of each answer.
const REQUESTS: &[(&str, u16, &str)] = &[
    ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
    ("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200, "file"),
    (
        "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
         3\r\nGET\r\n4;x=y\r\n /a.\r\n0\r\nTrailer: x\r\n\r\n",
        200,
        "7",
    ),
    (
        "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\nGET /a.txt HTTP/1.1\r\nHost: evil\r\n\r\n",
        204,
        "",
    ),
    ("GET /show/x HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /show/x @a name=x"),
    (
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        200,
        "x",
    ),
    ("DELETE /show/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", 405, ""),
];

#[test]
fn answers_do_not_depend_on_how_requests_are_torn() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("a.txt"), b"file");
    let ignore = |_: Request<RequestBody>| async { status(204) };
    let site = Site::of(
        Server::builder()
            .mount(MountConfig::new("/", dir.path()))
            .route(Method::POST, "/echo", echo)
            .route(Method::POST, "/count", count)
            .route(Method::POST, "/ignore", ignore)
            .route(Method::GET, "/show/{name}", show),
    );
    let all: String = REQUESTS.iter().map(|(request, ..)| *request).collect();
    let check = |pieces: &[&str]| {
        let mut client = site.connect();
        for piece in pieces {
            client.send(piece);
        }
        for (request, status, text) in REQUESTS {
            let answer = client.answer(false);
            assert_eq!(answer.status, *status, "{request:?} of {pieces:?}");
            assert!(*status == 405 || answer.text() == *text, "{request:?} of {pieces:?}");
        }
        client.close_sending();
        client.expect_closed();
    };
    for at in 0..all.len() {
        check(&[&all[..at], &all[at..]]);
    }
    for size in [1, 2, 3, 7] {
        let pieces: Vec<&str> =
            all.as_bytes().chunks(size).map(|piece| str::from_utf8(piece).unwrap()).collect();
        check(&pieces);
    }
}
