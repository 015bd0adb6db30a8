//! The way of one request through the chain of a layer, without its body.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::request::Parts;
use http::{Method, Response};
use http_body::Body;
use tokio::task::{JoinHandle, spawn_blocking};

use super::answer::{self, View};
use super::body::MiddlewareBody;
use super::head::Head;
use super::pool::{Buffers, Kept, Taken};
use super::shared::Shared;
use crate::error::{Error, panic_text};
use crate::flow::{Done, Flow, Job, Resumption};
use crate::phase::Phase;
use crate::response::Response as Answer;
use crate::run::{After, Before, Finished, Run};

/// A job on the blocking pool. Its place in the layer's bound is given back when it is done, also when nobody waits any
/// more.
pub(super) type Running<F> = JoinHandle<Resumption<F>>;

/// What a request holds of its layer, and gives back when it ends, in whichever way.
pub(super) struct Way {
    shared: Arc<Shared>,
    /// `None` when it has ended.
    run: Option<(Run, Box<Kept>)>,
    shard: usize,
    is_head: bool,
}

/// How the phase before goes on.
pub(super) enum Next {
    Handle,
    Answer(Answer),
    Wait(Running<Flow>),
}

/// How the phase after goes on.
pub(super) enum Last<R> {
    Answer(Response<MiddlewareBody<R>>),
    Wait(Running<Done>, Response<MiddlewareBody<R>>),
}

impl Way {
    pub(super) fn begin(shared: &Arc<Shared>, parts: &Parts) -> Self {
        let Taken { arena, buffers: Buffers { lines, kept }, shard } = shared.pool.take();
        let run = Some((shared.chain.begin(arena, lines), kept));
        let is_head = parts.method == Method::HEAD;
        Self { shared: Arc::clone(shared), run, shard, is_head }
    }

    /// The phase before, from its beginning.
    pub(super) fn before(&mut self, parts: &Parts) -> Next {
        let (shared, run, _) = self.parts();
        let before = shared.chain.before(run, parts, shared.now());
        self.next(parts, before)
    }

    /// The phase before, with what a job has brought; nothing, if the runtime ends.
    pub(super) fn resume(&mut self, parts: &Parts, brought: Option<Resumption<Flow>>) -> Next {
        let (shared, run, _) = self.parts();
        let before = match brought {
            Some(brought) => shared.chain.resume(run, parts, shared.now(), brought),
            None => return Next::Answer(self.overloaded(parts)),
        };
        self.next(parts, before)
    }

    fn next(&mut self, parts: &Parts, before: Before) -> Next {
        let next = match before {
            Before::Handle => Next::Handle,
            Before::Answer(answer) => Next::Answer(answer),
            Before::Wait(job) => match self.start(job) {
                Some(running) => Next::Wait(running),
                None => Next::Answer(self.overloaded(parts)),
            },
        };
        self.tell();
        next
    }

    fn overloaded(&mut self, parts: &Parts) -> Answer {
        let (shared, run, _) = self.parts();
        let answer = shared.chain.overloaded(run, parts, shared.now(), Phase::Before);
        self.tell();
        answer.unwrap_or(answer::OVERLOADED)
    }

    /// The phase before is over: the parts of the request can go.
    pub(super) fn leave(&mut self, parts: &mut Parts) {
        let Some((run, kept)) = &mut self.run else { return };
        if self.shared.looks_back {
            kept.head.copy(parts);
        }
        run.arena().hand_over(&mut parts.extensions);
    }

    /// The answer when the service has panicked.
    pub(super) fn panicked(&mut self, payload: &(dyn Any + Send)) -> Answer {
        let (shared, run, head) = self.parts();
        let error = Error::new(format!("it panicked: {}", panic_text(payload)));
        let answer = shared.chain.handler_failed(run, head, shared.now(), error);
        self.tell();
        answer.unwrap_or(answer::FAILED)
    }

    /// The phase after, from its beginning.
    pub(super) fn after<R: Body>(&mut self, response: Response<MiddlewareBody<R>>) -> Last<R> {
        let (shared, run, head) = self.parts();
        let after = shared.chain.after(run, head, shared.now(), &View(&response));
        self.last(response, after)
    }

    /// The phase after, from its beginning, with an answer of a middleware.
    pub(super) fn after_answer<R: Body>(&mut self, answer: Answer) -> Last<R> {
        self.after(answer::response(answer, self.is_head))
    }

    /// The phase after, with what a job has brought; nothing, if the runtime ends.
    pub(super) fn resume_after<R: Body>(
        &mut self,
        response: Response<MiddlewareBody<R>>,
        brought: Option<Resumption<Done>>,
    ) -> Last<R> {
        let (shared, run, head) = self.parts();
        let (chain, now) = (&shared.chain, shared.now());
        let after = if let Some(brought) = brought {
            chain.resume_after(run, head, now, &View(&response), brought)
        } else {
            let answer = chain.overloaded(run, head, now, Phase::After);
            After::Replace(answer.unwrap_or(answer::OVERLOADED))
        };
        self.last(response, after)
    }

    fn last<R: Body>(
        &mut self,
        mut response: Response<MiddlewareBody<R>>,
        mut after: After,
    ) -> Last<R> {
        loop {
            self.tell();
            let replaced = match after {
                After::Done => return Last::Answer(self.finish(response)),
                After::Replace(answer) => answer,
                After::Wait(job) => {
                    if let Some(running) = self.start(job) {
                        return Last::Wait(running, response);
                    }
                    let (shared, run, head) = self.parts();
                    let answer = shared.chain.overloaded(run, head, shared.now(), Phase::After);
                    answer.unwrap_or(answer::OVERLOADED)
                }
            };
            self.tell();
            response = answer::response(replaced, self.is_head);
            let (shared, run, head) = self.parts();
            after = shared.chain.after(run, head, shared.now(), &View(&response));
        }
    }

    /// The response as it goes out. The memory of the request is given back here, however long its body takes.
    fn finish<R>(&mut self, mut response: Response<R>) -> Response<R> {
        let Some((run, mut kept)) = self.run.take() else { return response };
        let finished = run.finish();
        answer::apply(&finished.overlay, &mut kept.names, response.headers_mut());
        let status = finished.status_of(response.status().as_u16());
        if let Ok(status) = http::StatusCode::from_u16(status) {
            *response.status_mut() = status;
        }
        self.give_back(finished, kept);
        response
    }

    fn start<F: 'static>(&self, job: Job<F>) -> Option<Running<F>> {
        let place = self.shared.jobs.take()?;
        Some(spawn_blocking(move || {
            let brought = job.run();
            drop(place);
            brought
        }))
    }

    fn tell(&mut self) {
        let error = self.run.as_mut().and_then(|(run, _)| run.take_error());
        if let (Some(error), Some(tell)) = (error, &self.shared.settings.on_failure) {
            let _ = catch_unwind(AssertUnwindSafe(|| tell(&error)));
        }
    }

    fn parts(&mut self) -> (&Shared, &mut Run, &Head) {
        let (run, kept) = self.run.as_mut().expect("it has not ended");
        (&self.shared, run, &kept.head)
    }

    fn give_back(&self, finished: Finished, kept: Box<Kept>) {
        let buffers = Buffers { lines: finished.overlay.into_buffer(), kept };
        self.shared.pool.put(Taken { arena: finished.arena, buffers, shard: self.shard });
    }
}

/// When the request is cancelled, or the service fails.
impl Drop for Way {
    fn drop(&mut self) {
        if let Some((run, kept)) = self.run.take() {
            self.give_back(run.finish(), kept);
        }
    }
}
