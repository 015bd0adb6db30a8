use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use catzilla_testkit::raw_client::{End, RawClient};

/// A server for one connection.
fn serve<T: Send + 'static>(
    work: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, std::thread::spawn(move || work(listener.accept().unwrap().0)))
}

/// A client of a server that says this and closes.
fn hears(bytes: &'static [u8]) -> RawClient {
    let (address, server) = serve(move |mut stream| stream.write_all(bytes).unwrap());
    let client = RawClient::connect(address).unwrap();
    server.join().unwrap();
    client
}

#[test]
fn responses_are_read_one_by_one() {
    let mut client = hears(
        b"HTTP/1.1 100 Continue\r\n\r\n\
          HTTP/1.1 200 OK\r\ncontent-LENGTH:  5 \r\nX: a\r\nx: b\r\n\r\nhello\
          HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n\
          HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\
          HTTP/1.0 404 Not Found\r\n\r\nuntil the end",
    );
    let interim = client.read_response().unwrap();
    assert_eq!((interim.status(), interim.end), (Some(100), End::Head));
    let full = client.read_response().unwrap();
    assert_eq!(
        (full.status(), full.end, full.body.as_slice()),
        (Some(200), End::Length, b"hello".as_slice())
    );
    assert_eq!(full.values("X").collect::<Vec<_>>(), [b"a", b"b"]);
    assert!(full.head.ends_with(b"x: b\r\n\r\n"));
    assert_eq!(client.read_response().unwrap().end, End::Head);
    assert_eq!(client.read_response_to_head().unwrap().status(), Some(200));
    let last = client.read_response().unwrap();
    assert_eq!((last.end, last.body.as_slice()), (End::Close, b"until the end".as_slice()));
    assert_eq!(client.read_to_end().unwrap(), b"");
}

#[track_caller]
fn fails(bytes: &'static [u8], kind: ErrorKind) {
    let err = hears(bytes).read_response().unwrap_err();
    assert_eq!(err.kind(), kind, "{}: {err}", bytes.escape_ascii());
}

#[test]
fn what_is_no_whole_response_is_an_error() {
    fails(b"", ErrorKind::UnexpectedEof);
    fails(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", ErrorKind::UnexpectedEof);
    fails(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", ErrorKind::UnexpectedEof);
    fails(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        ErrorKind::InvalidData,
    );
    fails(b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", ErrorKind::InvalidData);
    fails(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ErrorKind::InvalidData,
    );
    fails(b"SSH-2.0-cat\r\n\r\n", ErrorKind::InvalidData);
}

#[test]
fn patience_ends() {
    let (address, server) = serve(|stream| stream);
    let mut client = RawClient::connect_with_patience(address, Duration::from_millis(50)).unwrap();
    let err = client.read_response().unwrap_err();
    assert!(matches!(err.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{err}");
    drop(server.join());
}

#[test]
fn pieces_arrive_in_order_and_half_a_close_leaves_the_other_half() {
    let (address, server) = serve(|mut stream| {
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        heard
    });
    let mut client = RawClient::connect(address).unwrap();
    client.send_in_pieces(["GET / HT", "TP/1.1\r", "\n\r\n"]).unwrap();
    client.close_sending().unwrap();
    assert_eq!(client.read_response().unwrap().status(), Some(200));
    assert_eq!(server.join().unwrap(), b"GET / HTTP/1.1\r\n\r\n");
}

#[test]
fn a_reset_is_no_close() {
    let (address, server) = serve(|mut stream| stream.read(&mut [0; 16]).unwrap_err().kind());
    RawClient::connect(address).unwrap().reset().unwrap();
    assert_eq!(server.join().unwrap(), ErrorKind::ConnectionReset);
}
