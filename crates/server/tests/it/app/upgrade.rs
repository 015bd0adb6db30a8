//! Connections that go on in another protocol.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use catzilla_server::{Limits, MountConfig, OnUpgrade, RequestBody, Server};
use http::{Method, Request, Response};
use http_body_util::Empty;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;

use super::handlers::{pass, status};
use crate::client::Client;
use crate::site::{Site, eventually, write};

const ASK: &str =
    "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: other, Echo\r\n\r\n";

/// Sends back what comes, in capitals, until the client has said all.
pub(crate) async fn echo(mut request: Request<RequestBody>) -> Response<Empty<Bytes>> {
    let Some(upgrade) = OnUpgrade::of(&mut request) else { return status(426) };
    tokio::spawn(async move {
        let mut stream = upgrade.await.expect("an upgrade");
        let mut buffer = [0; 1000];
        loop {
            let len = stream.read(&mut buffer).await.unwrap_or(0);
            if len == 0 {
                break;
            }
            buffer[..len].make_ascii_uppercase();
            stream.write_all(&buffer[..len]).await.expect("a client");
        }
        let _ = stream.shutdown().await;
    });
    let mut response = status(101);
    response.headers_mut().insert("upgrade", "echo".parse().unwrap());
    response.headers_mut().insert("connection", "upgrade".parse().unwrap());
    response
}

fn site() -> Site {
    Site::of(Server::builder().route([Method::GET, Method::POST], "/echo", echo))
}

fn expect_101(client: &mut Client) {
    let answer = client.answer(false);
    assert_eq!(
        (answer.status, answer.field("connection"), answer.field("upgrade")),
        (101, Some("upgrade"), Some("echo"))
    );
}

#[test]
fn a_stream_belongs_to_its_handler_with_every_byte_behind_the_request() {
    let site = site();
    let mut client = site.connect();
    client.send(ASK);
    expect_101(&mut client);
    client.send("hello");
    assert_eq!(client.until(b"HELLO"), b"HELLO");
    client.send("again");
    assert_eq!(client.until(b"AGAIN"), b"AGAIN");
    client.close_sending();
    client.expect_closed();
    // What comes along with the request, HTTP or not, is of the other protocol. Longer than one buffer, too.
    for behind in ["get / http/1.1\r\nhost: a\r\n\r\n".to_owned(), "x".repeat(20_000)] {
        let mut client = site.connect();
        client.send(format!("{ASK}{behind}"));
        expect_101(&mut client);
        client.close_sending();
        assert!(client.rest() == behind.to_ascii_uppercase().as_bytes());
    }
    // On a connection that has been in use before, behind a request that is still to be answered.
    let mut client = site.connect();
    client.send(format!("GET /missing HTTP/1.1\r\nHost: a\r\n\r\n{ASK}bytes"));
    assert_eq!(client.answer(false).status, 404);
    expect_101(&mut client);
    assert_eq!(client.until(b"BYTES"), b"BYTES");
    let stats = site.wait_for(|stats| stats.open == 0);
    assert_eq!((stats.upgraded, stats.client_error), (4, 1));
}

#[test]
fn without_an_upgrade_it_stays_http() {
    let site = site();
    let mut client = site.connect();
    for request in [
        "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n",
        "GET /echo HTTP/1.0\r\nConnection: upgrade, keep-alive\r\nUpgrade: echo\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\nContent-Length: 2\r\n\r\nhi",
    ] {
        client.send(request);
        assert_eq!(client.answer(false).status, 426, "{request}");
    }
    // What follows a request whose upgrade was refused is the next request.
    client.send(ASK.replace("/echo", "/missing") + "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer(false).status, 404);
    assert_eq!(client.answer(false).status, 426);
}

#[test]
fn a_101_that_is_none_is_500() {
    let wrong = |mut request: Request<RequestBody>| async move {
        let kind = request.uri().path().trim_start_matches('/').to_owned();
        let upgrade = OnUpgrade::of(&mut request);
        if kind != "forgotten" {
            tokio::spawn(async { upgrade.expect("one").await.expect_err("none") });
        }
        let mut response = status(101);
        if kind != "unnamed" {
            let protocol = if kind == "unknown" { "tls" } else { "echo" };
            response.headers_mut().insert("upgrade", protocol.parse().unwrap());
        }
        response
    };
    let site = Site::of(Server::builder().route(Method::GET, "/{kind}", wrong));
    let mut client = site.connect();
    for kind in ["forgotten", "unnamed", "unknown"] {
        client.send(ASK.replace("echo ", &format!("{kind} ")));
        assert_eq!(client.answer(false).status, 500, "{kind}");
    }
    assert_eq!(site.handle.stats().upgraded, 0);
}

#[test]
fn of_clones_one_gets_the_stream() {
    let (told, tells) = std::sync::mpsc::channel();
    let handler = move |mut request: Request<RequestBody>| {
        let told = told.clone();
        async move {
            let first = OnUpgrade::of(&mut request).expect("an upgrade");
            let late = first.clone();
            let at_once = [first.clone(), first].map(|it| async { it.await.is_ok() });
            tokio::spawn(async move {
                let won = futures_util::future::join_all(at_once).await;
                let late = late.await.is_ok();
                told.send((won, late)).expect("a test");
            });
            let mut response = status(101);
            response.headers_mut().insert("upgrade", "echo".parse().unwrap());
            response
        }
    };
    let site = Site::of(Server::builder().route(Method::GET, "/echo", handler));
    let mut client = site.connect();
    client.send(ASK);
    expect_101(&mut client);
    let all = tells.recv_timeout(Duration::from_secs(20)).expect("all of them end");
    assert_eq!(all, (vec![true, false], false));
    client.expect_closed();
}

#[test]
fn nothing_behind_the_request_is_looked_at_before_the_answer() {
    let door = Arc::new(Semaphore::new(0));
    let waits = Arc::clone(&door);
    let slow = move |request: Request<RequestBody>| {
        let door = Arc::clone(&waits);
        async move {
            pass(&door).await;
            echo(request).await
        }
    };
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("a.txt"), b"file");
    let server = Server::builder().mount(MountConfig::new("/", dir.path()));
    let site = Site::of(server.route(Method::GET, "/echo", slow));
    let mut client = site.connect();
    client.send(format!("{ASK}get /a.txt http/1.1\r\n"));
    site.wait_for(|stats| stats.app_requests == 1);
    client.send("host: a\r\n\r\n");
    assert_eq!(site.get("/a.txt").text(), "file");
    door.add_permits(1);
    expect_101(&mut client);
    client.close_sending();
    assert_eq!(client.rest(), b"GET /A.TXT HTTP/1.1\r\nHOST: A\r\n\r\n");
}

#[test]
fn an_upgraded_connection_counts_and_is_waited_for() {
    let mut limits = Limits::default();
    limits.max_connections = Some(1);
    let site = Site::of(Server::builder().limits(limits).route(Method::GET, "/echo", echo));
    let mut client = site.connect();
    client.send(ASK);
    expect_101(&mut client);
    site.wait_for(|stats| stats.open == 0);
    site.connect().expect_closed();
    assert_eq!(site.handle.stats().turned_away, 1);
    client.send("x");
    assert_eq!(client.until(b"X"), b"X");
    let address = site.address();
    let Site { handle, dir } = site;
    let ending = std::thread::spawn(move || handle.shutdown(Duration::from_mins(1)));
    eventually(|| std::net::TcpStream::connect(address).is_err().then_some(())).expect("it drains");
    client.send("y");
    assert_eq!(client.until(b"Y"), b"Y", "it goes on meanwhile");
    client.close_sending();
    client.expect_closed();
    assert_eq!(ending.join().unwrap(), 0);
    drop(dir);

    let site = Site::of(Server::builder().route(Method::GET, "/echo", echo));
    let mut client = site.connect();
    client.send(ASK);
    expect_101(&mut client);
    site.wait_for(|stats| stats.upgraded == 1);
    assert_eq!(site.handle.shutdown(Duration::from_millis(20)), 1, "cut, and counted");
    client.expect_closed();
}
