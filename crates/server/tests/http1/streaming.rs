//! Answers whose content comes later: framed by a length, in chunks, or by the end of the connection.

use std::time::SystemTime;

use bytes::Bytes;
use catzilla_server::http1::{
    Connection, ContentError, DateLine, Event, Input, Outbox, Output, Refusal, RequestHead,
};
use catzilla_server::{Block, Body, Limits, Overlay, ResponsePlan, Status};
use catzilla_testkit::response;
use proptest::collection::vec;
use proptest::prelude::*;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const OLD: &str = "GET / HTTP/1.0\r\n\r\n";

struct Talk {
    engine: Connection,
    input: Input,
    head: RequestHead,
    outbox: Outbox,
    limits: Limits,
    date: DateLine,
}

impl Talk {
    /// A connection that has received this, and has its first request.
    fn of(bytes: &str) -> Self {
        let mut talk = Self {
            engine: Connection::new(),
            input: Input::new(),
            head: RequestHead::default(),
            outbox: Outbox::new(),
            limits: Limits::default(),
            date: DateLine::new(SystemTime::UNIX_EPOCH),
        };
        talk.input.vacant().extend_from_slice(bytes.as_bytes());
        assert_eq!(talk.next(), Event::Request);
        talk
    }

    fn next(&mut self) -> Event {
        self.engine.next(&mut self.input, &mut self.head, &self.limits)
    }

    fn begin(&mut self, length: Option<u64>) {
        let Self { engine, input, outbox, date, limits, .. } = self;
        engine.begin_answer(plan(Status::OK), length, input, outbox, date, limits);
    }

    fn content(&mut self, bytes: &[u8]) -> Result<(), ContentError> {
        self.engine.content(Bytes::copy_from_slice(bytes), &mut self.outbox)
    }

    fn end(&mut self) -> Result<(), ContentError> {
        self.engine.end_content(&mut self.input, &mut self.outbox, &self.limits)
    }

    fn sent(&mut self) -> Vec<u8> {
        let mut sent = Vec::new();
        while let Some(Output::Bytes { first, second, .. }) = self.outbox.front() {
            sent.extend_from_slice(first);
            sent.extend_from_slice(second);
            self.outbox.advance((first.len() + second.len()) as u64);
        }
        assert_eq!(self.outbox.pending(), 0);
        sent
    }
}

fn plan(status: Status) -> ResponsePlan {
    ResponsePlan {
        status,
        block: Block::Static(b"upgrade: echo\r\n"),
        overlay: Overlay::default(),
        length: None,
        body: Body::None,
        close: false,
    }
}

proptest! {
    #[test]
    fn content_arrives_as_it_was_given(
        pieces in vec(prop_oneof![vec(any::<u8>(), 0..40), vec(any::<u8>(), 8_000..9_000)], 0..6),
        counted in any::<bool>(),
    ) {
        let all = pieces.concat();
        let mut talk = Talk::of(&format!("{GET}{GET}"));
        talk.begin(counted.then_some(all.len() as u64));
        for piece in &pieces {
            talk.content(piece).unwrap();
        }
        prop_assert!(talk.engine.is_streaming());
        talk.end().unwrap();
        let sent = talk.sent();
        for len in 0..sent.len().min(300) {
            prop_assert_eq!(response::read(&sent[..len], false), Ok(None), "{} bytes", len);
        }
        let (read, len) = response::read(&sent, false).unwrap().unwrap();
        prop_assert_eq!((read.body, len), (all, sent.len()));
        prop_assert_eq!(talk.next(), Event::Request, "and the next one is found");
    }
}

#[test]
fn the_bytes_of_chunks() {
    let mut talk = Talk::of(GET);
    talk.begin(None);
    talk.content(b"hello").unwrap();
    talk.content(b"").unwrap();
    talk.content(&[b'x'; 26]).unwrap();
    talk.end().unwrap();
    let expected = format!(
        "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\ntransfer-encoding: chunked\r\n\
         upgrade: echo\r\n\r\n5\r\nhello\r\n1a\r\n{}\r\n0\r\n\r\n",
        "x".repeat(26)
    );
    assert_eq!(String::from_utf8(talk.sent()).unwrap(), expected);
}

#[test]
fn a_length_is_kept_or_nothing_more_is_said() {
    let mut talk = Talk::of(GET);
    talk.begin(Some(5));
    talk.content(b"hel").unwrap();
    assert_eq!(talk.content(b"lo!"), Err(ContentError::TooLong));
    assert_eq!(talk.end(), Err(ContentError::TooShort));
    assert!(talk.sent().ends_with(b"\r\n\r\nhel"));
    assert_eq!(talk.next(), Event::Read, "nothing behind it is looked at");
}

#[test]
fn http_1_0_has_no_chunks() {
    for (request, length, closes) in
        [(OLD, None, true), ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", Some(2), false)]
    {
        let mut talk = Talk::of(request);
        talk.begin(length);
        assert_eq!(talk.engine.ends_by_close(), length.is_none());
        talk.content(b"hi").unwrap();
        talk.end().unwrap();
        let sent = String::from_utf8(talk.sent()).unwrap();
        assert!(!sent.contains("transfer-encoding") && sent.ends_with("\r\n\r\nhi"), "{sent}");
        assert_eq!(sent.contains("connection: close\r\n"), closes);
        assert_eq!(talk.next(), if closes { Event::Close { linger: false } } else { Event::Idle });
    }
}

#[test]
fn a_body_may_be_read_while_the_answer_goes_out() {
    let mut talk =
        Talk::of(&format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nping{GET}"));
    talk.begin(None);
    talk.engine.read_body(10, &mut talk.outbox);
    let Event::Body(range) = talk.next() else { panic!("it was asked for") };
    assert_eq!(talk.engine.body(&talk.input, &range), b"ping");
    talk.content(b"pong").unwrap();
    assert_eq!(talk.next(), Event::BodyEnd);
    talk.end().unwrap();
    assert_eq!(talk.next(), Event::Request);
    assert!(talk.sent().ends_with(b"4\r\npong\r\n0\r\n\r\n"));
}

#[test]
fn what_nobody_read_is_thrown_away_or_ends_the_connection() {
    for (length, expected) in [(4, Event::Request), (1_000_000, Event::Close { linger: true })] {
        let mut talk = Talk::of(&format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\nping{GET}"
        ));
        talk.begin(None);
        talk.end().unwrap();
        assert_eq!(talk.next(), expected);
    }
}

#[test]
fn who_was_not_told_to_go_on_is_not_after_the_head() {
    let mut talk =
        Talk::of("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    talk.begin(None);
    talk.engine.read_body(10, &mut talk.outbox);
    assert_eq!(talk.next(), Event::Read);
    talk.end().unwrap();
    let sent = String::from_utf8(talk.sent()).unwrap();
    assert!(sent.starts_with("HTTP/1.1 200 OK\r\n") && sent.contains("connection: close\r\n"));
    assert_eq!(talk.next(), Event::Close { linger: true });
}

#[test]
fn a_body_has_its_limit() {
    for (fields, body, refused) in [
        ("Content-Length: 4\r\n", "ping", false),
        ("Content-Length: 5\r\n", "", true),
        ("Content-Length: 5\r\n", "pings", true),
        ("Transfer-Encoding: chunked\r\n", "2\r\npi\r\n2\r\nng\r\n0\r\n\r\n", false),
        ("Transfer-Encoding: chunked\r\n", "5\r\n", true),
        ("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\npin", true),
        ("Transfer-Encoding: chunked\r\n", "2\r\npi\r\n3\r\nngs\r\n0\r\n\r\n", true),
    ] {
        let mut talk = Talk::of(&format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}"));
        talk.engine.read_body(4, &mut talk.outbox);
        let mut content: Vec<u8> = Vec::new();
        let end = loop {
            match talk.next() {
                Event::Body(range) => {
                    content.extend_from_slice(talk.engine.body(&talk.input, &range));
                }
                end => break end,
            }
        };
        assert_eq!(end == Event::Refused(Refusal::BodyTooLarge), refused, "{fields:?} {body:?}");
        assert_eq!(end == Event::BodyEnd && content == b"ping", !refused);
    }
}

#[test]
fn another_protocol_gets_every_byte_behind_its_request() {
    let mut talk = Talk::of(&format!("{GET}\0\x01GET / not HTTP"));
    let Talk { engine, input, outbox, date, .. } = &mut talk;
    engine.switch(plan(Status::SWITCHING_PROTOCOLS), input, outbox, date);
    let sent = String::from_utf8(talk.sent()).unwrap();
    assert_eq!(
        sent,
        "HTTP/1.1 101 Switching Protocols\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
         connection: upgrade\r\nupgrade: echo\r\n\r\n"
    );
    assert_eq!(talk.next(), Event::Close { linger: false }, "nobody takes them for HTTP");
    assert_eq!(talk.input.take(), b"\0\x01GET / not HTTP");
    assert!(talk.input.is_empty());
}
