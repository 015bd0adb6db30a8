//! The way of one request through a chain: the only place where middlewares are called.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::arena::RequestArena;
use crate::chain::{Chain, Registered};
use crate::context::{Context, Moment};
use crate::draft::{Edits, Planned, ResponseDraft};
use crate::error::{Cause, Error, RunError, panic_text};
use crate::flow::{Done, Flow, Job, Result, Resumption};
use crate::overlay::Overlay;
use crate::phase::Phase;
use crate::request::RequestView;
use crate::response::{Response, ResponseView};
use crate::trace::{Call, Outcome, Trace};

/// Where one request stands in a chain. It holds all that must outlive a wait, and is `Send`.
#[derive(Debug)]
pub struct Run {
    arena: RequestArena,
    edits: Edits,
    /// Whose turn it is in this phase.
    at: usize,
    /// What [`Flow::Skip`] has answered, and who.
    skipped: Option<(Response, Arc<str>)>,
    is_timed: bool,
    trace: Option<Box<Trace>>,
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
    /// The status that the response has in the place of its own, if it is one that [may be
    /// replaced](crate::ResponseDraft::set_status).
    pub status: Option<u16>,
    /// The memory of the request, for the pool.
    pub arena: RequestArena,
    /// What has happened, if that was asked for.
    pub trace: Option<Box<Trace>>,
}

impl Chain {
    /// Begins the way of a request. `lines` is room for field lines; what was there is forgotten.
    pub fn begin(&self, arena: RequestArena, lines: Vec<u8>) -> Run {
        Run {
            is_timed: self.inner.timings.wants(arena.uses),
            arena,
            edits: Edits { overlay: Overlay::with_buffer(lines), status: None },
            at: 0,
            skipped: None,
            trace: None,
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
        let member = self.inner.of(phase).get(run.at);
        run.at = if phase == Phase::After { run.at + 1 } else { 0 };
        self.error_phase(run, request, moment, member, phase, Cause::Overloaded)
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
        while let Some(member) = members.get(run.at) {
            let call = |cx: &mut Context<'_>| match brought.take() {
                None => member.middleware.before(cx),
                Some(brought) => go_on(brought, cx),
            };
            let called = self.call(run, request, moment, None, member, Phase::Before, call);
            let cause = match called {
                Ok(Flow::Next) => {
                    run.at += 1;
                    continue;
                }
                Ok(Flow::Skip(response)) => match &run.skipped {
                    None => {
                        run.skipped = Some((response, Arc::clone(&member.name)));
                        run.at += 1;
                        continue;
                    }
                    Some((_, first)) => Cause::AnsweredTwice(Arc::clone(first)),
                },
                Ok(Flow::Stop(response)) => {
                    run.at = 0;
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
        let members = &self.inner.after;
        while let Some(member) = members.get(run.at) {
            let call = |cx: &mut Context<'_>| match brought.take() {
                None => member.middleware.after(cx),
                Some(brought) => go_on(brought, cx),
            };
            let planned = Some(Planned(response));
            let called = self.call(run, request, moment, planned, member, Phase::After, call);
            if let Ok(Done::Defer(job)) = called {
                return After::Wait(job);
            }
            run.at += 1;
            match called {
                Ok(Done::Next | Done::Defer(_)) => {}
                Ok(Done::Replace(response)) => return After::Replace(response),
                Err(cause) => {
                    let member = Some(member);
                    let answer = self.fail(run, request, moment, member, Phase::After, cause);
                    return After::Replace(answer);
                }
            }
        }
        After::Done
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
            let call = |cx: &mut Context<'_>| member.middleware.on_error(cx, &error);
            let called = self.call(run, request, moment, None, member, Phase::Error, call);
            answer = answer.or(called.ok().flatten());
        }
        run.error = Some(error);
        answer
    }

    /// Calls a middleware.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a context, which lives for one call"
    )]
    fn call<T: Came>(
        &self,
        run: &mut Run,
        request: &dyn RequestView,
        moment: Moment,
        planned: Option<Planned<'_>>,
        member: &Registered,
        phase: Phase,
        call: impl FnOnce(&mut Context<'_>) -> Result<T>,
    ) -> std::result::Result<T, Cause> {
        let is_timed = run.is_timed || run.trace.is_some();
        let began = if is_timed { self.inner.clock.raw() } else { 0 };
        let mut cx = Context {
            request,
            response: ResponseDraft { edits: &mut run.edits, planned },
            arena: &run.arena,
            moment,
            container: self.inner.container.as_deref(),
        };
        let called = match catch_unwind(AssertUnwindSafe(|| call(&mut cx))) {
            Ok(called) => called.map_err(Cause::from),
            Err(payload) => Err(Cause::Panicked(panic_text(&*payload))),
        };
        if is_timed {
            let took = self.inner.clock.delta_as_nanos(began, self.inner.clock.raw());
            if run.is_timed {
                member.timer.add(took);
            }
            if let Some(trace) = &mut run.trace {
                let outcome = called.as_ref().map_or(Outcome::Failed, Came::outcome);
                let middleware = Arc::clone(&member.name);
                let took = Duration::from_nanos(took);
                trace.calls.push(Call { middleware, phase, took, outcome });
            }
        }
        called
    }
}

/// What a trace says of what a middleware has returned.
trait Came {
    fn outcome(&self) -> Outcome;
}

impl Came for Flow {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Next => Outcome::Passed,
            Self::Skip(response) | Self::Stop(response) => Outcome::Answered(response.status()),
            Self::Defer(_) => Outcome::Deferred,
        }
    }
}

impl Came for Done {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Next => Outcome::Passed,
            Self::Replace(response) => Outcome::Answered(response.status()),
            Self::Defer(_) => Outcome::Deferred,
        }
    }
}

impl Came for Option<Response> {
    fn outcome(&self) -> Outcome {
        self.as_ref().map_or(Outcome::Passed, |response| Outcome::Answered(response.status()))
    }
}

/// Calls what a job has brought; a panic in the job is one of its middleware.
fn go_on<F>(brought: Resumption<F>, cx: &mut Context<'_>) -> Result<F> {
    match brought.0 {
        Ok(go_on) => go_on(cx),
        Err(message) => std::panic::resume_unwind(Box::new(message)),
    }
}

impl Run {
    /// Writes down who is called, how long it takes, and who answers. That allocates.
    pub fn traced(mut self) -> Self {
        self.trace = Some(Box::default());
        self
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
        let Self { arena, edits, trace, .. } = self;
        Finished { overlay: edits.overlay, status: edits.status, arena, trace }
    }
}
