//! Windows, and room for what is sent and read: who waits, and who is woken.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use catzilla_server::Status;
use catzilla_server::http2::{Event, Gone, Output};
use catzilla_testkit::frames::*;

use crate::owner::{Count, FIRST, Owner};

fn wakers<const N: usize>() -> ([Waker; N], impl Fn() -> [usize; N]) {
    let counts = [(); N].map(|()| Arc::new(Count::default()));
    let wakers = counts.each_ref().map(|count| Waker::from(Arc::clone(count)));
    (wakers, move || counts.each_ref().map(|count| count.woken()))
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
    // Who has gone leaves it to the next.
    owner.engine.close(3);
    assert_eq!(woken(), [0, 1, 0]);
    assert_eq!(owner.capacity(5, &wakers[1]), Poll::Ready(Ok(1)));
    assert_eq!(owner.engine.send(5, &[0; 100], true), Ok(1));
    assert_eq!(woken(), [0, 0, 0], "there is no more");
    // And so does who has no window of its own any more.
    owner.hear(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]));
    assert_eq!(owner.capacity(7, &wakers[2]), Poll::Pending);
    owner.get(9, FIRST);
    owner.engine.respond(9, Status::OK, false, |_| {}).unwrap();
    open(&mut owner, 9, 100);
    assert_eq!(owner.capacity(9, &wakers[0]), Poll::Pending);
    woken();
    open(&mut owner, 0, 1);
    assert_eq!(woken(), [0, 0, 1]);
    assert_eq!(owner.capacity(7, &wakers[2]), Poll::Pending);
    assert_eq!(woken(), [1, 0, 0]);
    assert_eq!(owner.capacity(9, &wakers[0]), Poll::Ready(Ok(1)));
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
    let gone = owner.engine.poll_reserve(3, 1, &Context::from_waker(Waker::noop()));
    assert_eq!(gone, Poll::Ready(Err(Gone)), "for whom nothing is read any more");
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
