use std::collections::VecDeque;
use std::task::Waker;

use super::*;

/// A transport that does what a test says: how many bytes a write takes, and whether a flush has to wait.
#[derive(Default)]
struct Scripted {
    writes: VecDeque<usize>,
    flushes: VecDeque<bool>,
    written: Vec<u8>,
    flushed: usize,
    is_shut: bool,
}

impl AsyncRead for Scripted {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        buffer.put_slice(b"later");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Scripted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.writes.pop_front() {
            Some(0) => Poll::Pending,
            most => {
                let len = bytes.len().min(most.unwrap_or(usize::MAX));
                self.written.extend_from_slice(&bytes[..len]);
                Poll::Ready(Ok(len))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.flushes.pop_front() == Some(false) {
            return Poll::Pending;
        }
        self.flushed = self.written.len();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_shut = true;
        Poll::Ready(Ok(()))
    }
}

fn write(socket: &mut Socket<Scripted>, bytes: &[u8]) {
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(
        matches!(Pin::new(socket).poll_write(cx, bytes), Poll::Ready(Ok(n)) if n == bytes.len())
    );
}

fn send(driver: &Driver<Scripted>) -> bool {
    let sent = driver.poll_send(&mut Context::from_waker(Waker::noop()), &mut |_| {});
    assert!(!matches!(sent, Poll::Ready(Err(_))));
    sent.is_ready()
}

#[test]
fn a_flush_that_had_to_wait_is_asked_for_again_though_nothing_is_left_to_write() {
    let transport = Scripted { flushes: [false, true].into(), ..Scripted::default() };
    let (mut socket, driver) = split(transport, Vec::new());
    write(&mut socket, b"the end");
    assert!(!send(&driver), "it has taken the bytes, and the flush waits");
    assert_eq!(driver.0.borrow().transport.flushed, 0);
    assert!(send(&driver));
    assert_eq!(driver.0.borrow().transport.flushed, 7);
}

#[test]
fn what_is_written_goes_when_the_driver_sends_however_slowly() {
    let transport = Scripted { writes: [2, 0, 1, 0].into(), ..Scripted::default() };
    let (mut socket, driver) = split(transport, Vec::new());
    write(&mut socket, b"abc");
    write(&mut socket, b"def");
    assert!(driver.0.borrow().transport.written.is_empty(), "a write goes nowhere yet");
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut socket).poll_flush(cx).is_ready(), "a flush is no promise");
    assert!(!send(&driver) && !send(&driver) && send(&driver));
    assert_eq!(driver.0.borrow().transport.written, b"abcdef");
}

#[test]
fn the_socket_is_shut_when_all_has_gone() {
    let transport = Scripted { writes: [0].into(), ..Scripted::default() };
    let (mut socket, driver) = split(transport, Vec::new());
    write(&mut socket, b"bye");
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut socket).poll_shutdown(cx).is_pending());
    assert!(!send(&driver) && !driver.0.borrow().transport.is_shut);
    assert!(send(&driver) && driver.0.borrow().transport.is_shut);
    assert!(Pin::new(&mut socket).poll_shutdown(cx).is_ready());
}

#[test]
fn what_came_before_is_read_first() {
    let (mut socket, _driver) = split(Scripted::default(), b"before".to_vec());
    let cx = &mut Context::from_waker(Waker::noop());
    let mut read = Vec::new();
    for _ in 0..3 {
        let mut buffer = [0; 4];
        let mut buffer = ReadBuf::new(&mut buffer);
        assert!(Pin::new(&mut socket).poll_read(cx, &mut buffer).is_ready());
        read.extend_from_slice(buffer.filled());
        if read.len() == 6 {
            break;
        }
    }
    assert_eq!(read, b"before");
}
