//! A client that keeps its connection, reads one response at a time and has each judged by the strict reader.

use std::fmt::Write as _;
use std::io::Read;
use std::net::SocketAddr;

use catzilla_testkit::raw_client::RawClient;
use catzilla_testkit::response;

pub(crate) struct Client {
    raw: RawClient,
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
        Self { raw: RawClient::connect(address).expect("connect"), unread: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.raw.send(bytes).expect("send");
    }

    /// Sends as much as the server takes: it may have said goodbye in the middle.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.raw.send(bytes).is_ok()
    }

    pub(crate) fn close_sending(&self) {
        self.raw.close_sending().expect("half close");
    }

    /// Ends the connection by a reset.
    pub(crate) fn reset(self) {
        self.raw.reset().expect("reset");
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

    /// As `answer`, of a server that closes and may say HTTP/1.0 itself.
    #[track_caller]
    pub(crate) fn answer_to_http_1_0(&mut self) -> Answer {
        let mut rest = self.rest();
        assert!(rest.starts_with(b"HTTP/1."), "{:?}", String::from_utf8_lossy(&rest));
        rest["HTTP/1.".len()] = b'1';
        let (response, len) = response::read(&rest, false).expect("valid").expect("complete");
        assert_eq!(len, rest.len(), "something follows");
        response.into()
    }

    /// As `answer`; `Err` holds what came before the connection ended.
    pub(crate) fn try_answer(&mut self, to_head: bool) -> Result<Answer, Vec<u8>> {
        loop {
            let read = response::read(&self.unread, to_head).expect("a valid response");
            if let Some((response, len)) = read {
                self.unread.drain(..len);
                return Ok(response.into());
            }
            if !self.read_more() {
                return Err(std::mem::take(&mut self.unread));
            }
        }
    }

    /// Everything until the server closes.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.read_more() {}
        std::mem::take(&mut self.unread)
    }

    /// What comes up to the first of these bytes, and them.
    #[track_caller]
    pub(crate) fn until(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|window| window == end) {
                return self.unread.drain(..at + end.len()).collect();
            }
            let so_far = String::from_utf8_lossy(&self.unread).into_owned();
            assert!(self.read_more(), "closed after {so_far:?}");
        }
    }

    /// Whether the connection ends by a reset.
    pub(crate) fn is_reset(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.raw.stream().read(&mut buffer) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(err) if err.kind() == std::io::ErrorKind::Interrupted => {}
                Err(err) => return err.kind() == std::io::ErrorKind::ConnectionReset,
            }
        }
    }

    /// Whether the server closes without another byte.
    #[track_caller]
    pub(crate) fn expect_closed(&mut self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "unexpected: {:?}", String::from_utf8_lossy(&rest));
    }

    /// Waits until something has come, and takes none of it.
    pub(crate) fn wait(&self) {
        self.raw.stream().peek(&mut [0]).expect("something comes");
    }

    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        match self.raw.stream().read(&mut buffer) {
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

impl From<response::Response> for Answer {
    fn from(response: response::Response) -> Self {
        let text = |value: Vec<u8>| String::from_utf8(value).expect("fields of text");
        let fields = response.fields.into_iter();
        Self {
            status: response.status,
            fields: fields.map(|(name, value)| (name.to_ascii_lowercase(), text(value))).collect(),
            body: response.body,
        }
    }
}
