//! Lines on their way to who writes them: bounded, so that a slow disk costs lines and not requests.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Two buffers: requests write to one while the other is written out.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// There is something to do.
    wake: Condvar,
    /// Something was written, or the writer has ended.
    progress: Condvar,
    /// Of one buffer.
    max_bytes: usize,
    dropped: AtomicU64,
    failed: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<u8>,
    /// How many were ever put in, and how many of them have left, written or not.
    accepted: u64,
    done: u64,
    /// Somebody waits for them to be written.
    urgent: bool,
    closing: bool,
    ended: bool,
}

impl Queue {
    pub(super) fn new(max_bytes: usize) -> Self {
        let state = State { lines: Vec::with_capacity(max_bytes), ..State::default() };
        Self {
            state: Mutex::new(state),
            wake: Condvar::new(),
            progress: Condvar::new(),
            max_bytes,
            dropped: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// Puts a line in, or drops and counts it. The writer is woken for the first line of a buffer, and when it is half full.
    pub(super) fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        let before = state.lines.len();
        if state.closing || line.len() > self.max_bytes - before {
            drop(state);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.lines.extend_from_slice(line);
        state.accepted += 1;
        let half = self.max_bytes / 2;
        let wakes = before == 0 || (before < half && state.lines.len() >= half);
        drop(state);
        if wakes {
            self.wake.notify_one();
        }
    }

    /// Writes to `out` until it is closed. What can't be written is counted, and the next buffer is tried nonetheless.
    pub(super) fn drain(&self, mut out: impl Write, linger: Duration) {
        let _ended = Ended(self);
        let mut lines = Vec::with_capacity(self.max_bytes);
        while let Some(last) = self.take(&mut lines, linger) {
            let write = || out.write_all(&lines).and_then(|()| out.flush());
            let written = catch_unwind(AssertUnwindSafe(write));
            let mut state = self.lock();
            if !matches!(written, Ok(Ok(()))) {
                self.failed.fetch_add(last - state.done, Ordering::Relaxed);
            }
            state.done = last;
            drop(state);
            self.progress.notify_all();
            lines.clear();
        }
    }

    /// Waits for lines, and then a while for more; says which was the last. `None` when there are none and it is closed.
    fn take(&self, lines: &mut Vec<u8>, linger: Duration) -> Option<u64> {
        let idle = |state: &mut State| state.lines.is_empty() && !state.closing;
        let state = self.wake.wait_while(self.lock(), idle);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let half = self.max_bytes / 2;
        let lingers =
            |state: &mut State| !state.closing && !state.urgent && state.lines.len() < half;
        let waited = self.wake.wait_timeout_while(state, linger, lingers);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.urgent = false;
        std::mem::swap(&mut state.lines, lines);
        (!lines.is_empty()).then_some(state.accepted)
    }

    /// Waits until what was put in before is written; `false` when it isn't in that time.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        let last = state.accepted;
        state.urgent = true;
        self.wake.notify_one();
        let waits = |state: &mut State| state.done < last && !state.ended;
        let waited = self.progress.wait_timeout_while(state, timeout, waits);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.done >= last
    }

    /// Ends the writer when all that was put in is written.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.wake.notify_one();
    }

    /// Waits until the writer has ended; `false` when it hasn't in that time.
    pub(super) fn wait_for_end(&self, timeout: Duration) -> bool {
        let state = self.lock();
        let waited = self.progress.wait_timeout_while(state, timeout, |state| !state.ended);
        waited.unwrap_or_else(PoisonError::into_inner).0.ended
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells those who wait that nobody writes any more, however that came.
struct Ended<'a>(&'a Queue);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.progress.notify_all();
    }
}
