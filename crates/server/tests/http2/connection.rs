//! Connections as their owners see them: what is woken, what is bounded, what a hot request costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use catzilla_server::http1::{Input, Refusal};
use catzilla_server::http2::{Connection, ErrorCode, Event, Gone, Head, Output, Received};
use catzilla_server::{Limits, Status};
use catzilla_testkit::counting::allocations;
use catzilla_testkit::frames::{
    CONTINUATION, DATA, GOAWAY, HEADERS, PING, PREFACE, PRIORITY, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, frame,
};

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

    fn capacity(&mut self, stream: u32, waker: &Waker) -> Poll<Result<usize, Gone>> {
        self.engine.poll_capacity(stream, &Context::from_waker(waker))
    }

    /// GETs whose answers have begun, in windows of a gigabyte.
    fn begin(&mut self, streams: &[u32]) {
        self.hear(&frame(SETTINGS, 0, 0, &[&[0, 4][..], &(1_u32 << 30).to_be_bytes()].concat()));
        self.hear(&frame(WINDOW_UPDATE, 0, 0, &(1_u32 << 30).to_be_bytes()));
        for &stream in streams {
            self.get(stream, FIRST);
            self.engine.respond(stream, Status::OK, false, |_| {}).unwrap();
        }
        self.send_all();
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

/// Wakers, and how often each was woken since this was asked last.
fn wakers<const N: usize>() -> ([Waker; N], impl Fn() -> [usize; N]) {
    let counts = [(); N].map(|()| Arc::new(Count::default()));
    let wakers = counts.each_ref().map(|count| Waker::from(Arc::clone(count)));
    (wakers, move || counts.each_ref().map(|count| count.0.swap(0, Ordering::Relaxed)))
}

#[test]
fn who_finds_no_room_is_woken_when_there_is_some() {
    let mut owner = Owner::open();
    owner.begin(&[1, 3, 5]);
    let (wakers, woken) = wakers::<3>();
    assert!(owner.capacity(1, &wakers[0]).is_ready());
    assert!(owner.engine.allows(3, 10));
    assert_eq!(owner.engine.send(1, &vec![0; Output::ROOM], false), Ok(Output::ROOM));
    assert!(!owner.engine.allows(3, 10), "the windows would");
    assert_eq!(owner.capacity(3, &wakers[1]), Poll::Pending);
    assert_eq!(owner.capacity(5, &wakers[2]), Poll::Pending);
    owner.engine.sent(Output::ROOM / 2);
    assert_eq!(woken(), [0, 0, 0], "it isn't worth it yet");
    owner.send_all();
    assert_eq!(woken(), [0, 1, 1]);
}

#[test]
fn windows_are_for_those_who_wait_in_their_order() {
    let mut owner = Owner::open();
    for stream in [1, 3, 5, 7] {
        owner.get(stream, FIRST);
        owner.engine.respond(stream, Status::OK, false, |_| {}).unwrap();
    }
    assert_eq!(owner.engine.send(1, &vec![0; 65_535], false), Ok(65_535));
    owner.send_all();
    let (wakers, woken) = wakers::<3>();
    for (stream, waker) in [3, 5, 7].into_iter().zip(&wakers) {
        assert_eq!(owner.capacity(stream, waker), Poll::Pending);
    }
    let open = |owner: &mut Owner, stream, bytes: u32| {
        owner.hear(&frame(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes()));
    };
    open(&mut owner, 0, 1);
    assert_eq!(woken(), [1, 0, 0], "a byte is enough for one");
    // Who doesn't take it leaves it to the next: because it has gone, or has no window of its own.
    owner.engine.close(3);
    assert_eq!(woken(), [0, 1, 0]);
    owner.hear(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]));
    woken();
    open(&mut owner, 7, 100);
    assert_eq!(owner.capacity(5, &wakers[1]), Poll::Pending);
    assert_eq!(woken(), [0, 0, 1]);
    assert_eq!(owner.capacity(7, &wakers[2]), Poll::Ready(Ok(1)));
    assert_eq!(owner.engine.send(7, &[0; 100], true), Ok(1));
}

#[test]
fn what_is_read_ahead_is_bounded_and_given_back() {
    let mut owner = Owner::open();
    owner.begin(&[1, 3, 5, 7, 9, 11]);
    let (wakers, woken) = wakers::<2>();
    let reserve = |owner: &mut Owner, stream, waker: &Waker| {
        owner.engine.poll_reserve(stream, 65_536, &Context::from_waker(waker)).is_ready()
    };
    for stream in [1, 3, 5, 7] {
        assert!(reserve(&mut owner, stream, Waker::noop()));
    }
    assert!(reserve(&mut owner, 1, Waker::noop()), "it has it");
    assert!(!reserve(&mut owner, 9, &wakers[0]) && !reserve(&mut owner, 11, &wakers[1]));
    assert!(owner.capacity(11, Waker::noop()).is_ready(), "what is at hand can be sent");
    assert_eq!(owner.engine.send(3, &vec![0; 65_536], false), Ok(65_536));
    assert_eq!(woken(), [1, 1]);
    assert!(reserve(&mut owner, 9, &wakers[0]) && !reserve(&mut owner, 11, &wakers[1]));
    owner.engine.close(5);
    assert_eq!(woken(), [0, 1]);
    assert!(reserve(&mut owner, 11, &wakers[1]));
    owner.hear(&frame(RST_STREAM, 0, 3, &8_u32.to_be_bytes()));
    assert!(reserve(&mut owner, 3, Waker::noop()), "who has gone needs none");
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
    assert_eq!(owner.capacity(1, Waker::noop()), Poll::Ready(Ok(65_535)));
    let window = |bytes: u32| [&[0, 4][..], &bytes.to_be_bytes()].concat();
    owner.hear(&frame(SETTINGS, 0, 0, &window(300)));
    assert_eq!(owner.engine.send(1, &[0; 1000], true), Ok(300));
    assert_eq!(owner.capacity(1, Waker::noop()), Poll::Pending);
    owner.hear(&frame(SETTINGS, 0, 0, &window(0)));
    owner.hear(&frame(WINDOW_UPDATE, 0, 1, &300_u32.to_be_bytes()));
    assert_eq!(owner.engine.send(1, &[0; 700], true), Ok(0), "it was below nothing");
    owner.hear(&frame(WINDOW_UPDATE, 0, 1, &1000_u32.to_be_bytes()));
    assert_eq!(owner.capacity(1, Waker::noop()), Poll::Ready(Ok(1000)));
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
    assert_eq!(gone(&[frame(PRIORITY, 0, 1, &[0; 5])]), Some(9_999), "priorities");
    assert_eq!(gone(&[frame(77, 0, 0, b"")]), Some(9_999), "unknown ones");
    assert_eq!(gone(&[frame(WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes())]), None, "they are of use");
}

#[test]
fn what_nobody_wants_is_given_back_as_it_comes() {
    let mut owner = Owner::open();
    let mut sent = 0;
    for stream in 0..40 {
        let stream = 2 * stream + 1;
        owner.hear(&frame(HEADERS, 4, stream, FIRST));
        owner.hear(&frame(DATA, 0, stream, &[0; 16_000]));
        // Its answer is still under way.
        owner.engine.throw_content_away(stream);
        for _ in 0..3 {
            assert_eq!(owner.hear(&frame(DATA, 0, stream, &[0; 16_000])), Event::Read);
        }
        sent += 4 * 16_000;
        let open = owner.send_all().into_iter().filter(|kind| *kind == WINDOW_UPDATE).count();
        assert!(open <= 1, "that of the connection");
    }
    assert!(sent > 16 * 65_535 && !owner.engine.has_client_used_up());
}

#[test]
fn nothing_is_said_after_the_end() {
    let mut owner = Owner::open();
    for stream in 0..16 {
        owner.hear(&frame(HEADERS, 4, 2 * stream + 1, FIRST));
        for _ in 0..4 {
            owner.hear(&frame(DATA, 0, 2 * stream + 1, &[0; 16_000]));
        }
    }
    owner.hear(&frame(SETTINGS, 0, 1, &[]));
    assert!(owner.engine.is_ended() && owner.send_all().contains(&GOAWAY));
    for stream in 0..16 {
        owner.engine.close(2 * stream + 1);
    }
    assert_eq!(owner.send_all(), [SETTINGS; 0]);
}

#[test]
fn whoever_is_refused_may_have_more_on_its_way_than_is_remembered() {
    let mut owner = Owner::open();
    for stream in 0..128 {
        owner.hear(&frame(HEADERS, 4, 2 * stream + 1, FIRST));
    }
    for stream in 0..128 {
        owner.engine.reset(2 * stream + 1, ErrorCode::NO_ERROR);
        owner.engine.close(2 * stream + 1);
    }
    owner.send_all();
    for _ in 0..60 {
        for stream in 0..128 {
            assert_eq!(owner.hear(&frame(DATA, 0, 2 * stream + 1, &[0; 1000])), Event::Read);
        }
    }
    let trailers = b"\x00\x01x\x011";
    assert_eq!(owner.hear(&frame(HEADERS, 5, 1, trailers)), Event::Read);
    assert!(owner.send_all().iter().all(|kind| *kind == WINDOW_UPDATE));
}

#[test]
fn even_streams_are_never_begun() {
    for frame_of in [
        frame(DATA, 0, 2, b"x"),
        frame(RST_STREAM, 0, 2, &8_u32.to_be_bytes()),
        frame(WINDOW_UPDATE, 0, 2, &1_u32.to_be_bytes()),
        frame(HEADERS, 5, 2, FIRST),
    ] {
        let mut owner = Owner::open();
        owner.get(3, FIRST);
        assert_eq!(owner.hear(&frame_of), Event::Ended);
    }
}

#[test]
fn a_response_begins_once() {
    let mut owner = Owner::open();
    owner.get(1, FIRST);
    owner.engine.interim(1, Status::CONTINUE);
    assert_eq!(owner.engine.respond(1, Status::OK, false, |_| {}), Ok(()));
    assert_eq!(owner.send_all(), [HEADERS, HEADERS]);
    owner.engine.interim(1, Status::CONTINUE);
    assert_eq!(owner.engine.respond(1, Status::OK, false, |_| {}), Err(Gone));
    assert_eq!(owner.send_all(), [SETTINGS; 0]);
}

/// One entry of nearly 4 KiB in the table, and 44,000 fields from there: 170 MB of fields.
#[test]
fn a_block_that_swells_is_refused() {
    for (kind_of_block, flags) in [("a head", 1), ("trailers", 1)] {
        let mut owner = Owner::open();
        let is_head = kind_of_block == "a head";
        let mut block = if is_head { FIRST.to_vec() } else { Vec::new() };
        block.extend(b"\x40\x01x\x7f\xe1\x1e");
        block.extend([b'y'; 0x7f + 0x61 + (0x1e << 7)]);
        block.resize(48_000, 0xbe);
        if !is_head {
            owner.hear(&frame(HEADERS, 4, 1, FIRST));
        }
        let mut pieces = block.chunks(16_384);
        owner.hear(&frame(HEADERS, flags, 1, pieces.next().unwrap()));
        owner.hear(&frame(CONTINUATION, 0, 1, pieces.next().unwrap()));
        let event = owner.hear(&frame(CONTINUATION, 4, 1, pieces.next().unwrap()));
        match event {
            Event::Request(request) => assert_eq!(request.refused, Some(Refusal::HeadTooLarge)),
            Event::Read => assert_eq!(owner.send_all(), [RST_STREAM]),
            Event::Ended => panic!("it can be decoded"),
        }
    }
}

#[test]
fn heads_that_are_too_long_are_answered_in_several_frames() {
    let mut owner = Owner::open();
    owner.get(1, FIRST);
    owner.engine.respond(1, Status::OK, true, |out| out.resize(out.len() + 40_000, 0x88)).unwrap();
    assert_eq!(owner.send_all(), [HEADERS, CONTINUATION, CONTINUATION]);
}
