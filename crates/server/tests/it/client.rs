//! A client that keeps its connection and reads exactly one response at a time.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer takes, shorter than a patience.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The one value of a field; a second line of it fails the test.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut values =
            self.fields.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let first = values.next();
        assert_eq!(values.next(), None, "{name} stands twice: {:?}", self.fields);
        first
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("connect");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, unread: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("send");
    }

    /// Sends as much as the server takes: it may have said goodbye in the middle.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    pub(crate) fn close_sending(&self) {
        self.stream.shutdown(Shutdown::Write).expect("half close");
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    pub(crate) fn ask(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in fields {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        self.send(head);
        self.answer(method == "HEAD")
    }

    /// Reads one response; one to HEAD has no body whatever it says.
    #[track_caller]
    pub(crate) fn answer(&mut self, to_head: bool) -> Answer {
        self.try_answer(to_head).expect("a complete response")
    }

    /// As `answer`; `Err` holds what came before the connection ended.
    pub(crate) fn try_answer(&mut self, to_head: bool) -> Result<Answer, Vec<u8>> {
        let end = loop {
            if let Some(at) = find(&self.unread, b"\r\n\r\n") {
                break at;
            }
            if !self.read_more() {
                return Err(std::mem::take(&mut self.unread));
            }
        };
        let head = String::from_utf8(self.unread[..end].to_vec()).expect("an ASCII head");
        let mut lines = head.split("\r\n");
        let status_line = lines.next().unwrap();
        let status = status_line.strip_prefix("HTTP/1.1 ").expect("a status line")[..3]
            .parse()
            .expect("a status");
        let fields: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").expect("a field line"))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Answer { status, fields, body: Vec::new() };
        let len = match answer.field("content-length") {
            _ if to_head || status == 304 || status == 204 => 0,
            Some(len) => len.parse::<usize>().expect("a length"),
            None => panic!("a response without a length: {answer:?}"),
        };
        let begin = end + 4;
        while self.unread.len() < begin + len {
            if !self.read_more() {
                return Err(std::mem::take(&mut self.unread));
            }
        }
        answer.body = self.unread[begin..begin + len].to_vec();
        self.unread.drain(..begin + len);
        Ok(answer)
    }

    /// Everything until the server closes.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.read_more() {}
        std::mem::take(&mut self.unread)
    }

    /// Whether the server closes without another byte.
    #[track_caller]
    pub(crate) fn expect_closed(&mut self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "unexpected: {:?}", String::from_utf8_lossy(&rest));
    }

    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(n) => {
                self.unread.extend_from_slice(&buffer[..n]);
                true
            }
            Err(err)
                if matches!(
                    err.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) =>
            {
                panic!(
                    "the server neither answered nor closed; so far: {:?}",
                    String::from_utf8_lossy(&self.unread)
                )
            }
            // A read with a time limit is interrupted when the machine is stopped and goes on.
            Err(err) if err.kind() == std::io::ErrorKind::Interrupted => true,
            Err(err) => {
                assert_eq!(
                    err.kind(),
                    std::io::ErrorKind::ConnectionReset,
                    "the other way to end a connection"
                );
                false
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
