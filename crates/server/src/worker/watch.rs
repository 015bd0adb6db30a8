//! What a connection waits for, since when, and whether it has waited too long.
//!
//! One look a second at all connections replaces a timer per request, which would cost more than parsing
//! one. Nobody asks the clock in between, so time runs from the first look that finds a wait: a limit strikes
//! up to two ticks late, never early.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use slab::Slab;

use crate::limits::Limits;
use crate::worker::Worker;

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// For nothing that has a limit.
    Not,
    /// For the client to finish its TLS handshake.
    Handshake,
    /// For the rest of a head.
    Head,
    /// For the next request.
    Idle,
    /// For more of a body.
    Body,
    /// For the application to answer.
    Handler,
    /// For the client to take what was sent.
    Reader,
    /// For the client to close.
    Linger,
}

/// The watch over one connection.
#[derive(Debug)]
pub(crate) struct Watch {
    waits: Cell<Waits>,
    /// When a look first found it waiting for this.
    since: Cell<Option<Duration>>,
    progress: Cell<u64>,
    expired: Cell<bool>,
    /// Whether the next look wakes it, however long it has waited.
    wants_look: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Watch {
    /// What the connection waits for now. The time runs from the change.
    pub(crate) fn set(&self, waits: Waits) {
        if self.waits.get() != waits {
            self.waits.set(waits);
            self.expired.set(false);
            self.since.set(None);
            self.progress.set(0);
        }
    }

    /// Bytes came or went.
    pub(crate) fn progress(&self, bytes: u64) {
        self.progress.set(self.progress.get().saturating_add(bytes));
    }

    /// What it has waited for too long, told once.
    pub(crate) fn expired(&self) -> Option<Waits> {
        self.expired.take().then(|| self.waits.get())
    }

    /// Whether a look has come since this was asked last. The next one wakes the connection, once: for what no event
    /// tells.
    pub(crate) fn has_looked(&self) -> bool {
        !self.wants_look.replace(true)
    }

    /// Whom to wake. The waker of a task stays the same, so that this costs a comparison.
    pub(crate) fn register(&self, waker: &Waker) {
        let mut registered = self.waker.borrow_mut();
        if !registered.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *registered = Some(waker.clone());
        }
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    fn look(&self, now: Duration, limits: &Limits) {
        if self.wants_look.take() {
            self.wake();
        }
        let Some(since) = self.since.get() else {
            self.since.set(Some(now));
            return;
        };
        let waited = now.saturating_sub(since);
        let too_long = match self.waits.get() {
            Waits::Not => false,
            Waits::Handshake => waited > limits.handshake_timeout,
            Waits::Head => waited > limits.head_timeout,
            Waits::Idle => waited > limits.idle_timeout,
            Waits::Linger => waited > limits.linger_timeout,
            Waits::Handler => waited > limits.app_timeout,
            Waits::Body | Waits::Reader => {
                let over = waited > limits.progress_timeout;
                if over && self.progress.get() >= limits.min_progress_bytes {
                    self.since.set(Some(now));
                    self.progress.set(0);
                    return;
                }
                over
            }
        };
        if too_long {
            self.expire();
        }
    }

    /// It has waited too long, whatever it waits for.
    pub(crate) fn expire(&self) {
        self.expired.set(true);
        self.wake();
    }
}

/// The watches of a worker.
#[derive(Debug, Default)]
pub(crate) struct Watches(RefCell<Slab<Rc<Watch>>>);

/// Where a watch is kept; taken off on drop.
#[derive(Debug)]
pub(crate) struct Key(usize);

impl Watches {
    pub(crate) fn add(&self) -> (Key, Rc<Watch>) {
        let watch = Rc::new(Watch {
            waits: Cell::new(Waits::Head),
            since: Cell::new(None),
            progress: Cell::new(0),
            expired: Cell::new(false),
            wants_look: Cell::new(false),
            waker: RefCell::new(None),
        });
        (Key(self.0.borrow_mut().insert(Rc::clone(&watch))), watch)
    }

    pub(crate) fn remove(&self, key: &Key) {
        self.0.borrow_mut().try_remove(key.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Looks at every connection once.
    pub(crate) fn sweep(&self, now: Duration, limits: &Limits) {
        for (_, watch) in &*self.0.borrow() {
            watch.look(now, limits);
        }
    }

    /// Wakes every connection, for what concerns them all.
    pub(crate) fn wake_all(&self) {
        for (_, watch) in &*self.0.borrow() {
            watch.wake();
        }
    }
}

/// A watch over one HTTP/2 stream, taken off on drop.
pub(crate) struct Guard {
    worker: Rc<Worker>,
    key: Key,
    watch: Rc<Watch>,
}

impl Guard {
    pub(crate) fn new(worker: &Rc<Worker>) -> Self {
        let (key, watch) = worker.streams.add();
        Self { worker: Rc::clone(worker), key, watch }
    }
}

impl Guard {
    /// Waits for something that isn't the client's to bring. If there is a wait at all, the time begins anew after it.
    pub(crate) async fn aside<T>(&self, other: impl Future<Output = T>) -> T {
        let mut other = pin!(other);
        if let Poll::Ready(done) = poll_fn(|cx| Poll::Ready(other.as_mut().poll(cx))).await {
            return done;
        }
        let waited_for = self.waits.replace(Waits::Not);
        let done = other.await;
        self.set(waited_for);
        done
    }

    /// Begins anew to wait for the same.
    pub(crate) fn begin_anew(&self) {
        let waited_for = self.waits.replace(Waits::Not);
        self.set(waited_for);
    }
}

impl Deref for Guard {
    type Target = Watch;

    fn deref(&self) -> &Watch {
        &self.watch
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.worker.streams.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[track_caller]
    fn check(waits: Waits, after: u64, progress: u64, expires: bool) {
        let watches = Watches::default();
        let (_key, watch) = watches.add();
        watch.set(if waits == Waits::Linger { Waits::Not } else { Waits::Linger });
        watches.sweep(S(90), &Limits::default());
        watch.set(waits);
        watch.progress(progress);
        watches.sweep(S(100), &Limits::default());
        watches.sweep(S(100 + after), &Limits::default());
        assert_eq!(
            watch.expired(),
            expires.then_some(waits),
            "{waits:?} after {after} s with {progress} bytes"
        );
        assert_eq!(watch.expired(), None, "told once");
    }

    #[test]
    fn each_wait_has_its_limit() {
        check(Waits::Not, 10_000, 0, false);
        check(Waits::Handshake, 10, 1 << 20, false);
        check(Waits::Handshake, 11, 1 << 20, true);
        check(Waits::Head, 15, 0, false);
        check(Waits::Head, 16, 1 << 20, true);
        check(Waits::Idle, 65, 0, false);
        check(Waits::Idle, 66, 0, true);
        check(Waits::Linger, 2, 0, false);
        check(Waits::Linger, 3, 0, true);
        check(Waits::Reader, 30, 0, false);
        check(Waits::Reader, 31, 4095, true);
        check(Waits::Reader, 31, 4096, false);
        check(Waits::Handler, 60, 0, false);
        check(Waits::Handler, 61, 1 << 20, true);
        check(Waits::Body, 31, 1, true);
        check(Waits::Body, 31, 4096, false);
    }

    /// Looks every second, and says when the wait that began at this time was found too long.
    fn strikes(begin_ms: u64) -> u64 {
        let watches = Watches::default();
        let (_key, watch) = watches.add();
        watch.set(Waits::Not);
        let mut has_begun = false;
        (0..100)
            .map(|second| second * 1000)
            .find(|look| {
                if !has_begun && *look > begin_ms {
                    watch.set(Waits::Head);
                    has_begun = true;
                }
                watches.sweep(Duration::from_millis(*look), &Limits::default());
                watch.expired().is_some()
            })
            .unwrap_or_default()
    }

    #[test]
    fn a_limit_strikes_up_to_two_ticks_late_and_never_early() {
        for begin in [10_000, 10_001, 10_500, 10_999] {
            let waited = strikes(begin) - begin;
            assert!((15_000..=17_000).contains(&waited), "{waited} ms from {begin}");
        }
    }

    #[test]
    fn progress_buys_one_period_only() {
        let watches = Watches::default();
        let (key, watch) = watches.add();
        watch.set(Waits::Reader);
        watch.progress(1 << 20);
        watches.sweep(S(0), &Limits::default());
        watches.sweep(S(31), &Limits::default());
        assert_eq!(watch.expired(), None);
        watches.sweep(S(62), &Limits::default());
        assert_eq!(watch.expired(), Some(Waits::Reader));
        watches.remove(&key);
        assert_eq!(watches.len(), 0);
    }

    #[test]
    fn waiting_on_for_the_same_thing_does_not_restart_the_time() {
        let watches = Watches::default();
        let (_key, watch) = watches.add();
        watches.sweep(S(0), &Limits::default());
        watch.set(Waits::Head);
        watches.sweep(S(16), &Limits::default());
        assert_eq!(watch.expired(), Some(Waits::Head));
    }

    #[test]
    fn what_has_ended_can_not_have_been_too_long() {
        let watches = Watches::default();
        let (_key, watch) = watches.add();
        watches.sweep(S(0), &Limits::default());
        watches.sweep(S(16), &Limits::default());
        watch.set(Waits::Not);
        assert_eq!(watch.expired(), None);
    }
}
