//! One request on its way through chains: that of the place that was asked for, and then that of the route which answers,
//! if one does. Where it stands is kept here, so that the pipeline needn't know who waits for what.

use std::mem;
use std::sync::Arc;

use catzilla_middleware_engine::{
    After, Before, Done, Error, Flow, Moment, Phase, Resumption, Run,
};

use super::seats::{Boxed, Seat};
use super::view::{Asked, Planned};
use crate::app::{AnswerBody, Call};
use crate::exchange::{Env, Next, Stage};
use crate::http1::{Request, Target};
use crate::mount::Mount;
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::respond;

/// The chains that a request has come to.
#[derive(Debug, Default)]
pub(crate) struct Passages {
    /// First that of the place, then that of the route.
    seats: [Option<Boxed>; 2],
    has_begun: bool,
    /// In which phase a job is waited for.
    waits: Option<Phase>,
    /// The pattern of the route that is to answer.
    route: Option<Arc<str>>,
    /// What is asked when the second has let the request pass.
    call: Option<Box<Call>>,
    /// The answer on which they have their say, while one of them waits.
    answer: Option<Box<Answer>>,
}

/// An answer, and what of its content is still to come from the application.
type Answer = (ResponsePlan, Option<AnswerBody>);

/// What a job of a middleware has brought.
#[derive(Debug)]
pub(crate) enum Brought {
    Before(Resumption<Flow>),
    After(Resumption<Done>),
    /// There was no place for it, in this phase.
    NoPlace(Phase),
}

impl Passages {
    /// The chain of the place that is asked for, before anything else; `None` without one.
    pub(crate) fn enter(&mut self, request: Request<'_>, env: &mut Env<'_>) -> Option<Next> {
        if mem::replace(&mut self.has_begun, true) || !env.site.has_chains() {
            return None;
        }
        let chain = match request.target() {
            Target::Path { path, .. } => env.site.chain_of(path)?,
            Target::Asterisk | Target::Authority => env.site.chain()?,
        };
        self.seats[0] = Some(env.seats.begin(chain, env.buffers));
        Some(self.walk(None, request, env))
    }

    /// The chain of the route that is to answer. What those before have put in for the handler goes with the request.
    pub(crate) fn call(&mut self, mut call: Call, request: Request<'_>, env: &mut Env<'_>) -> Next {
        self.route = call.pattern();
        if let Some(chain) = call.take_chain() {
            let boxed = env.seats.begin(&chain, env.buffers);
            // It may judge by what those before have found out, such as who asks.
            let before = self.seats[0].as_deref().and_then(Option::as_ref);
            let own = boxed.as_ref().as_ref();
            let is_told =
                before.zip(own).map(|(before, own)| before.run.arena().hand_on(own.run.arena()));
            self.seats[1] = Some(boxed);
            if let Some(Err(full)) = is_told {
                tracing::error!(%full, "a route's chain can't be told what those before it found out");
                return Next::Stage(Stage::Failed(Failure::Panicked));
            }
            self.call = Some(Box::new(call));
            return self.walk(None, request, env);
        }
        for seat in self.seats.iter().flatten().filter_map(|boxed| boxed.as_ref().as_ref()) {
            seat.run.arena().hand_over(call.given());
        }
        Next::Call(call)
    }

    /// Goes on with what a job has brought.
    pub(crate) fn go_on(
        &mut self,
        brought: Brought,
        request: Request<'_>,
        env: &mut Env<'_>,
    ) -> Next {
        self.waits = None;
        let phase = match brought {
            Brought::Before(brought) => return self.walk(Some(brought), request, env),
            Brought::After(_) => Phase::After,
            Brought::NoPlace(phase) => phase,
        };
        if phase == Phase::Before {
            return Next::Answer(self.without_job(phase, Failure::Overloaded, request, env));
        }
        let Some(answer) = self.answer.take() else {
            return Next::Stage(Stage::Failed(Failure::Panicked));
        };
        let mut answer = *answer;
        if let Brought::After(brought) = brought {
            return self.walk_out(answer, Some(brought), request, env);
        }
        replace(&mut answer, self.without_job(phase, Failure::Overloaded, request, env));
        self.walk_out(answer, None, request, env)
    }

    /// The chains' say on an answer, and on what it is before its content has come.
    pub(crate) fn conclude(
        &mut self,
        mut plan: ResponsePlan,
        content: Option<AnswerBody>,
        request: Request<'_>,
        env: &mut Env<'_>,
    ) -> Next {
        if self.are_none() {
            return Next::Done(plan, content);
        }
        // Another answer while one waits in the phase after: nobody is called twice, and what was made of the one before is
        // made of this.
        if self.waits.take() == Some(Phase::After)
            && let Some(Seat { run, .. }) = current(&mut self.seats, Phase::After)
        {
            run.give_up_after();
            let before = self.answer.take().map(|answer| answer.0.overlay);
            plan.overlay = before.unwrap_or_default();
        }
        self.walk_out((plan, content), None, request, env)
    }

    /// What is answered when the application fails.
    pub(crate) fn fail(
        &mut self,
        failure: Failure,
        request: Request<'_>,
        env: &mut Env<'_>,
    ) -> ResponsePlan {
        if self.waits == Some(Phase::Before) {
            // A job has not ended in time: it goes on as if there had been no place for it.
            self.waits = None;
            self.call = None;
            return self.without_job(Phase::Before, failure, request, env);
        }
        let asked = Asked::new(request, env, self.route.as_deref());
        let is_its_own = self.waits.is_none()
            && matches!(
                failure,
                Failure::Application | Failure::Panicked | Failure::ApplicationTooSlow
            );
        let seats =
            self.seats.iter_mut().rev().flatten().filter_map(|boxed| boxed.as_mut().as_mut());
        for Seat { chain, run } in seats.filter(|_| is_its_own) {
            let error = Error::new(match failure {
                Failure::Panicked => "it panicked",
                Failure::ApplicationTooSlow => "it has not answered in time",
                _ => "it has failed, or its answer can't be sent",
            });
            let response = chain.handler_failed(run, &asked, moment(env), error);
            // It is in the log.
            drop(run.take_error());
            if let Some(response) = response {
                return respond::by_middleware(response, request, env);
            }
        }
        let refused = matches!(failure, Failure::Gate(_));
        let mount = mount_of(request, env);
        respond::failure(failure, (!refused).then_some(request), mount, env.buffers.take())
    }

    /// Whether a middleware waits for a job.
    pub(crate) fn wait(&self) -> bool {
        self.waits.is_some()
    }

    /// Whether the request goes through no chain.
    pub(crate) fn are_none(&self) -> bool {
        self.seats.iter().all(Option::is_none)
    }

    /// Before the handler.
    fn walk(
        &mut self,
        brought: Option<Resumption<Flow>>,
        request: Request<'_>,
        env: &mut Env<'_>,
    ) -> Next {
        let asked = Asked::new(request, env, self.route.as_deref());
        let Some(Seat { chain, run }) = current(&mut self.seats, Phase::Before) else {
            return Next::Stage(Stage::Begin);
        };
        let before = match brought {
            None => chain.before(run, &asked, moment(env)),
            Some(brought) => chain.resume(run, &asked, moment(env), brought),
        };
        match before {
            Before::Handle => match self.call.take() {
                Some(call) => self.call(*call, request, env),
                None => Next::Stage(Stage::Begin),
            },
            Before::Answer(response) => {
                log(run, request);
                Next::Answer(respond::by_middleware(response, request, env))
            }
            Before::Wait(job) => {
                self.waits = Some(Phase::Before);
                Next::ParkOr(
                    Box::new(move || Stage::Passed(Brought::Before(job.run()))),
                    Stage::Passed(Brought::NoPlace(Phase::Before)),
                )
            }
        }
    }

    /// After it.
    fn walk_out(
        &mut self,
        mut answer: Answer,
        mut brought: Option<Resumption<Done>>,
        request: Request<'_>,
        env: &mut Env<'_>,
    ) -> Next {
        while let Some(Seat { chain, run }) = current(&mut self.seats, Phase::After) {
            let asked = Asked::new(request, env, self.route.as_deref());
            let (moment, planned) = (moment(env), Planned(&answer.0));
            let after = match brought.take() {
                None => chain.after(run, &asked, moment, &planned),
                Some(brought) => chain.resume_after(run, &asked, moment, &planned, brought),
            };
            match after {
                After::Done => self.leave(&mut answer.0, env),
                After::Replace(response) => {
                    log(run, request);
                    replace(&mut answer, respond::by_middleware(response, request, env));
                }
                After::Wait(job) => {
                    self.answer = Some(Box::new(answer));
                    self.waits = Some(Phase::After);
                    return Next::ParkOr(
                        Box::new(move || Stage::Passed(Brought::After(job.run()))),
                        Stage::Passed(Brought::NoPlace(Phase::After)),
                    );
                }
            }
        }
        // Nothing takes the place of the answer any more.
        answer.0.overlay.settle(answer.0.block.as_bytes());
        Next::Done(answer.0, answer.1)
    }

    /// There was no place for a job, or it has not ended in time.
    fn without_job(
        &mut self,
        phase: Phase,
        failure: Failure,
        request: Request<'_>,
        env: &mut Env<'_>,
    ) -> ResponsePlan {
        let asked = Asked::new(request, env, self.route.as_deref());
        let response = current(&mut self.seats, phase).and_then(|Seat { chain, run }| {
            let (run, moment) = (&mut *run, moment(env));
            let response = if failure == Failure::ApplicationTooSlow {
                chain.job_too_slow(run, &asked, moment, phase)
            } else {
                chain.overloaded(run, &asked, moment, phase)
            };
            log(run, request);
            response
        });
        if let Some(response) = response {
            return respond::by_middleware(response, request, env);
        }
        let mount = mount_of(request, env);
        respond::failure(failure, Some(request), mount, env.buffers.take())
    }

    /// Ends the way through the chain at hand, whose edits become those of the answer.
    fn leave(&mut self, plan: &mut ResponsePlan, env: &mut Env<'_>) {
        let boxed = self.seats.iter_mut().find_map(Option::take);
        let ended = boxed.and_then(|boxed| env.seats.end(boxed, plan.status));
        let Some((overlay, status)) = ended else { return };
        if plan.overlay.is_empty() {
            plan.overlay = overlay;
        } else {
            plan.overlay.then(&overlay);
            env.buffers.put(overlay.into_buffer());
        }
        plan.status = status;
    }
}

/// Another answer. What chains have made of the one before is made of this one, too.
fn replace(answer: &mut Answer, mut plan: ResponsePlan) {
    plan.overlay = mem::take(&mut answer.0.overlay);
    *answer = (plan, None);
}

/// The chain at hand: they are entered in order, and left in order.
fn current(seats: &mut [Option<Boxed>; 2], phase: Phase) -> Option<&mut Seat> {
    let mut taken = seats.iter_mut().flatten();
    let boxed = if phase == Phase::After { taken.next() } else { taken.last() };
    boxed?.as_mut().as_mut()
}

fn mount_of<'e>(request: Request<'_>, env: &Env<'e>) -> Option<&'e Mount> {
    env.site.mount_of(request).map(|mount| &**mount)
}

fn moment(env: &Env<'_>) -> Moment {
    // Not the times of the last tick: they are written down to the millisecond, and to the microsecond.
    Moment { real: env.clock.real(), monotonic: env.clock.precise() }
}

/// Of which request, so that it can be found in the log of requests; but without its query, which may hold secrets.
fn log(run: &mut Run, request: Request<'_>) {
    if let Some(error) = run.take_error() {
        let method = request.method_bytes().escape_ascii();
        let path = match request.target() {
            Target::Path { path, .. } => path,
            Target::Asterisk | Target::Authority => b"*",
        };
        let path = path.escape_ascii();
        tracing::error!(%error, %method, %path, "a request is answered by the error phase of its chain");
    }
}
