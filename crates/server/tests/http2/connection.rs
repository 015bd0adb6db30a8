//! Connections as their owners see them: what is said and when, who is woken, what a hot request costs.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use catzilla_server::Status;
use catzilla_server::http1::Refusal;
use catzilla_server::http2::{ErrorCode, Event, Gone, Received};
use catzilla_testkit::counting::allocations;
use catzilla_testkit::frames::*;

use crate::owner::{AGAIN, Count, FIRST, Owner};

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
#[test]
fn who_waits_for_the_client_is_woken_by_what_comes() {
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let woken = || count.woken();
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
        block.extend(b"\x40\x01x\x7f\xe0\x1e");
        block.extend([b'y'; 0x7f + 0x60 + (0x1e << 7)]);
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
