//! One step of a request, whoever carries it: what it comes to, and what it waits for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use catzilla_hot_cache::Wait;
use tokio::task::JoinError;

use crate::app::{AnswerBody, Call};
use crate::asset::Asset;
use crate::asset_key::AssetKey;
use crate::chains::{Client, Seats};
use crate::exchange::{Env, Exchange, Stage, Step};
use crate::http1::{Pool, Request};
use crate::jobs::{Done, Job};
use crate::outcome::Failure;
use crate::pipeline::Pipeline;
use crate::plan::ResponsePlan;
use crate::respond;

/// What a step came to.
pub(crate) enum Stepped {
    Answer(ResponsePlan),
    /// The response of the application, whose content is still to come.
    Stream(ResponsePlan, AnswerBody),
    /// The request goes on when this has come.
    Wait(Pending),
    /// The application answers.
    App(Call),
    /// There was no place for its job; the next step does without.
    Again,
    /// It panicked, and is to be answered by [`panicked`].
    Panicked,
}

/// What is waited for.
pub(crate) enum Pending {
    /// A job on the pool.
    Job(Job),
    /// Another request, which loads the same file.
    Load(Wait<AssetKey, Asset>),
}

impl Pending {
    /// Nobody wants it any more. Whether there is still something to wait for: a job that has begun goes on.
    pub(crate) fn give_up(&self) -> bool {
        match self {
            Self::Job(job) => {
                job.give_up();
                true
            }
            Self::Load(_) => false,
        }
    }

    /// What came of it; an error when the job panicked.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Done, JoinError>> {
        match self {
            Self::Job(job) => Pin::new(job).poll(cx),
            Self::Load(wait) => {
                Pin::new(wait).poll(cx).map(|waited| Ok(Done::Stage(Stage::Waited(waited))))
            }
        }
    }
}

/// What whoever carries a request lends to a step.
pub(crate) struct Lent<'a> {
    /// The time that the `Date` of the answer will show.
    pub(crate) now: SystemTime,
    pub(crate) buffers: &'a mut Pool,
    pub(crate) seats: &'a mut Seats,
    pub(crate) client: &'a dyn Fn() -> Client,
}

/// Takes a request one step on. A panic in there ends this request, not whoever carries it.
pub(crate) fn step(
    pipeline: &Pipeline,
    exchange: &mut Exchange,
    request: Request<'_>,
    lent: Lent<'_>,
) -> Stepped {
    let Lent { now, buffers, seats, client } = lent;
    let step = catch_unwind(AssertUnwindSafe(|| {
        let site = pipeline.site.load();
        let mut env = Env {
            site: &site,
            fs: &pipeline.fs,
            store: pipeline.store.as_ref(),
            now,
            // Not the time of the last tick: a look holds for a second, not for two.
            monotonic: pipeline.clock.monotonic(),
            clock: &*pipeline.clock,
            buffers,
            seats,
            client,
        };
        exchange.step(request, &mut env)
    }));
    match step {
        Ok(Step::Answer(plan)) => Stepped::Answer(plan),
        Ok(Step::Stream(plan, content)) => Stepped::Stream(plan, content),
        Ok(Step::Park(job)) => {
            if let Some(job) = pipeline.queue.spawn(move || Done::Stage(job())) {
                return Stepped::Wait(Pending::Job(job));
            }
            exchange.resume_without();
            Stepped::Again
        }
        Ok(Step::Wait(wait)) => Stepped::Wait(Pending::Load(wait)),
        Ok(Step::App(call)) => Stepped::App(call),
        Err(_) => Stepped::Panicked,
    }
}

/// The answer to a request whose handling panicked.
pub(crate) fn panicked(request: Request<'_>) -> ResponsePlan {
    tracing::error!("the handling of a request panicked; it is answered 500");
    let mut plan = respond::failure(Failure::Panicked, Some(request), None, Vec::new());
    plan.close = true;
    plan
}
