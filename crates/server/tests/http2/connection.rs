//! Connections as their owners see them: what is woken, what is bounded, what a hot request costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use catzilla_server::http1::Input;
use catzilla_server::http2::{Connection, ErrorCode, Event, Gone, Head, Output, Received};
use catzilla_server::{Limits, Status};
use catzilla_testkit::counting::allocations;

use crate::caller::{PREFACE, frame};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

/// `GET http / a`, of which the second time the authority is in the table.
const FIRST: &[u8] = b"\x82\x86\x84\x41\x01a";
const AGAIN: &[u8] = b"\x82\x86\x84\xbe";

struct Owner {
    engine: Connection,
    input: Input,
    head: Head,
    limits: Limits,
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Owner {
    /// On a connection that has been opened, with nothing left to send.
    fn open() -> Self {
        let limits = Limits::default();
        let engine = Connection::new(&limits);
        let mut owner = Self { engine, input: Input::new(), head: Head::default(), limits };
        owner.say(PREFACE);
        assert_eq!(owner.hear(&frame(SETTINGS, 0, 0, &[])), Event::Read);
        owner.send_all();
        owner
    }

    fn say(&mut self, bytes: &[u8]) {
        self.input.vacant().extend_from_slice(bytes);
    }

    fn hear(&mut self, bytes: &[u8]) -> Event {
        self.say(bytes);
        self.engine.receive(&mut self.input, &mut self.head, &self.limits, Duration::ZERO)
    }

    /// A GET without a body.
    fn get(&mut self, stream: u32, block: &[u8]) {
        match self.hear(&frame(HEADERS, 5, stream, block)) {
            Event::Request(request) => {
                assert_eq!((request.stream, request.refused), (stream, None));
            }
            other => panic!("{other:?}"),
        }
    }

    /// Sends all of it; returns the types of the frames.
    fn send_all(&mut self) -> Vec<u8> {
        let mut bytes = self.engine.output().pending();
        let len = bytes.len();
        let mut kinds = Vec::new();
        while let [a, b, c, kind, ..] = *bytes {
            kinds.push(kind);
            bytes = &bytes[9 + u32::from_be_bytes([0, a, b, c]) as usize..];
        }
        self.engine.sent(len);
        kinds
    }

    fn capacity(&mut self, stream: u32, most: usize, waker: &Waker) -> Poll<Result<usize, Gone>> {
        self.engine.poll_capacity(stream, most, &Context::from_waker(waker))
    }
}

#[test]
fn a_hot_request_takes_no_memory() {
    let mut owner = Owner::open();
    owner.get(1, FIRST);
    owner.engine.close(1);
    owner.send_all();
    let content = [b'x'; 1024];
    let mut stream = 3;
    let mut ask = |times| {
        for _ in 0..times {
            // Memory of the test's own.
            let (mut asked, len) = ([0; 13], AGAIN.len() as u8);
            asked[..9].copy_from_slice(&[0, 0, len, HEADERS, 5, 0, 0, 0, 0]);
            asked[5..9].copy_from_slice(&u32::to_be_bytes(stream));
            asked[9..].copy_from_slice(AGAIN);
            owner.say(&asked);
            let more = [0, 0, 4, WINDOW_UPDATE, 0, 0, 0, 0, 0, 0, 0, 4, 0];
            assert!(matches!(owner.hear(&more), Event::Request(_)));
            owner.engine.respond(stream, Status::OK, false, |out| out.push(0x88)).unwrap();
            assert!(owner.engine.allows(stream, content.len()));
            assert_eq!(owner.engine.send(stream, &content, true), Ok(content.len()));
            owner.engine.close(stream);
            assert_eq!(owner.hear(&[]), Event::Read);
            let sent = owner.engine.output().len();
            owner.engine.sent(sent);
            stream += 2;
        }
    };
    ask(100);
    assert_eq!(allocations(|| ask(100)), 0);
}

#[test]
fn room_and_windows_are_shared_by_those_who_look_at_once() {
    let mut owner = Owner::open();
    owner.hear(&frame(SETTINGS, 0, 0, &[&[0, 4][..], &(1_u32 << 30).to_be_bytes()].concat()));
    owner.hear(&frame(WINDOW_UPDATE, 0, 0, &(1_u32 << 30).to_be_bytes()));
    owner.send_all();
    for stream in [1, 3, 5] {
        owner.get(stream, FIRST);
        owner.engine.respond(stream, Status::OK, false, |_| {}).unwrap();
    }
    owner.send_all();
    let counts = [Arc::new(Count::default()), Arc::default(), Arc::default()];
    let wakers = counts.each_ref().map(|count| Waker::from(Arc::clone(count)));
    let woken = || counts.each_ref().map(|count| count.0.swap(0, Ordering::Relaxed));
    let most = Output::ROOM - 10;
    assert_eq!(owner.capacity(1, most, &wakers[0]), Poll::Ready(Ok(most)));
    assert_eq!(owner.capacity(1, most, &wakers[0]), Poll::Ready(Ok(most)), "it is kept");
    assert_eq!(owner.capacity(3, most, &wakers[1]), Poll::Ready(Ok(most)), "the last to fit in");
    assert_eq!(owner.capacity(5, most, &wakers[2]), Poll::Pending);
    // Who lets go makes room, and so does what goes.
    owner.engine.close(3);
    assert_eq!(woken(), [0, 0, 1]);
    assert_eq!(owner.engine.send(1, &vec![0; most], false), Ok(most));
    assert_eq!(owner.capacity(5, most, &wakers[2]), Poll::Pending, "heads of frames count");
    owner.engine.sent(most);
    assert_eq!(woken(), [0, 0, 1]);
    assert_eq!(owner.capacity(5, most, &wakers[2]), Poll::Ready(Ok(most)));
}

#[test]
fn who_waits_for_the_client_is_woken_by_what_comes() {
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let woken = || count.0.swap(0, Ordering::Relaxed);
    let mut owner = Owner::open();
    let Event::Request(request) = owner.hear(&frame(HEADERS, 4, 1, FIRST)) else { panic!() };
    assert!(request.has_body);
    let cx = &Context::from_waker(&waker);
    assert_eq!(owner.engine.poll_content(1, cx), Poll::Pending);
    owner.hear(&frame(DATA, 0, 1, b"abc"));
    owner.hear(&frame(DATA, 0, 1, b"def"));
    assert_eq!(woken(), 1);
    let data = Poll::Ready(Ok(Received::Data("abcdef".into())));
    assert_eq!(owner.engine.poll_content(1, cx), data, "what has come is one piece");
    assert_eq!(owner.engine.poll_content(1, cx), Poll::Pending);
    owner.hear(&frame(HEADERS, 5, 1, b"\x00\x01x\x011"));
    assert_eq!(woken(), 1);
    match owner.engine.poll_content(1, cx) {
        Poll::Ready(Ok(Received::End(Some(trailers)))) => assert_eq!(trailers["x"], "1"),
        other => panic!("{other:?}"),
    }
    assert_eq!(owner.engine.poll_gone(1, cx), Poll::Pending);
    owner.hear(&frame(RST_STREAM, 0, 1, &8_u32.to_be_bytes()));
    assert_eq!(woken(), 1);
    assert_eq!(owner.engine.poll_gone(1, cx), Poll::Ready(()));
    assert_eq!(owner.engine.respond(1, Status::OK, true, |_| {}), Err(Gone));
    assert_eq!(owner.engine.send(1, b"x", true), Err(Gone));
    assert_eq!(owner.send_all(), [SETTINGS; 0], "nothing of it is said");
}

#[test]
fn a_window_that_becomes_smaller_leaves_the_rest_with_its_owner() {
    let mut owner = Owner::open();
    owner.get(1, FIRST);
    owner.engine.respond(1, Status::OK, false, |_| {}).unwrap();
    assert_eq!(owner.capacity(1, 1000, Waker::noop()), Poll::Ready(Ok(1000)));
    let window = |bytes: u32| [&[0, 4][..], &bytes.to_be_bytes()].concat();
    owner.hear(&frame(SETTINGS, 0, 0, &window(300)));
    assert_eq!(owner.engine.send(1, &[0; 1000], true), Ok(300));
    assert_eq!(owner.capacity(1, 700, Waker::noop()), Poll::Pending);
    owner.hear(&frame(SETTINGS, 0, 0, &window(0)));
    owner.hear(&frame(WINDOW_UPDATE, 0, 1, &300_u32.to_be_bytes()));
    assert_eq!(owner.engine.send(1, &[0; 700], true), Ok(0), "it was below nothing");
    owner.hear(&frame(WINDOW_UPDATE, 0, 1, &1000_u32.to_be_bytes()));
    assert_eq!(owner.capacity(1, 700, Waker::noop()), Poll::Ready(Ok(700)));
    assert_eq!(owner.engine.send(1, &[0; 700], true), Ok(700));
    assert_eq!(owner.engine.send(1, b"x", true), Err(Gone), "it has ended");
}

#[test]
fn who_lets_go_too_early_resets() {
    let reset = |has_body: bool, answer: bool| {
        let mut owner = Owner::open();
        owner.hear(&frame(HEADERS, if has_body { 4 } else { 5 }, 1, FIRST));
        if answer {
            owner.engine.respond(1, Status::OK, true, |_| {}).unwrap();
        }
        owner.send_all();
        owner.engine.close(1);
        let said = owner.engine.output().pending().to_vec();
        said.last_chunk::<4>().map(|code| u32::from_be_bytes(*code))
    };
    assert_eq!(reset(false, true), None);
    assert_eq!(reset(true, true), Some(ErrorCode::NO_ERROR.0));
    assert_eq!(reset(false, false), Some(ErrorCode::CANCEL.0));
}

#[test]
fn what_nobody_read_is_given_back_to_the_connection() {
    let mut owner = Owner::open();
    for stream in 0..40 {
        let stream = 2 * stream + 1;
        owner.hear(&frame(HEADERS, 4, stream, FIRST));
        for _ in 0..3 {
            assert_eq!(owner.hear(&frame(DATA, 0, stream, &[0; 16_000])), Event::Read);
        }
        owner.engine.close(stream);
        // What was on its way, too.
        assert_eq!(owner.hear(&frame(DATA, 1, stream, &[0; 16_000])), Event::Read);
    }
    assert!(owner.send_all().contains(&WINDOW_UPDATE));
}

#[test]
fn a_goodbye_lets_what_is_under_way_come_to_its_end() {
    let mut owner = Owner::open();
    owner.get(1, FIRST);
    owner.engine.leave();
    owner.engine.leave();
    assert_eq!(owner.send_all(), [GOAWAY, PING], "once");
    owner.get(3, AGAIN);
    assert_eq!(owner.hear(&frame(PING, 1, 0, b"catzilla")), Event::Read);
    assert_eq!(owner.send_all(), [GOAWAY]);
    // It was sent before the client heard, but after it said that it had.
    assert_eq!(owner.hear(&frame(HEADERS, 5, 5, AGAIN)), Event::Read);
    for stream in [1, 3] {
        assert!(!owner.engine.is_ended());
        owner.engine.respond(stream, Status::OK, true, |_| {}).unwrap();
        owner.engine.close(stream);
    }
    assert!(owner.engine.is_ended());
    assert_eq!(owner.hear(&[]), Event::Ended);
    assert_eq!(owner.send_all(), [HEADERS, HEADERS]);
}

#[test]
fn a_client_that_makes_work_for_nothing_is_sent_away() {
    let gone = |frames: &[Vec<u8>]| {
        let mut owner = Owner::open();
        (0..20_000).find(|_| {
            frames.iter().any(|frame| owner.hear(frame) == Event::Ended) || {
                owner.send_all();
                false
            }
        })
    };
    assert_eq!(gone(&[frame(PING, 0, 0, &[0; 8])]), Some(9_999), "the settings were one");
    assert_eq!(gone(&[frame(SETTINGS, 0, 0, &[])]), Some(9_999));
    assert_eq!(gone(&[frame(2, 0, 1, &[0; 5])]), Some(9_999), "priorities");
    assert_eq!(gone(&[frame(77, 0, 0, b"")]), Some(9_999), "unknown ones");
    assert_eq!(gone(&[frame(WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes())]), None, "they are of use");
}

#[test]
fn heads_that_are_too_long_are_answered_in_several_frames() {
    let mut owner = Owner::open();
    owner.get(1, FIRST);
    owner.engine.respond(1, Status::OK, true, |out| out.resize(out.len() + 40_000, 0x88)).unwrap();
    assert_eq!(owner.send_all(), [HEADERS, 9, 9]);
}
