//! Clients of HTTP/2: one that speaks it well, by the `h2` crate, and one that says whatever a test wants.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
pub(crate) use catzilla_testkit::frames::*;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};

/// A client that keeps the rules.
pub(crate) struct Client {
    runtime: Runtime,
    sender: SendRequest<Bytes>,
    authority: String,
}

/// A response, complete.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::with_windows(address, 1 << 20, 1 << 20)
    }

    /// With so many bytes that each stream, and that the connection, may be sent ahead.
    pub(crate) fn with_windows(address: SocketAddr, stream: u32, connection: u32) -> Self {
        let connect = async move { tokio::net::TcpStream::connect(address).await.unwrap() };
        Self::over(connect, &address.to_string(), stream, connection)
    }

    /// The same over whatever comes of connecting.
    pub(crate) fn over<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        connect: impl Future<Output = T>,
        authority: &str,
        stream: u32,
        connection: u32,
    ) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sender = runtime.block_on(async {
            let mut builder = h2::client::Builder::new();
            builder.initial_window_size(stream).initial_connection_window_size(connection);
            let (sender, connection) = builder.handshake(connect.await).await.unwrap();
            tokio::spawn(connection);
            sender
        });
        Self { runtime, sender, authority: authority.to_owned() }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.try_ask(method, path, fields, body).expect("an answer")
    }

    /// One request, and its answer up to the end.
    pub(crate) fn try_ask(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, h2::Error> {
        let asked = self.begin(method, path, fields, body);
        self.runtime.block_on(asked)
    }

    /// Many at once, whose answers are all awaited.
    pub(crate) fn get_all(&self, paths: &[&str]) -> Vec<Result<Answer, h2::Error>> {
        self.runtime.block_on(async {
            let asked: Vec<_> =
                paths.iter().map(|path| tokio::spawn(self.begin("GET", path, &[], b""))).collect();
            let mut answers = Vec::new();
            for asked in asked {
                answers.push(asked.await.unwrap());
            }
            answers
        })
    }

    /// Asks for something and waits for the head of the answer, whose body is left alone.
    pub(crate) fn head_of(&self, path: &str) -> http::Response<h2::RecvStream> {
        let mut sender = self.sender.clone();
        let request = self.request("GET", path, &[]);
        self.runtime.block_on(async {
            sender = sender.ready().await.unwrap();
            let (response, _) = sender.send_request(request, true).unwrap();
            response.await.unwrap()
        })
    }

    /// What is left of a body, as the client gets it.
    pub(crate) fn rest_of(&self, body: h2::RecvStream) -> Result<Vec<u8>, h2::Error> {
        self.runtime.block_on(read(body))
    }

    fn begin(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> impl Future<Output = Result<Answer, h2::Error>> + Send + use<> {
        let request = self.request(method, path, fields);
        let (sender, body) = (self.sender.clone(), Bytes::copy_from_slice(body));
        async move {
            let mut sender = sender.ready().await?;
            let (response, mut stream) = sender.send_request(request, body.is_empty())?;
            if !body.is_empty() {
                stream.send_data(body, true)?;
            }
            let (parts, body) = response.await?.into_parts();
            let body = read(body).await?;
            Ok(Answer { status: parts.status.as_u16(), fields: parts.headers, body })
        }
    }

    fn request(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Request<()> {
        let uri = format!("http://{}{path}", self.authority);
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }
}

async fn read(mut body: h2::RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        let data = data?;
        bytes.extend_from_slice(&data);
        body.flow_control().release_capacity(data.len())?;
    }
    Ok(bytes)
}

/// A client that sends what it is told to.
pub(crate) struct RawClient(pub(crate) TcpStream);

/// A frame: its type, its flags, its stream and what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl RawClient {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        socket.set_nodelay(true).unwrap();
        Self(socket)
    }

    /// With the preface and settings sent.
    pub(crate) fn open(address: SocketAddr) -> Self {
        let mut client = Self::connect(address);
        client.send(PREFACE);
        client.frame(SETTINGS, 0, 0, &[]);
        client
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    pub(crate) fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        self.try_frame(kind, flags, stream, payload).unwrap();
    }

    pub(crate) fn try_frame(
        &mut self,
        kind: u8,
        flags: u8,
        stream: u32,
        payload: &[u8],
    ) -> std::io::Result<()> {
        self.0.write_all(&frame(kind, flags, stream, payload))
    }

    /// A GET, complete.
    pub(crate) fn get(&mut self, stream: u32, path: &str) {
        let head =
            head(&[(":method", "GET"), (":path", path), (":scheme", "http"), (":authority", "a")]);
        self.frame(HEADERS, END_STREAM | END_HEADERS, stream, &head);
    }

    /// The next frame; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).ok()?;
        let len = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; len as usize];
        self.0.read_exact(&mut payload).ok()?;
        Some(Frame { kind: head[3], flags: head[4], stream, payload })
    }

    /// The first frame of this kind from here on.
    #[track_caller]
    pub(crate) fn expect(&mut self, kind: u8) -> Frame {
        while let Some(frame) = self.next() {
            if frame.kind == kind {
                return frame;
            }
        }
        panic!("no frame of type {kind} came");
    }

    /// All that comes up to the end.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = self.0.read_to_end(&mut bytes);
        bytes
    }
}

/// A block of fields (RFC 7541), each of them literal.
pub(crate) fn head(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0x10);
        for text in [name, value] {
            integer(text.len(), &mut block);
            block.extend(text.as_bytes());
        }
    }
    block
}

/// A length with a prefix of seven bits, not Huffman-coded.
fn integer(mut value: usize, block: &mut Vec<u8>) {
    if value < 127 {
        return block.push(value as u8);
    }
    block.push(127);
    value -= 127;
    while value >= 128 {
        block.push((value % 128) as u8 | 128);
        value /= 128;
    }
    block.push(value as u8);
}
