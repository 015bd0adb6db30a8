//! The way of one request through a chain: the only place where middlewares are called.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::arena::RequestArena;
use crate::chain::{Chain, Registered};
use crate::context::{Context, Moment};
use crate::draft::{Edits, Planned, ResponseDraft, is_free};
use crate::error::{Cause, Error, RunError, panic_text};
use crate::flow::{Done, Flow, Job, Result, Resumption};
use crate::overlay::Overlay;
use crate::phase::Phase;
use crate::request::RequestView;
use crate::response::{Response, ResponseView};
use crate::said::{Said, answered, go_on};
use crate::trace::Trace;
use crate::watch::Watch;

/// Where one request stands in a chain. It holds all that must outlive a wait, and is `Send`.
#[derive(Debug)]
pub struct Run {
    arena: RequestArena,
    edits: Edits,
    /// Whose turn it is in this phase.
    at: usize,
    /// What [`Flow::Skip`] has answered, and who.
    skipped: Option<(Response, Arc<str>)>,
    watch: Watch,
    error: Option<Box<RunError>>,
}

/// What the phase before the handler has come to.
#[derive(Debug)]
#[must_use = "the request goes on from here"]
pub enum Before {
    /// The handler is asked.
    Handle,
    /// This is the answer.
    Answer(Response),
    /// What this brings goes to [`Chain::resume`].
    Wait(Job<Flow>),
}

/// What the phase after the handler has come to.
#[derive(Debug)]
#[must_use = "the request goes on from here"]
pub enum After {
    /// The answer stands.
    Done,
    /// This is the answer, and [`Chain::after`] is called with it again: those whose turn it wasn't yet see it.
    Replace(Response),
    /// What this brings goes to [`Chain::resume_after`].
    Wait(Job<Done>),
}

/// What is left when a request has gone through a chain.
#[derive(Debug)]
pub struct Finished {
    /// What becomes of the fields of the response.
    pub overlay: Overlay,
    /// See [`status_of`](Self::status_of).
    status: Option<u16>,
    /// The memory of the request, for the pool.
    pub arena: RequestArena,
    /// What has happened, if that was asked for.
    pub trace: Option<Box<Trace>>,
}

impl Finished {
    /// The status of a response whose own is this: what a middleware has set, if it is one that
    /// [may be replaced](crate::ResponseDraft::set_status).
    pub fn status_of(&self, own: u16) -> u16 {
        self.status.filter(|_| is_free(own)).unwrap_or(own)
    }
}

impl Chain {
    /// Begins the way of a request. `lines` is room for field lines; what was there is forgotten.
    pub fn begin(&self, arena: RequestArena, lines: Vec<u8>) -> Run {
        Run {
            watch: Watch::new(self.inner.timings.wants(arena.uses)),
            arena,
            edits: Edits { overlay: Overlay::with_buffer(lines), status: None },
            at: 0,
            skipped: None,
            error: None,
        }
    }

    /// The phase before the handler, from its beginning.
    pub fn before(&self, run: &mut Run, request: &dyn RequestView, moment: Moment) -> Before {
        self.walk_before(run, request, moment, None)
    }

    /// Goes on with what a job has brought.
    pub fn resume(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        brought: Resumption<Flow>,
    ) -> Before {
        self.walk_before(run, request, moment, Some(brought))
    }

    /// The phase after the handler, from its beginning, or from behind who has [replaced](After::Replace) the answer.
    pub fn after(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        response: &dyn ResponseView,
    ) -> After {
        self.walk_after(run, request, moment, response, None)
    }

    /// Goes on with what a job has brought.
    pub fn resume_after(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        response: &dyn ResponseView,
        brought: Resumption<Done>,
    ) -> After {
        self.walk_after(run, request, moment, response, Some(brought))
    }

    /// The answer of the error phase when there is no place for the job that was waited for; `None` when nobody there has
    /// one. In the phase before, the phase after begins with it, or with what whoever runs the chain answers then, which
    /// is 503; in the phase after, it takes the place of the answer, as [`After::Replace`] does.
    pub fn overloaded(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        phase: Phase,
    ) -> Option<Response> {
        self.without_job(run, request, moment, phase, Cause::Overloaded)
    }

    /// The same when the job has not ended in time. What whoever runs the chain answers then is 504.
    pub fn job_too_slow(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        phase: Phase,
    ) -> Option<Response> {
        self.without_job(run, request, moment, phase, Cause::JobTooSlow)
    }

    fn without_job(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        phase: Phase,
        cause: Cause,
    ) -> Option<Response> {
        let member = self.inner.of(phase).get(run.at);
        run.at = if phase == Phase::After { run.at + 1 } else { 0 };
        self.error_phase(run, request, moment, member, phase, cause)
    }

    /// The answer of the error phase when the handler has failed; `None` when nobody there has one. The phase after
    /// begins with it, or with what whoever runs the chain answers then.
    pub fn handler_failed(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        error: Error,
    ) -> Option<Response> {
        run.at = 0;
        self.error_phase(run, request, moment, None, Phase::Before, Cause::Handler(error))
    }

    fn walk_before(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        mut brought: Option<Resumption<Flow>>,
    ) -> Before {
        let members = &self.inner.before;
        while let Some(said) = self.walk(run, request, moment, None, &mut brought) {
            let member = &members[run.at];
            let cause = match said {
                Ok(Flow::Next) => unreachable!("it has something to say"),
                Ok(Flow::Skip(response)) => match &run.skipped {
                    None => {
                        run.edits.status = None;
                        run.skipped = Some((response, Arc::clone(&member.name)));
                        run.at += 1;
                        continue;
                    }
                    Some((_, first)) => Cause::AnsweredTwice(Arc::clone(first)),
                },
                Ok(Flow::Stop(response)) => {
                    run.at = 0;
                    // It was set for another answer.
                    run.edits.status = None;
                    return Before::Answer(response);
                }
                Ok(Flow::Defer(job)) => return Before::Wait(job),
                Err(cause) => cause,
            };
            run.at = 0;
            let member = Some(member);
            return Before::Answer(self.fail(run, request, moment, member, Phase::Before, cause));
        }
        run.at = 0;
        run.skipped.take().map_or(Before::Handle, |(response, _)| Before::Answer(response))
    }

    fn walk_after(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        response: &dyn ResponseView,
        mut brought: Option<Resumption<Done>>,
    ) -> After {
        let planned = Some(Planned(response));
        let Some(said) = self.walk(run, request, moment, planned, &mut brought) else {
            return After::Done;
        };
        let member = &self.inner.after[run.at];
        if let Ok(Done::Defer(job)) = said {
            return After::Wait(job);
        }
        run.at += 1;
        match said {
            Ok(Done::Next | Done::Defer(_)) => unreachable!("it has something else to say"),
            Ok(Done::Replace(response)) => {
                // It was set for the answer before.
                run.edits.status = None;
                After::Replace(response)
            }
            Err(cause) => {
                let member = Some(member);
                After::Replace(self.fail(run, request, moment, member, Phase::After, cause))
            }
        }
    }

    /// Calls those of a phase whose turn it is, until one of them has something to say: it is the one at `run.at`. `None`
    /// when nobody is left.
    fn walk<F: Said>(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        planned: Option<Planned<'_>>,
        brought: &mut Option<Resumption<F>>,
    ) -> Option<std::result::Result<F, Cause>> {
        let members = self.inner.of(F::PHASE);
        let Run { arena, edits, at, watch, .. } = run;
        // One context and one guard for all of them: nothing of either belongs to one middleware, and on a panic `at` says
        // whose it was.
        let mut cx = Context {
            request,
            response: ResponseDraft { edits, planned },
            arena,
            moment,
            container: self.inner.container.as_deref(),
        };
        let walked = catch_unwind(AssertUnwindSafe(|| {
            while let Some(member) = members.get(*at) {
                watch.begin();
                let said = match brought.take() {
                    None => F::ask(&*member.middleware, &mut cx),
                    Some(brought) => go_on(brought, &mut cx),
                };
                watch.end(member, F::PHASE, || said.as_ref().map(F::outcome).ok());
                match said {
                    Ok(said) if said.is_next() => *at += 1,
                    said => return Some(said.map_err(Cause::from)),
                }
            }
            None
        }));
        walked.unwrap_or_else(|payload| {
            watch.end(&members[*at], F::PHASE, || None);
            Some(Err(Cause::Panicked(panic_text(&*payload))))
        })
    }

    /// The answer when a middleware has failed.
    fn fail(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        member: Option<&Arc<Registered>>,
        phase: Phase,
        cause: Cause,
    ) -> Response {
        let answer = self.error_phase(run, request, moment, member, phase, cause);
        answer.unwrap_or_else(|| {
            Response::new(run.error.as_ref().map_or(500, |error| error.status()))
        })
    }

    /// The error phase. Each is called for itself: one that fails is passed over.
    fn error_phase(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        member: Option<&Arc<Registered>>,
        phase: Phase,
        cause: Cause,
    ) -> Option<Response> {
        let middleware = member.map(|member| Arc::clone(&member.name));
        let error = Box::new(RunError { middleware, phase, cause });
        let mut answer = None;
        // What was answered before it failed doesn't count, and neither does a status that was set for that.
        run.skipped = None;
        run.edits.status = None;
        for member in &self.inner.error {
            let mut cx = Context {
                request,
                response: ResponseDraft { edits: &mut run.edits, planned: None },
                arena: &run.arena,
                moment,
                container: self.inner.container.as_deref(),
            };
            run.watch.begin();
            let call = || member.middleware.on_error(&mut cx, &error);
            let said = catch_unwind(AssertUnwindSafe(call)).ok().and_then(Result::ok);
            run.watch.end(member, Phase::Error, || said.as_ref().map(|it| answered(it.as_ref())));
            answer = answer.or(said.flatten());
        }
        run.error = Some(error);
        answer
    }
}

impl Run {
    /// Writes down who is called, how long it takes, and who answers. That allocates; and where no chain times its calls, the
    /// first trace of a process waits until its clock is calibrated, up to 200 ms.
    pub fn traced(mut self) -> Self {
        self.watch.trace();
        self
    }

    /// Gives up a job that was waited for in the phase after: whose it was isn't called again.
    pub fn give_up_after(&mut self) {
        self.at += 1;
    }

    /// The memory of the request: what was put in for the handler is [handed over](RequestArena::hand_over) from here.
    pub fn arena(&self) -> &RequestArena {
        &self.arena
    }

    /// What has failed since this was called last, for a log.
    pub fn take_error(&mut self) -> Option<Box<RunError>> {
        self.error.take()
    }

    /// Ends it: the head of the response can be sent.
    pub fn finish(self) -> Finished {
        let Self { arena, edits, watch, .. } = self;
        Finished { overlay: edits.overlay, status: edits.status, arena, trace: watch.into_trace() }
    }
}
