//! HTTP/2 under TLS, as browsers speak it.

use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::TlsConnector;

use crate::http2::client::Client;
use crate::site::{TestClock, noise};
use crate::tls::Secure;

/// A client that asks for HTTP/2, and may be sent so many bytes ahead.
fn connect(secure: &Secure, window: u32) -> Client {
    let mut config = secure.files.first.client_of(rustls::ALL_VERSIONS);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let address = secure.site.address();
    let connect = async move {
        let socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let stream = connector.connect("localhost".try_into().unwrap(), socket).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        stream
    };
    Client::over(connect, "localhost", window, window)
}

#[test]
fn many_streams_of_all_sizes() {
    let large = noise(3_000_000, 1);
    let files: &[(&str, &[u8])] = &[("a.txt", b"a"), ("none.txt", b""), ("large.bin", &large)];
    let secure = Secure::start(files);
    for window in [100_000, 1 << 24] {
        let client = connect(&secure, window);
        let paths = ["/a.txt", "/large.bin", "/none.txt", "/missing"].repeat(8);
        for (path, answer) in paths.iter().zip(client.get_all(&paths)) {
            let answer = answer.unwrap();
            match *path {
                "/a.txt" => assert_eq!(answer.body, b"a"),
                "/large.bin" => assert!(answer.body == large),
                "/none.txt" => assert_eq!((answer.status, answer.body.len()), (200, 0)),
                _ => assert_eq!(answer.status, 404),
            }
        }
    }
    let stats = secure.site.handle.stats();
    assert_eq!((stats.handshakes, stats.requests, stats.sendfile_operations), (2, 64, 0));
}

#[test]
fn a_request_with_a_body() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let client = connect(&secure, 1 << 20);
    assert_eq!(client.ask("POST", "/a.txt", &[], &noise(50_000, 2)).status, 405);
    assert_eq!(client.get("/a.txt").body, b"a");
}

#[test]
fn a_client_that_takes_nothing_is_cut_and_no_other() {
    let clock = TestClock::default();
    let time = clock.clone();
    let files: &[(&str, &[u8])] = &[("large.bin", &noise(20_000_000, 3)), ("a.txt", b"a")];
    let secure = Secure::with(files, |server| server.clock(time), |mount| mount);
    let client = connect(&secure, 100_000);
    let stuck = client.head_of("/large.bin");
    let mut creep = clock.creeping();
    secure.site.wait_for(|stats| {
        creep();
        stats.timed_out >= 1
    });
    assert!(client.rest_of(stuck.into_body()).is_err());
    assert_eq!(connect(&secure, 1 << 20).get("/a.txt").body, b"a");
}

#[test]
fn a_server_that_leaves_lets_it_finish() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let client = connect(&secure, 1 << 20);
    assert_eq!(client.get("/a.txt").body, b"a");
    assert_eq!(secure.site.handle.shutdown(Duration::from_secs(10)), 0);
    assert!(client.try_ask("GET", "/a.txt", &[], b"").is_err());
}
