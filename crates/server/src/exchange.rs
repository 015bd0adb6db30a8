//! The pipeline of one request: match, lookup, decide, fetch, as a machine that can stop and go on.
//!
//! A worker lends its environment for the length of one [`Exchange::step`], which answers or asks to be
//! parked: the job runs on the blocking pool, its result is handed back by [`Exchange::resume`] and used
//! as it is. Nothing here waits, and nothing here chooses a status.

use std::sync::Arc;
use std::time::SystemTime;

use catzilla_http_conditional::{
    ByteRange, ConditionalFields, Outcome, RangeLimits, Validators, decide,
};
use catzilla_path_security::{OpenError, Opened, RequestPath};

use crate::conditions::Conditions;
use crate::fetch::{Fetched, fetch};
use crate::fs::{Fs, OpenFile, Transfer, Wait};
use crate::http1::{Method, Pool, Request, Target};
use crate::lookup::{Found, locate};
use crate::mount::{Mount, ReadMode};
use crate::outcome::Failure;
use crate::plan::{Body, FileSlice, Piece, ResponsePlan};
use crate::respond::{self, Representation};
use crate::site::Site;

/// Content up to this many bytes is read and travels behind its head, of one version for certain; more goes by
/// sendfile, which copies nothing. Perf: on loopback sendfile is cheaper from about 6 KiB on; over a real site a
/// border of 4 or 8 KiB costs 5 % less than one of 16 KiB.
pub(crate) const SMALL: u64 = 8 * 1024;

/// How often a request is begun anew because its file changed while it was read.
const MAX_RETRIES: u8 = 2;

/// What a worker lends to a step.
pub(crate) struct Env<'a> {
    pub(crate) site: &'a Arc<Site>,
    pub(crate) fs: &'a Arc<dyn Fs>,
    /// The time that the `Date` of the answer will show, so that `Last-Modified` is never later.
    pub(crate) now: SystemTime,
    pub(crate) buffers: &'a mut Pool,
}

/// What a step came to.
pub(crate) enum Step {
    /// The response, complete.
    Answer(ResponsePlan),
    /// A job for the blocking pool; its result goes to [`Exchange::resume`].
    Park(Job),
}

/// Work that may wait for a disk.
pub(crate) type Job = Box<dyn FnOnce() -> Stage + Send>;

/// One request on its way to a response.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    stage: Stage,
    retries: u8,
}

/// Where a request stands. What a job returns is the stage to go on with.
#[derive(Debug, Default)]
pub(crate) enum Stage {
    /// Nothing is known yet, or a job has been handed out.
    #[default]
    Begin,
    /// The name has been looked up; a job may have read small content along with it.
    Located { mount: Arc<Mount>, found: Result<Found, OpenError>, content: Option<Vec<u8>> },
    /// The bytes have been read.
    Fetched { representation: Representation, range: ByteRange, whole: bool, fetched: Fetched },
    /// Nothing more can come.
    Failed(Failure),
}

impl Exchange {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Goes on with what a job brought.
    pub(crate) fn resume(&mut self, stage: Stage) {
        self.stage = stage;
    }

    /// Goes as far as it can without waiting.
    pub(crate) fn step(&mut self, request: Request<'_>, env: &mut Env<'_>) -> Step {
        loop {
            let next = match std::mem::take(&mut self.stage) {
                Stage::Begin => begin(request, env),
                Stage::Located { mount, found, content } => {
                    located(request, env, mount, found, content)
                }
                Stage::Fetched { representation, range, whole, fetched } => match fetched {
                    Fetched::Content(content) => Next::Answer(respond::content(
                        &representation,
                        range,
                        whole,
                        Body::Buffer(content),
                        env.buffers.take(),
                    )),
                    Fetched::Changed if self.retries < MAX_RETRIES => {
                        self.retries += 1;
                        Next::Stage(Stage::Begin)
                    }
                    Fetched::Changed => {
                        fail(request, env, Some(&representation.mount), Failure::Changing)
                    }
                    Fetched::Failed(err) => {
                        fail(request, env, Some(&representation.mount), Failure::from_io(&err))
                    }
                },
                Stage::Failed(failure) => fail(request, env, None, failure),
            };
            match next {
                Next::Stage(stage) => self.stage = stage,
                Next::Answer(plan) => return Step::Answer(plan),
                Next::Park(job) => return Step::Park(job),
            }
        }
    }
}

enum Next {
    Stage(Stage),
    Answer(ResponsePlan),
    Park(Job),
}

fn fail(request: Request<'_>, env: &mut Env<'_>, mount: Option<&Mount>, failure: Failure) -> Next {
    Next::Answer(respond::failure(failure, Some(request), mount, env.buffers.take()))
}

/// Which mount, which path, which method.
fn begin(request: Request<'_>, env: &mut Env<'_>) -> Next {
    let path = match request.target() {
        Target::Asterisk => return Next::Answer(respond::options(None, env.buffers.take())),
        Target::Authority => return fail(request, env, None, Failure::Method),
        Target::Path { path, .. } => path,
    };
    let full = match RequestPath::parse(path) {
        Ok(path) => path,
        Err(refusal) => return fail(request, env, None, Failure::Path(refusal)),
    };
    let Some((mount, path)) = env.site.find(&full) else {
        return fail(request, env, None, Failure::NotFound);
    };
    match request.method() {
        Method::Get | Method::Head => {}
        Method::Options => return Next::Answer(respond::options(Some(mount), env.buffers.take())),
        _ => return fail(request, env, Some(mount), Failure::Method),
    }
    if path.is_root() && !full.is_directory() {
        // The mount's own prefix without its slash.
        return Next::Answer(respond::redirect(&full, request.query(), mount, env.buffers.take()));
    }
    match locate(&**env.fs, &mount.root(), mount, &path, Wait::Never) {
        Err(OpenError::WouldBlock) => {
            // Content read ahead would be in vain when the answer may be that nothing changed.
            let read_ahead = request.method() == Method::Get && !Conditions(request).any();
            Next::Park(locate_job(env.fs, mount, path.into_owned(), read_ahead))
        }
        found => Next::Stage(Stage::Located { mount: Arc::clone(mount), found, content: None }),
    }
}

/// Looks a name up on the pool, and reads small content while it is there.
fn locate_job(
    fs: &Arc<dyn Fs>,
    mount: &Arc<Mount>,
    path: RequestPath<'static>,
    read_ahead: bool,
) -> Job {
    let (fs, mount) = (Arc::clone(fs), Arc::clone(mount));
    Box::new(move || {
        let found = locate(&*fs, &mount.root(), &mount, &path, Wait::Allowed);
        let mut content = None;
        if let Ok(Found::File { opened, .. }) = &found
            && read_ahead
            && (1..=SMALL).contains(&opened.metadata().len())
        {
            let whole = ByteRange::whole(opened.metadata().len());
            content = match fetch(&*fs, opened, whole, Vec::new(), Wait::Allowed) {
                Ok(Fetched::Content(content)) => Some(content),
                // The worker will find out for itself, and say so.
                _ => None,
            };
        }
        Stage::Located { mount, found, content }
    })
}

/// What the file, and the conditions of the request, make of it.
fn located(
    request: Request<'_>,
    env: &mut Env<'_>,
    mount: Arc<Mount>,
    found: Result<Found, OpenError>,
    content: Option<Vec<u8>>,
) -> Next {
    let (opened, path) = match found {
        Ok(Found::File { opened, path }) => (opened, path),
        Ok(Found::Folder) => {
            let Target::Path { path, .. } = request.target() else {
                return fail(request, env, Some(&mount), Failure::NotFound);
            };
            return match RequestPath::parse(path) {
                Ok(full) => Next::Answer(respond::redirect(
                    &full,
                    request.query(),
                    &mount,
                    env.buffers.take(),
                )),
                Err(refusal) => fail(request, env, Some(&mount), Failure::Path(refusal)),
            };
        }
        Err(err) => return fail(request, env, Some(&mount), err.into()),
    };
    let len = opened.metadata().len();
    let validators = validators(&mount, opened.metadata().modified(), len, env.now);
    let representation = Representation { mount, path, validators, complete_length: len };
    let mount = &representation.mount;

    let method = match request.method() {
        Method::Get => catzilla_http_conditional::Method::Get,
        _ => catzilla_http_conditional::Method::Head,
    };
    let limits = mount.config.ranges.then_some(&RangeLimits::DEFAULT);
    let (range, whole) = match decide(
        method,
        &Conditions(request),
        &representation.validators,
        len,
        env.now,
        limits,
    ) {
        Outcome::Full => (ByteRange::whole(len), true),
        Outcome::Range(range) => (range, false),
        Outcome::NotModified => {
            return Next::Answer(respond::not_modified(&representation, env.buffers.take()));
        }
        Outcome::PreconditionFailed => {
            return Next::Answer(respond::precondition_failed(
                request,
                &representation,
                env.buffers.take(),
            ));
        }
        Outcome::RangeNotSatisfiable => {
            return Next::Answer(respond::range_not_satisfiable(
                request,
                &representation,
                env.buffers.take(),
            ));
        }
        Outcome::Ranges(ranges) => {
            let file = Arc::new(send_from(opened, mount));
            let scratch = env.buffers.take();
            let mut plan = respond::ranges(&representation, &file, &ranges, scratch);
            if plan.length.is_some_and(|len| len <= SMALL) {
                join(&mut plan, &file, mount, env);
            }
            return Next::Answer(plan);
        }
    };
    if request.method() == Method::Head || range.is_empty() {
        return Next::Answer(respond::content(
            &representation,
            range,
            whole,
            Body::None,
            env.buffers.take(),
        ));
    }
    if range.len() > SMALL {
        let file = Arc::new(send_from(opened, mount));
        let slice = FileSlice { file, offset: range.start(), len: range.len() };
        return Next::Answer(respond::content(
            &representation,
            range,
            whole,
            Body::File(slice),
            env.buffers.take(),
        ));
    }
    if let Some(content) = content
        && whole
        && content.len() as u64 == len
    {
        let fetched = Fetched::Content(content);
        return Next::Stage(Stage::Fetched { representation, range, whole, fetched });
    }
    fetch_small(env, opened, representation, range, whole)
}

/// Reads small content at once if it is in memory, else on the pool.
fn fetch_small(
    env: &mut Env<'_>,
    opened: Opened,
    representation: Representation,
    range: ByteRange,
    whole: bool,
) -> Next {
    let mount = &representation.mount;
    let wait = match mount.read_mode() {
        ReadMode::NoWait => Some(Wait::Never),
        ReadMode::Direct => Some(Wait::Allowed),
        ReadMode::Pool => None,
    };
    if let Some(wait) = wait {
        match fetch(&**env.fs, &opened, range, env.buffers.take_content(), wait) {
            Ok(fetched) => {
                return Next::Stage(Stage::Fetched { representation, range, whole, fetched });
            }
            Err(blocked) => {
                if blocked.unsupported {
                    mount.learn_read_mode(&opened);
                }
                env.buffers.put(blocked.buffer);
            }
        }
    }
    let fs = Arc::clone(env.fs);
    Next::Park(Box::new(move || {
        let fetched = match fetch(&*fs, &opened, range, Vec::new(), Wait::Allowed) {
            Ok(fetched) => fetched,
            Err(_) => Fetched::Failed(std::io::ErrorKind::WouldBlock.into()),
        };
        Stage::Fetched { representation, range, whole, fetched }
    }))
}

/// Makes one run of bytes of several small parts, if all of them are in memory and of one version. If not, they
/// stay as they are, and are sent one by one.
fn join(plan: &mut ResponsePlan, file: &OpenFile, mount: &Mount, env: &mut Env<'_>) {
    let Body::Parts(pieces) = &plan.body else { return };
    let wait = match mount.read_mode() {
        ReadMode::NoWait => Wait::Never,
        ReadMode::Direct => Wait::Allowed,
        ReadMode::Pool => return,
    };
    let mut run = env.buffers.take_content();
    run.clear();
    let is_read = pieces.iter().all(|piece| match piece {
        Piece::Bytes(bytes) => {
            run.extend_from_slice(bytes);
            true
        }
        Piece::File(slice) => {
            let begin = run.len();
            run.resize(begin + slice.len as usize, 0);
            let read = env.fs.read_at(&file.opened, &mut run[begin..], slice.offset, wait);
            matches!(read, Ok(read) if read as u64 == slice.len)
        }
    });
    if is_read && matches!(file.is_unchanged(&**env.fs), Ok(true)) {
        plan.body = Body::Buffer(run);
    } else {
        env.buffers.put(run);
    }
}

/// How an open file is sent when it isn't read.
fn send_from(opened: Opened, mount: &Mount) -> OpenFile {
    let transfer = if mount.config.sendfile { Transfer::SendFile } else { Transfer::Read };
    OpenFile { opened, transfer }
}

fn validators(mount: &Mount, modified: SystemTime, len: u64, now: SystemTime) -> Validators {
    let mut validators = Validators::of_file(modified, len, now);
    if !mount.config.etag {
        validators.etag = None;
    }
    if !mount.config.last_modified {
        validators.last_modified = None;
    }
    validators
}
