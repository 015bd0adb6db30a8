//! A client that speaks TLS, and has each response judged by the strict reader.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use catzilla_testkit::response;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::client::Answer;

pub(crate) struct TlsClient {
    pub(crate) stream: StreamOwned<ClientConnection, TcpStream>,
    unread: Vec<u8>,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The server said so.
    Said,
    /// The socket was closed without a word.
    Cut,
}

impl TlsClient {
    /// Connects, and has the handshake done.
    pub(crate) fn connect(address: SocketAddr, config: &Arc<ClientConfig>) -> io::Result<Self> {
        let mut socket = socket(address);
        let mut tls = begin(config);
        while tls.is_handshaking() {
            tls.complete_io(&mut socket)?;
        }
        Ok(Self { stream: StreamOwned::new(tls, socket), unread: Vec::new() })
    }

    pub(crate) fn tls(&self) -> &ClientConnection {
        &self.stream.conn
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("send");
        self.stream.flush().expect("send");
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    pub(crate) fn ask(&mut self, method: &str, path: &str, fields: &str) -> Answer {
        self.send(format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n"));
        self.answer(method == "HEAD")
    }

    #[track_caller]
    pub(crate) fn answer(&mut self, to_head: bool) -> Answer {
        loop {
            let read = response::read(&self.unread, to_head).expect("a valid response");
            if let Some((response, len)) = read {
                self.unread.drain(..len);
                return response.into();
            }
            assert_eq!(self.read_more(), None, "a complete response");
        }
    }

    /// Everything until the end, and how it ended.
    pub(crate) fn rest(&mut self) -> (Vec<u8>, End) {
        loop {
            if let Some(end) = self.read_more() {
                return (std::mem::take(&mut self.unread), end);
            }
        }
    }

    #[track_caller]
    fn read_more(&mut self) -> Option<End> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Some(End::Said),
            Ok(n) => {
                self.unread.extend_from_slice(&buffer[..n]);
                None
            }
            Err(err) => match err.kind() {
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => Some(End::Cut),
                ErrorKind::Interrupted => None,
                _ => panic!("{err}; so far {} bytes", self.unread.len()),
            },
        }
    }
}

pub(crate) fn socket(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).expect("connect");
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

/// A client that has said nothing yet.
pub(crate) fn begin(config: &Arc<ClientConfig>) -> ClientConnection {
    ClientConnection::new(Arc::clone(config), "localhost".try_into().unwrap()).unwrap()
}

/// The first message of a client.
pub(crate) fn hello(config: &Arc<ClientConfig>) -> Vec<u8> {
    let mut hello = Vec::new();
    begin(config).write_tls(&mut hello).unwrap();
    hello
}
