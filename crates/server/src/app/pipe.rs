//! A bounded way for content between a worker and the application, the same in both directions: who writes waits
//! until there is room, and until somebody reads at all.
//!
//! Neither side waits for the other while it holds the lock, and no code of others runs under it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::Frame;

/// What a frame weighs beside its content, so that many small ones are bounded, too.
const FRAME: usize = 64;

/// The end that is written to. Dropped without [`finish`](Self::finish), it has failed, and the reader is told.
#[derive(Debug)]
pub(crate) struct Writer(Arc<Pipe>);

/// The end that is read from. Dropped, it tells the writer that nobody wants more.
#[derive(Debug)]
pub(crate) struct Reader(Arc<Pipe>);

/// The reader is gone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// The writer is gone, and what it wrote isn't complete.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cut;

#[derive(Debug)]
struct Pipe {
    /// Beyond this much, there is no room.
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Frame<Bytes>>,
    weight: usize,
    /// Whether it has been read from at all.
    is_wanted: bool,
    written: Written,
    reader_is_gone: bool,
    writer: Option<Waker>,
    reader: Option<Waker>,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it ended before it was complete")
    }
}

impl std::error::Error for Cut {}

/// How far writing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Written {
    #[default]
    Partly,
    Whole,
    /// It ended before.
    Cut,
}

/// A pipe that holds so many bytes, and one frame more.
pub(crate) fn pipe(capacity: usize) -> (Writer, Reader) {
    let pipe = Arc::new(Pipe { capacity, state: Mutex::default() });
    (Writer(Arc::clone(&pipe)), Reader(pipe))
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// Waits until somebody reads and there is room.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        let mut state = self.0.lock();
        if state.reader_is_gone {
            return Poll::Ready(Err(Gone));
        }
        if state.is_wanted && state.weight < self.0.capacity {
            return Poll::Ready(Ok(()));
        }
        keep(&mut state.writer, cx);
        Poll::Pending
    }

    /// Waits until nobody wants more.
    pub(crate) fn poll_gone(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock();
        if state.reader_is_gone {
            return Poll::Ready(());
        }
        keep(&mut state.writer, cx);
        Poll::Pending
    }

    /// Writes, whether there is room or not: who asked before has it. Empty content is left out.
    pub(crate) fn write(&self, frame: Frame<Bytes>) {
        let Some(weight) = weight(&frame) else { return };
        let mut state = self.0.lock();
        if state.reader_is_gone {
            drop(state);
            return;
        }
        state.frames.push_back(frame);
        state.weight += weight;
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }

    /// What was written is all there is.
    pub(crate) fn finish(self) {
        self.0.lock().written = Written::Whole;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if state.written == Written::Partly {
            state.written = Written::Cut;
        }
        let wakers = (state.reader.take(), state.writer.take());
        drop(state);
        wake(wakers.0);
    }
}

impl Reader {
    /// The next frame; `None` at the end.
    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let mut state = self.0.lock();
        let was_wanted = std::mem::replace(&mut state.is_wanted, true);
        let was_full = state.weight >= self.0.capacity;
        let frame = state.frames.pop_front();
        if let Some(frame) = &frame {
            state.weight -= weight(frame).unwrap_or_default();
        } else if state.written == Written::Partly {
            keep(&mut state.reader, cx);
        }
        let has_room = state.weight < self.0.capacity;
        let writer = if has_room && (was_full || !was_wanted) { state.writer.take() } else { None };
        let written = state.written;
        drop(state);
        wake(writer);
        match (frame, written) {
            (Some(frame), _) => Poll::Ready(Some(Ok(frame))),
            (None, Written::Partly) => Poll::Pending,
            (None, Written::Whole) => Poll::Ready(None),
            (None, Written::Cut) => Poll::Ready(Some(Err(Cut))),
        }
    }

    /// Whether all that was written has been read, and nothing will follow.
    pub(crate) fn is_at_end(&self) -> bool {
        let state = self.0.lock();
        state.frames.is_empty() && state.written == Written::Whole
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.reader_is_gone = true;
        // Memory of others may have its own way to go.
        let frames = std::mem::take(&mut state.frames);
        let wakers = (state.writer.take(), state.reader.take());
        drop(state);
        wake(wakers.0);
        drop(frames);
    }
}

/// What a frame counts for; nothing if there is nothing in it.
fn weight(frame: &Frame<Bytes>) -> Option<usize> {
    match frame.data_ref() {
        Some(data) if data.is_empty() => None,
        Some(data) => Some(data.len().saturating_add(FRAME)),
        None => Some(FRAME),
    }
}

fn keep(waker: &mut Option<Waker>, cx: &Context<'_>) {
    match waker {
        Some(known) => known.clone_from(cx.waker()),
        None => *waker = Some(cx.waker().clone()),
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Count {
        fn waker(self: &Arc<Self>) -> Waker {
            Arc::clone(self).into()
        }

        /// How often it was woken since the last time.
        fn woken(&self) -> usize {
            self.0.swap(0, Ordering::Relaxed)
        }
    }

    fn data(len: usize) -> Frame<Bytes> {
        Frame::data(vec![b'x'; len].into())
    }

    fn len(polled: Poll<Option<Result<Frame<Bytes>, Cut>>>) -> Option<usize> {
        match polled {
            Poll::Ready(Some(Ok(frame))) => Some(frame.into_data().map_or(0, |data| data.len())),
            _ => None,
        }
    }

    #[test]
    fn nothing_is_asked_for_before_somebody_reads() {
        let (of_writer, of_reader) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let wakers = (of_writer.waker(), of_reader.waker());
        let (mut write, mut read) =
            (Context::from_waker(&wakers.0), Context::from_waker(&wakers.1));
        let (writer, mut reader) = pipe(100);
        assert_eq!(writer.poll_room(&mut write), Poll::Pending);
        assert!(reader.poll_frame(&mut read).is_pending());
        assert_eq!((of_writer.woken(), of_reader.woken()), (1, 0));
        assert_eq!(writer.poll_room(&mut write), Poll::Ready(Ok(())));
        writer.write(data(50));
        assert_eq!(of_reader.woken(), 1);
        // 50 bytes and what a frame weighs are more than there is room for.
        assert_eq!(writer.poll_room(&mut write), Poll::Pending);
        assert_eq!(len(reader.poll_frame(&mut read)), Some(50));
        assert_eq!((of_writer.woken(), of_reader.woken()), (1, 0));
        writer.write(data(0));
        assert!(reader.poll_frame(&mut read).is_pending(), "empty content is none");
        writer.write(data(1));
        writer.finish();
        assert_eq!(of_reader.woken(), 1);
        assert_eq!(len(reader.poll_frame(&mut read)), Some(1));
        assert!(reader.is_at_end());
        assert!(matches!(reader.poll_frame(&mut read), Poll::Ready(None)));
    }

    #[test]
    fn each_end_learns_that_the_other_is_gone() {
        let (of_writer, of_reader) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let wakers = (of_writer.waker(), of_reader.waker());
        let (mut write, mut read) =
            (Context::from_waker(&wakers.0), Context::from_waker(&wakers.1));
        let (writer, mut reader) = pipe(100);
        assert!(reader.poll_frame(&mut read).is_pending());
        writer.write(data(5));
        drop(writer);
        assert_eq!(len(reader.poll_frame(&mut read)), Some(5), "what was written before");
        assert!(matches!(reader.poll_frame(&mut read), Poll::Ready(Some(Err(Cut)))));
        assert!(!reader.is_at_end());
        let (writer, mut reader) = pipe(100);
        assert!(reader.poll_frame(&mut read).is_pending());
        assert_eq!(writer.poll_room(&mut write), Poll::Ready(Ok(())));
        assert_eq!(writer.poll_gone(&mut write), Poll::Pending);
        drop(reader);
        assert_eq!(of_writer.woken(), 1);
        assert_eq!(writer.poll_room(&mut write), Poll::Ready(Err(Gone)));
        writer.write(data(5));
    }
}
