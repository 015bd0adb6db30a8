//! A request that goes straight to its file: the server holds nothing, or not this. What is small is read, what is large
//! is sent from the file.

use std::sync::Arc;
use std::time::SystemTime;

use catzilla_content_coding::Coding;
use catzilla_http_conditional::{ByteRange, ConditionalFields, Validators};
use catzilla_path_security::{OpenError, Opened, RequestPath};

use crate::cache_status::{Came, Why};
use crate::conditions::Conditions;
use crate::decision::{Decision, decide};
use crate::exchange::{Env, Job, Next, Stage as Exchange, fail};
use crate::fetch::{Fetched, fetch};
use crate::fs::{Fs, OpenFile, Wait};
use crate::http1::{Method, Request};
use crate::lookup::{Found, locate};
use crate::mount::{Mount, ReadMode};
use crate::outcome::Failure;
use crate::plan::{Body, FileSlice, Piece, ResponsePlan};
use crate::respond::{self, Representation};

/// Content up to this many bytes is read and travels behind its head, of one version for certain; more goes by
/// sendfile, which copies nothing. Perf: on loopback sendfile is cheaper from about 6 KiB on; over a real site a
/// border of 4 or 8 KiB costs 5 % less than one of 16 KiB.
const SMALL: u64 = 8 * 1024;

/// Where a request stands.
#[derive(Debug)]
pub(crate) enum Stage {
    /// The name has been looked up; a job may have read small content along with it.
    Located { mount: Arc<Mount>, found: Result<Found, OpenError>, by: By, content: Option<Vec<u8>> },
    /// The bytes have been read.
    Fetched { representation: Representation, range: ByteRange, whole: bool, fetched: Fetched },
}

/// Who looked a name up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The worker, in this step.
    Worker,
    /// A job of the pool.
    Job,
}

impl Stage {
    fn mount(&self) -> &Arc<Mount> {
        match self {
            Self::Located { mount, .. } => mount,
            Self::Fetched { representation, .. } => &representation.mount,
        }
    }
}

/// Looks the name up.
pub(crate) fn begin(
    request: Request<'_>,
    env: &mut Env<'_>,
    mount: &Arc<Mount>,
    path: RequestPath<'_>,
) -> Next {
    match locate(&**env.fs, &mount.root(), mount, &path, Wait::Never) {
        Err(OpenError::WouldBlock) => {
            // Content read ahead would be in vain when the answer may be that nothing changed.
            let read_ahead = request.method() == Method::Get && !Conditions(request).any();
            Next::Park(locate_job(env.fs, mount, path.into_owned(), read_ahead))
        }
        found => {
            let mount = Arc::clone(mount);
            stage(Stage::Located { mount, found, by: By::Worker, content: None })
        }
    }
}

/// Goes on from where a request stands.
pub(crate) fn go_on(request: Request<'_>, env: &mut Env<'_>, stage: Stage, why: Why) -> Next {
    // There is a cache, and it didn't take the file in.
    let tells = env.store.is_some() && stage.mount().config.cache_status;
    let mut next = advance(request, env, stage);
    if let Next::Answer(plan) = &mut next
        && tells
    {
        Came::Passed(why).tell(&mut plan.overlay);
    }
    next
}

fn advance(request: Request<'_>, env: &mut Env<'_>, stage: Stage) -> Next {
    match stage {
        Stage::Located { mount, found, content, .. } => {
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
            Fetched::Changed => Next::Stage(Exchange::Changed(representation.mount)),
            Fetched::Failed(err) => {
                fail(request, env, Some(&representation.mount), Failure::from_io(&err))
            }
        },
    }
}

fn stage(stage: Stage) -> Next {
    Next::Stage(Exchange::Direct(stage))
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
        Exchange::Direct(Stage::Located { mount, found, by: By::Job, content })
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
        Ok(Found::Folder) => return Next::Stage(Exchange::Folder(mount)),
        Err(err) => return fail(request, env, Some(&mount), err.into()),
    };
    let len = opened.metadata().len();
    let representation = Representation {
        validators: validators(&mount, opened.metadata().modified(), len, env.now),
        complete_length: len,
        coding: Coding::Identity,
        // Without a cache nothing is compressed; what it doesn't take in now it may later.
        is_negotiated: env.store.is_some() && mount.is_negotiated(&path),
        mount,
        path,
    };
    let (range, whole) = match decide(request, env, &representation) {
        Decision::Whole => (ByteRange::whole(len), true),
        Decision::Part(range) => (range, false),
        Decision::Parts(ranges) => {
            let file = Arc::new(OpenFile::new(opened, representation.mount.transfer()));
            let slice = |range: ByteRange| Piece::File(slice_of(&file, range));
            let scratch = env.buffers.take();
            let mut plan = respond::ranges(&representation, &ranges, slice, scratch);
            if plan.length.is_some_and(|len| len <= SMALL) {
                join(&mut plan, &file, &representation.mount, env);
            }
            return Next::Answer(plan);
        }
        Decision::Answer(plan) => return Next::Answer(plan),
    };
    if request.method() == Method::Head || range.is_empty() {
        let scratch = env.buffers.take();
        return Next::Answer(respond::content(&representation, range, whole, Body::None, scratch));
    }
    if range.len() > SMALL {
        let file = Arc::new(OpenFile::new(opened, representation.mount.transfer()));
        let body = Body::File(slice_of(&file, range));
        let scratch = env.buffers.take();
        return Next::Answer(respond::content(&representation, range, whole, body, scratch));
    }
    if let Some(content) = content
        && whole
        && content.len() as u64 == len
    {
        let fetched = Fetched::Content(content);
        return stage(Stage::Fetched { representation, range, whole, fetched });
    }
    fetch_small(env, opened, representation, range, whole)
}

fn slice_of(file: &Arc<OpenFile>, range: ByteRange) -> FileSlice {
    FileSlice { file: Arc::clone(file), offset: range.start(), len: range.len() }
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
                return stage(Stage::Fetched { representation, range, whole, fetched });
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
        Exchange::Direct(Stage::Fetched { representation, range, whole, fetched })
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
        // Nothing of the cache is among them.
        Piece::Held(_) => false,
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
