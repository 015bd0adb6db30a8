//! How a connection waits for a job, or for another request.

use std::io;
use std::task::{Context, Poll, ready};

use super::{Connection, Doing, Flow};
use crate::jobs::Done;
use crate::worker::spare::Active;
use crate::worker::watch::Waits;

impl Connection {
    /// Waits for a job, or for another request.
    pub(super) fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Flow>> {
        // Answers that came before the parked request needn't wait for it.
        if self.doing == Doing::Exchange && self.has_output() {
            let Some(active) = &mut self.active else { return Poll::Ready(Ok(Flow::Again)) };
            let counters = &self.place.worker.counters;
            let mut count = |bytes, by_sendfile| counters.sent(bytes, by_sendfile);
            let fs = &self.place.worker.shared.fs;
            if let Poll::Ready(sent) =
                active.transmit.poll(cx, &mut self.transport, &mut active.outbox, fs, &mut count)
            {
                sent?;
            }
        }
        if self.is_middleware() && self.place.watch.has_looked() && self.transport.is_gone() {
            tracing::debug!("a client has gone while a middleware waited");
            return Poll::Ready(Ok(Flow::Done));
        }
        let Some(pending) = &mut self.pending else { return Poll::Ready(Ok(Flow::Again)) };
        let done = ready!(pending.poll(cx));
        self.pending = None;
        if self.is_middleware() {
            self.place.watch.set(Waits::Not);
        }
        let Some(active) = &mut self.active else { return Poll::Ready(Ok(Flow::Again)) };
        match done {
            Ok(Done::Stage(stage)) => active.exchange.resume(stage),
            Ok(done) => active.transmit.resume(done),
            Err(_) if self.doing == Doing::Exchange => self.panicked(),
            Err(_) => return self.cut("the job that read the file panicked"),
        }
        Poll::Ready(Ok(Flow::Again))
    }

    /// Whether it is a middleware that is waited for, which may take as long as others do.
    fn is_middleware(&self) -> bool {
        let waits = |active: &Active| active.exchange.waits_for_middleware();
        self.doing == Doing::Exchange && self.active.as_deref().is_some_and(waits)
    }
}
