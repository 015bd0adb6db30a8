use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use super::*;

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A writer, and how often it was woken.
struct Writer {
    waker: Waker,
    woken: Arc<Woken>,
}

impl Writer {
    fn new() -> Self {
        let woken = Arc::new(Woken::default());
        Self { waker: Arc::clone(&woken).into(), woken }
    }

    fn write(&self, outgoing: &mut Outgoing, bytes: &[u8]) -> Poll<Result<usize, io::ErrorKind>> {
        let runs = [IoSlice::new(bytes)];
        outgoing.poll_write(&mut Context::from_waker(&self.waker), &runs).map_err(|err| err.kind())
    }

    fn end(&self, outgoing: &mut Outgoing) -> Poll<Result<(), io::ErrorKind>> {
        outgoing.poll_end(&mut Context::from_waker(&self.waker)).map_err(|err| err.kind())
    }

    fn woken(&self) -> usize {
        self.woken.0.load(Ordering::Relaxed)
    }
}

#[test]
fn several_runs_are_one_write_and_come_out_in_order() {
    let mut outgoing = Outgoing::default();
    let runs = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cd")];
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(matches!(outgoing.poll_write(cx, &runs), Poll::Ready(Ok(4))));
    outgoing.advance(1);
    assert_eq!(outgoing.pending(), b"bcd");
    outgoing.advance(3);
    assert!(outgoing.pending().is_empty());
    // Nothing to write is no wait.
    assert!(matches!(outgoing.poll_write(cx, &[]), Poll::Ready(Ok(0))));
}

#[test]
fn a_writer_that_finds_no_room_is_woken_once_when_little_is_left() {
    let (mut outgoing, writer) = (Outgoing::default(), Writer::new());
    assert_eq!(writer.write(&mut outgoing, &vec![1; MOST + 5]), Poll::Ready(Ok(MOST)));
    assert!(outgoing.is_full());
    assert_eq!(writer.write(&mut outgoing, b"x"), Poll::Pending);
    outgoing.advance(MOST - LOW - 1);
    assert_eq!(writer.woken(), 0);
    assert_eq!(writer.write(&mut outgoing, b"x"), Poll::Pending, "there is room, but too little");
    outgoing.advance(1);
    assert_eq!((writer.woken(), outgoing.is_full()), (1, false));
    assert_eq!(writer.write(&mut outgoing, b"x"), Poll::Ready(Ok(1)));
    outgoing.advance(LOW + 1);
    assert_eq!(writer.woken(), 1);
}

#[test]
fn the_end_comes_when_all_has_gone_and_nothing_is_written_after_it_was_asked_for() {
    let (mut outgoing, writer) = (Outgoing::default(), Writer::new());
    assert_eq!(writer.write(&mut outgoing, b"last"), Poll::Ready(Ok(4)));
    assert_eq!(writer.end(&mut outgoing), Poll::Pending);
    assert!(!outgoing.is_to_end(), "something is left");
    let broken = Poll::Ready(Err(io::ErrorKind::BrokenPipe));
    assert_eq!(writer.write(&mut outgoing, b"more"), broken);
    outgoing.advance(4);
    assert!(outgoing.is_to_end());
    assert_eq!(writer.end(&mut outgoing), Poll::Pending, "the socket isn't shut down yet");
    outgoing.ended();
    assert_eq!(writer.woken(), 1);
    assert_eq!(writer.end(&mut outgoing), Poll::Ready(Ok(())));
    assert!(!outgoing.is_to_end(), "once is enough");
}

#[test]
fn an_error_of_the_socket_is_told_to_whoever_writes_or_ends_again_and_again() {
    let (mut outgoing, writer) = (Outgoing::default(), Writer::new());
    assert_eq!(writer.write(&mut outgoing, &vec![1; MOST + 1]), Poll::Ready(Ok(MOST)));
    assert_eq!(writer.write(&mut outgoing, b"x"), Poll::Pending);
    outgoing.fail(io::ErrorKind::ConnectionReset);
    assert_eq!(writer.woken(), 1, "whoever waits for room hears of it");
    for _ in 0..2 {
        assert_eq!(outgoing.check().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        let failed = io::ErrorKind::ConnectionReset;
        assert_eq!(writer.write(&mut outgoing, b"x"), Poll::Ready(Err(failed)));
        assert_eq!(writer.end(&mut outgoing), Poll::Ready(Err(failed)));
    }
    assert!(outgoing.pending().is_empty(), "nothing is kept for nobody");
}

#[test]
fn a_buffer_is_lent_where_there_is_none_and_given_back_empty() {
    let (mut outgoing, writer) = (Outgoing::default(), Writer::new());
    assert!(outgoing.reclaim().is_none());
    outgoing.lend(|| vec![7; 3000]);
    assert_eq!(writer.write(&mut outgoing, b"ab"), Poll::Ready(Ok(2)));
    outgoing.lend(|| panic!("it has one"));
    assert_eq!(outgoing.pending(), b"ab", "what was in the buffer before is not sent");
    assert!(outgoing.reclaim().is_none(), "something is in it");
    outgoing.advance(2);
    assert!(outgoing.reclaim().is_some_and(|buffer| buffer.capacity() >= 3000));
}

/// Whatever is written and sent, in whatever pieces, comes out as it went in, and never more than `MOST` waits.
#[test]
fn a_slow_socket_gets_every_byte_once() {
    let (mut outgoing, writer) = (Outgoing::default(), Writer::new());
    let (mut written, mut sent, mut state) = (0_usize, 0_usize, 1_u64);
    let byte = |at: usize| (at.wrapping_mul(2_654_435_761) >> 7) as u8;
    while sent < 2_000_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let len = (state >> 33) as usize % 30_000;
        if state >> 63 == 0 {
            let bytes: Vec<u8> = (written..written + len).map(byte).collect();
            match writer.write(&mut outgoing, &bytes) {
                Poll::Ready(taken) => written += taken.unwrap(),
                Poll::Pending => assert!(outgoing.is_full()),
            }
        } else {
            let len = len.min(outgoing.pending().len());
            let is_right = outgoing.pending()[..len]
                .iter()
                .enumerate()
                .all(|(offset, &found)| found == byte(sent + offset));
            assert!(is_right, "after {sent} bytes");
            outgoing.advance(len);
            sent += len;
        }
        assert!(outgoing.pending().len() <= MOST && written - sent == outgoing.pending().len());
    }
}
