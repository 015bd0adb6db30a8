//! Applications under TLS: bodies both ways, and connections that go on in another protocol.

use std::convert::Infallible;
use std::io::{Read, Write};

use bytes::Bytes;
use catzilla_server::{RequestBody, Server};
use http::{Method, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, StreamBody};

use crate::app::upgrade::echo;
use crate::site::{Site, noise};
use crate::tls::Secure;
use crate::tls::files::Files;

/// Sends the body back.
async fn mirror(request: Request<RequestBody>) -> Response<Full<Bytes>> {
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    Response::new(Full::new(body))
}

/// Answers with content that never comes.
async fn silent(_: Request<RequestBody>) -> Response<impl Body<Data = Bytes, Error = Infallible>> {
    let content = futures_util::stream::pending::<Result<Frame<Bytes>, Infallible>>();
    Response::new(StreamBody::new(content))
}

fn site() -> Secure {
    let files = Files::new();
    let server = Server::builder()
        .listen_tls("127.0.0.1:0".parse().unwrap(), &files.config().unwrap())
        .route([Method::POST], "/mirror", mirror)
        .route([Method::GET], "/silent", silent)
        .route([Method::GET], "/echo", echo);
    Secure { site: Site::of(server), files }
}

#[test]
fn bodies_both_ways() {
    let secure = site();
    let mut client = secure.connect();
    for len in [0, 1, 20_000, 500_000] {
        let body = noise(len, 7);
        client.send(format!("POST /mirror HTTP/1.1\r\nHost: a\r\nContent-Length: {len}\r\n\r\n"));
        client.send(&body);
        let answer = client.answer(false);
        assert!(answer.status == 200 && answer.body == body, "{len} bytes");
    }
}

#[test]
fn another_protocol() {
    let secure = site();
    let mut client = secure.connect();
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    assert_eq!(client.answer(false).status, 101);
    for len in [5, 1_000, 5_000] {
        let text = vec![b'x'; len];
        client.send(&text);
        let mut answer = vec![0; len];
        client.stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer, text.to_ascii_uppercase());
    }
    client.stream.conn.send_close_notify();
    client.stream.flush().unwrap();
    assert_eq!(client.stream.read(&mut [0]).unwrap(), 0, "it ends as TLS does");
    secure.site.wait_for(|stats| stats.upgraded == 1);
}

#[test]
fn a_client_that_goes_away_is_seen_behind_what_it_has_sent() {
    let secure = site();
    let mut client = secure.connect();
    client.send(format!("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n{}", "x".repeat(50_000)));
    // The head: nothing is sent after it that could fail.
    assert_ne!(client.stream.read(&mut [0; 1000]).unwrap(), 0);
    drop(client);
    secure.site.wait_for(|stats| stats.open == 0);
}
