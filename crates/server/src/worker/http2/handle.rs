//! One stream, as whoever answers it has it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::mem;
use std::rc::Rc;
use std::task::{Context, Poll};

use ::http::HeaderMap;

use crate::http2::{self, ErrorCode, Gone, Received};
use crate::plan::ResponsePlan;
use crate::status::Status;
use crate::worker::Worker;
use crate::worker::watch::Guard;

/// The engine of a connection, which its streams share.
pub(super) type Engine = Rc<RefCell<http2::Connection>>;

/// A stream that isn't over. On drop it is let go: what is missing of its answer won't come.
pub(super) struct Handle {
    engine: Engine,
    id: u32,
}

/// What a client can take.
pub(super) enum Capacity {
    Bytes(usize),
    /// The stream has ended.
    Ended,
    /// Nothing, for too long.
    None,
}

impl Handle {
    pub(super) fn new(engine: Engine, id: u32) -> Self {
        Self { engine, id }
    }

    /// Sends the head of an answer, or all of it if it has no content.
    pub(super) fn respond(
        &self,
        plan: &ResponsePlan,
        is_end: bool,
        worker: &Worker,
    ) -> Result<(), Gone> {
        let date = worker.coded_date.borrow();
        self.engine.borrow_mut().respond(self.id, plan.status, is_end, |out| {
            http2::write_fields(plan, &date, out);
        })
    }

    /// Asks the client for the content that it holds back (RFC 9110 section 10.1.1).
    pub(super) fn go_on(&self) {
        self.engine.borrow_mut().interim(self.id, Status::CONTINUE);
    }

    /// Whether so much content can be sent now.
    pub(super) fn allows(&self, bytes: usize) -> bool {
        self.engine.borrow_mut().allows(self.id, bytes)
    }

    /// Sends content, and says how much of it; with all of it goes the end, if this is the end.
    pub(super) fn send(&self, data: &[u8], is_end: bool) -> Result<usize, Gone> {
        self.engine.borrow_mut().send(self.id, data, is_end)
    }

    /// Ends the answer with these fields.
    pub(super) fn send_trailers(&self, trailers: &HeaderMap) -> Result<(), Gone> {
        self.engine.borrow_mut().send_trailers(self.id, trailers)
    }

    pub(super) fn reset(&self, code: ErrorCode) {
        self.engine.borrow_mut().reset(self.id, code);
    }

    /// Waits until nobody waits for the answer any more.
    pub(super) fn poll_gone(&self, cx: &Context<'_>) -> Poll<()> {
        self.engine.borrow_mut().poll_gone(self.id, cx)
    }

    /// More of the request's content; `None` when it hasn't come in time.
    pub(super) async fn content(&self, watch: &Guard) -> Option<Result<Received, Gone>> {
        // Others don't read what it has sent, so that it can't send more; then it has its time anew.
        let mut is_excused = false;
        poll_fn(|cx| {
            watch.register(cx.waker());
            if watch.expired().is_some() {
                let has_used_up = self.engine.borrow().has_client_used_up();
                if !mem::replace(&mut is_excused, has_used_up) && !has_used_up {
                    return Poll::Ready(None);
                }
                watch.begin_anew();
            }
            self.engine.borrow_mut().poll_content(self.id, cx).map(Some)
        })
        .await
    }

    /// Waits until the client can take something, and the socket.
    pub(super) async fn capacity(&self, watch: &Guard) -> Capacity {
        poll_fn(|cx| {
            watch.register(cx.waker());
            if watch.expired().is_some() {
                return Poll::Ready(Capacity::None);
            }
            self.engine
                .borrow_mut()
                .poll_capacity(self.id, cx)
                .map(|capacity| capacity.map_or(Capacity::Ended, Capacity::Bytes))
        })
        .await
    }

    /// Waits until so many bytes may be read ahead of the socket.
    pub(super) async fn reserve(&self, bytes: usize) -> Result<(), Gone> {
        poll_fn(|cx| self.engine.borrow_mut().poll_reserve(self.id, bytes, cx)).await
    }

    /// Nobody will read the content of the request.
    pub(super) fn throw_content_away(&self) {
        self.engine.borrow_mut().throw_content_away(self.id);
    }

    /// Bytes that the socket has taken for all streams of the connection.
    pub(super) fn sent(&self) -> u64 {
        self.engine.borrow_mut().output().total()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.engine.borrow_mut().close(self.id);
    }
}
