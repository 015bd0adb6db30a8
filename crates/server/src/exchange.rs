//! The pipeline of one request: match, lookup, decide, fetch, as a machine that can stop and go on.
//!
//! A worker lends its environment for the length of one [`Exchange::step`], which answers or asks to be
//! parked: the job runs on the blocking pool, its result is handed back by [`Exchange::resume`] and used
//! as it is. Nothing here waits, and nothing here chooses a status.
//!
//! A request goes one of three ways: through the cache (`cached.rs`), straight to its file (`direct.rs`), or to the
//! application (`app/`).

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use catzilla_hot_cache::{Held, Wait, Waited};
use catzilla_path_security::RequestPath;

use crate::app::{AnswerBody, Call, Routed};
use crate::asset::Asset;
use crate::asset_key::AssetKey;
use crate::cache_status::{Came, Why};
use crate::cached::Tried;
use crate::chains::{Brought, Client, Passages, Seats};
use crate::clock::Clock;
use crate::direct::By;
use crate::fs::Fs;
use crate::http1::{Method, Pool, Request, Target};
use crate::mount::Mount;
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
use crate::site::Site;
use crate::store::Store;
use crate::{cached, direct, respond};

/// What a worker lends to a step.
pub(crate) struct Env<'a> {
    pub(crate) site: &'a Arc<Site>,
    pub(crate) fs: &'a Arc<dyn Fs>,
    /// The cache, if there is one.
    pub(crate) store: Option<&'a Arc<Store>>,
    /// The time that the `Date` of the answer will show, so that `Last-Modified` is never later.
    pub(crate) now: SystemTime,
    /// The time that limits are measured in.
    pub(crate) monotonic: Duration,
    /// For those who measure.
    pub(crate) clock: &'a dyn Clock,
    pub(crate) buffers: &'a mut Pool,
    pub(crate) seats: &'a mut Seats,
    /// Who asks, for those who want to know.
    pub(crate) client: &'a dyn Fn() -> Client,
}

/// What a step came to.
pub(crate) enum Step {
    /// The response, complete.
    Answer(ResponsePlan),
    /// The response of the application, whose content is still to come.
    Stream(ResponsePlan, AnswerBody),
    /// A job for the blocking pool; its result goes to [`Exchange::resume`]. Where there is no place for it,
    /// [`Exchange::resume_without`] goes on.
    Park(Job),
    /// Another request loads the same file; what comes of it goes to [`Exchange::resume`], as
    /// [`Stage::Waited`].
    Wait(Wait<AssetKey, Asset>),
    /// The application answers.
    App(Call),
}

/// Work that may wait for a disk.
pub(crate) type Job = Box<dyn FnOnce() -> Stage + Send>;

/// One request on its way to a response.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    stage: Stage,
    /// What it began with, while it waits: it goes on with the same, whatever is served by then.
    site: Option<Arc<Site>>,
    /// Where to go on if the job that was handed out finds no place.
    instead: Option<Stage>,
    retries: u8,
    opened_now: bool,
    /// Why it has to be loaded, if it has.
    why: Why,
    /// The chains that it goes through.
    passages: Passages,
}

/// Where a request stands. What a job returns is the stage to go on with.
#[derive(Debug, Default)]
pub(crate) enum Stage {
    /// Nothing is known yet, or a job has been handed out.
    #[default]
    Begin,
    /// What was held was found to be old: from the beginning, without it.
    Stale,
    /// Another request has loaded the same file, or couldn't.
    Waited(Waited<AssetKey, Asset>),
    /// A job has loaded the file, or made it in another coding.
    Held { key: AssetKey, asset: Held<Asset>, came: Came, tried: Tried },
    /// Straight to the file.
    Direct(direct::Stage),
    /// The file changed while it was read.
    Changed(Arc<Mount>),
    /// A folder was asked for without the slash at the end.
    Folder(Arc<Mount>),
    /// A mount has nothing to send.
    Refused(Arc<Mount>, Failure),
    /// A job of a middleware has come to its end.
    Passed(Brought),
    /// The application has answered.
    Answered(Box<(ResponsePlan, Option<AnswerBody>)>),
    /// The application has failed.
    NotAnswered(Failure),
    /// Nothing more can come.
    Failed(Failure),
}

/// How to go on.
pub(crate) enum Next {
    Stage(Stage),
    Answer(ResponsePlan),
    Park(Job),
    /// The same, if there is a place for it; the stage, if there is none.
    ParkOr(Job, Stage),
    Wait(Wait<AssetKey, Asset>),
    App(Call),
    /// The chain of the route has let it pass, if there is one.
    Call(Call),
    /// The answer has gone through all chains.
    Done(ResponsePlan, Option<AnswerBody>),
}

/// How often a request is begun anew because its file changed while it was read.
const MAX_RETRIES: u8 = 2;

impl Exchange {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Goes on with what a job brought.
    pub(crate) fn resume(&mut self, stage: Stage) {
        self.stage = stage;
        self.instead = None;
    }

    /// Goes on without the job: there is no place for it.
    pub(crate) fn resume_without(&mut self) {
        self.stage = self.instead.take().unwrap_or(Stage::Failed(Failure::Overloaded));
    }

    /// Goes on with the answer of the application, on which chains have their say.
    pub(crate) fn answered(&mut self, plan: ResponsePlan, content: Option<AnswerBody>) {
        self.stage = Stage::Answered(Box::new((plan, content)));
    }

    /// Goes on without an answer of the application.
    pub(crate) fn not_answered(&mut self, failure: Failure) {
        self.stage = Stage::NotAnswered(failure);
    }

    /// Whether it is a middleware that waits for a job.
    pub(crate) fn waits_for_middleware(&self) -> bool {
        self.passages.wait()
    }

    /// Whether no chain has a say in the answer.
    pub(crate) fn goes_through_none(&self) -> bool {
        self.passages.are_none()
    }

    /// Whether a file that the answer sends was opened in the very step that gave it: there was no time for a
    /// change.
    pub(crate) fn opened_now(&self) -> bool {
        self.opened_now
    }

    /// Goes as far as it can without waiting.
    pub(crate) fn step(&mut self, request: Request<'_>, env: &mut Env<'_>) -> Step {
        let begun_with = self.site.take();
        let site = begun_with.as_ref().unwrap_or(env.site);
        let Env { fs, store, now, monotonic, clock, client, .. } = *env;
        let (buffers, seats) = (&mut *env.buffers, &mut *env.seats);
        let mut env = Env { site, fs, store, now, monotonic, clock, buffers, seats, client };
        let step = self.advance(request, &mut env);
        let goes_on = match step {
            Step::Answer(_) | Step::Stream(..) => false,
            Step::App(_) => !self.passages.are_none(),
            Step::Park(_) | Step::Wait(_) => true,
        };
        if goes_on {
            self.site = Some(Arc::clone(site));
        }
        step
    }

    fn advance(&mut self, request: Request<'_>, env: &mut Env<'_>) -> Step {
        self.opened_now = false;
        loop {
            let mut next = match std::mem::take(&mut self.stage) {
                Stage::Begin => match self.passages.enter(request, env) {
                    Some(next) => next,
                    None => begin(request, env, None, self.why),
                },
                Stage::Passed(brought) => self.passages.go_on(brought, request, env),
                Stage::Answered(answer) => self.passages.conclude(answer.0, answer.1, request, env),
                Stage::NotAnswered(failure) => {
                    Next::Answer(self.passages.fail(failure, request, env))
                }
                Stage::Stale if self.retries < MAX_RETRIES => {
                    self.retries += 1;
                    self.why = Why::Stale;
                    begin(request, env, None, self.why)
                }
                // What is loaded anew is found old at once, over and over.
                Stage::Stale => fail(request, env, None, Failure::Changing),
                Stage::Waited(waited) => begin(request, env, Some(waited), self.why),
                Stage::Held { key, asset, came, tried } => match env.store {
                    Some(store) => cached::answer(request, env, store, &key, &asset, came, tried),
                    None => fail(request, env, None, Failure::Io),
                },
                Stage::Direct(stage) => {
                    if let direct::Stage::Located { by, .. } = &stage {
                        // What a job has opened was opened a while ago.
                        self.opened_now = *by == By::Worker;
                    }
                    direct::go_on(request, env, stage, self.why)
                }
                Stage::Changed(_) if self.retries < MAX_RETRIES => {
                    self.retries += 1;
                    Next::Stage(Stage::Begin)
                }
                Stage::Changed(mount) => fail(request, env, Some(&mount), Failure::Changing),
                Stage::Folder(mount) => redirect(request, env, &mount),
                Stage::Refused(mount, failure) => fail(request, env, Some(&mount), failure),
                Stage::Failed(failure) => fail(request, env, None, failure),
            };
            if let Next::App(call) = next {
                next = self.passages.call(call, request, env);
            }
            if let Next::Answer(plan) = next {
                next = self.passages.conclude(plan, None, request, env);
            }
            match next {
                Next::Stage(stage) => self.stage = stage,
                Next::Done(plan, None) => return Step::Answer(plan),
                Next::Done(plan, Some(content)) => return Step::Stream(plan, content),
                Next::Park(job) => return Step::Park(job),
                Next::ParkOr(job, instead) => {
                    self.instead = Some(instead);
                    return Step::Park(job);
                }
                Next::Wait(wait) => return Step::Wait(wait),
                Next::Call(call) => return Step::App(call),
                Next::App(_) | Next::Answer(_) => unreachable!("gone through above"),
            }
        }
    }
}

pub(crate) fn fail(
    request: Request<'_>,
    env: &mut Env<'_>,
    mount: Option<&Mount>,
    failure: Failure,
) -> Next {
    if respond::is_missing(failure)
        && let Some(next) = fall_through(request, env, mount)
    {
        return next;
    }
    Next::Answer(respond::failure(failure, Some(request), mount, env.buffers.take()))
}

/// To the application with what a mount doesn't have, if the mount lets it.
fn fall_through(request: Request<'_>, env: &mut Env<'_>, mount: Option<&Mount>) -> Option<Next> {
    let lets_through = mount.is_some_and(|mount| env.site.falls_through(mount));
    let Target::Path { path, .. } = request.target() else { return None };
    if lets_through { application(request, env, &RequestPath::parse(path).ok()?) } else { None }
}

/// To the application, if it knows the path.
fn application(request: Request<'_>, env: &mut Env<'_>, path: &RequestPath<'_>) -> Option<Next> {
    Some(match env.site.routes()?.find(path, request.method_bytes()) {
        Routed::To(call) => Next::App(call),
        Routed::Method(allow) if request.method() == Method::Options => {
            Next::Answer(respond::options(&allow, None, env.buffers.take()))
        }
        Routed::Method(allow) => {
            Next::Answer(respond::not_allowed(&allow, request, None, env.buffers.take()))
        }
        Routed::Nothing => return None,
    })
}

/// Which mount, which path, which method.
fn begin(
    request: Request<'_>,
    env: &mut Env<'_>,
    waited: Option<Waited<AssetKey, Asset>>,
    why: Why,
) -> Next {
    let path = match request.target() {
        Target::Asterisk => {
            let scratch = env.buffers.take();
            return Next::Answer(respond::options(respond::STATIC, None, scratch));
        }
        Target::Authority => {
            let scratch = env.buffers.take();
            return Next::Answer(respond::not_allowed(respond::STATIC, request, None, scratch));
        }
        Target::Path { path, .. } => path,
    };
    let full = match RequestPath::parse(path) {
        Ok(path) => path,
        Err(refusal) => {
            let mount = env.site.find_by_begin(path).map(Arc::clone);
            return fail(request, env, mount.as_deref(), Failure::Path(refusal));
        }
    };
    let Some((mount, path)) = env.site.find(&full) else {
        return application(request, env, &full)
            .unwrap_or_else(|| fail(request, env, None, Failure::NotFound));
    };
    if !matches!(request.method(), Method::Get | Method::Head) {
        return application(request, env, &full).unwrap_or_else(|| {
            let scratch = env.buffers.take();
            Next::Answer(match request.method() {
                Method::Options => respond::options(respond::STATIC, Some(mount), scratch),
                _ => respond::not_allowed(respond::STATIC, request, Some(mount), scratch),
            })
        });
    }
    if path.is_root() && !full.is_directory() {
        // The mount's own prefix without its slash.
        return to_folder(request, env, mount, &full);
    }
    match env.store {
        Some(store) => cached::begin(request, env, store, mount, &path, waited, why),
        None => direct::begin(request, env, mount, path),
    }
}

/// To the same folder, with a slash at its end.
fn redirect(request: Request<'_>, env: &mut Env<'_>, mount: &Mount) -> Next {
    let Target::Path { path, .. } = request.target() else {
        return fail(request, env, Some(mount), Failure::NotFound);
    };
    match RequestPath::parse(path) {
        Ok(full) => to_folder(request, env, mount, &full),
        Err(refusal) => fail(request, env, Some(mount), Failure::Path(refusal)),
    }
}

/// The same of a path that has been judged. Where the mount falls through, a route of that path goes before: nothing is
/// there by that name. What a fallback answers stands behind folders as it does behind files.
fn to_folder(
    request: Request<'_>,
    env: &mut Env<'_>,
    mount: &Mount,
    full: &RequestPath<'_>,
) -> Next {
    if env.site.falls_through(mount)
        && let Some(routes) = env.site.routes()
        && let Some(call) = routes.route(full, request.method_bytes())
    {
        return Next::App(call);
    }
    Next::Answer(respond::redirect(full, request.query(), mount, env.buffers.take()))
}
