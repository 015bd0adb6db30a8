//! Takes requests through a chain as a server does, and runs its jobs at once.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use catzilla_middleware_engine::{
    After, ArenaPool, Before, Chain, Content, Finished, Moment, Peer, Phase, Response,
    ResponseView, Trace, each_line,
};
use http::request::{Builder, Parts};

/// A request that has been answered.
#[derive(Debug)]
pub(crate) struct Driven {
    pub(crate) status: u16,
    /// All field lines, each ended by a line feed.
    pub(crate) fields: String,
    /// What a middleware has answered, or the handler.
    pub(crate) content: Option<String>,
    /// Whether the handler was asked.
    pub(crate) handled: bool,
    /// What the handler was given.
    pub(crate) extensions: http::Extensions,
    /// What failed.
    pub(crate) error: Option<String>,
    /// How often a job was waited for.
    pub(crate) jobs: usize,
    pub(crate) trace: Trace,
}

/// Who runs a chain: with a clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) chain: Chain,
    pub(crate) pool: ArenaPool,
    pub(crate) moment: Moment,
    /// How long the handler takes by that clock.
    pub(crate) takes: Duration,
    pub(crate) peer: SocketAddr,
    /// What the handler answers.
    pub(crate) handler: fn(&Parts) -> Answer,
    /// Whether there is a place for jobs.
    pub(crate) has_room: bool,
}

/// An answer of a handler or, from a middleware, what a server makes of it.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Each ended by CRLF.
    pub(crate) block: String,
    pub(crate) content: Option<String>,
}

impl Answer {
    pub(crate) fn new(status: u16, fields: &[(&str, &str)], content: &str) -> Self {
        let lines = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        Self { status, block: lines.collect(), content: Some(content.to_owned()) }
    }

    fn of(response: Response) -> Self {
        let status = response.status();
        match response.into_content() {
            Content::Bytes { content_type, bytes } => Self::new(
                status,
                &[("content-type", content_type)],
                &String::from_utf8_lossy(&bytes),
            ),
            _ => Self { status, block: String::new(), content: None },
        }
    }
}

impl ResponseView for Answer {
    fn status(&self) -> u16 {
        self.status
    }

    fn field(&self, name: &str) -> Option<&[u8]> {
        let mut lines = self.block.lines().filter_map(|line| line.split_once(": "));
        let (_, value) = lines.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(value.as_bytes())
    }

    fn each(&self, name: &str, look: &mut dyn FnMut(&[u8])) {
        each_line(self.block.as_bytes(), name, look);
    }

    fn content_length(&self) -> Option<u64> {
        self.content.as_ref().map(|content| content.len() as u64)
    }
}

fn overloaded(answer: Option<Response>) -> Answer {
    Answer::of(answer.unwrap_or_else(|| Response::new(503)))
}

impl Host {
    pub(crate) fn new(chain: Chain) -> Self {
        let real = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        Self {
            chain,
            pool: ArenaPool::default(),
            moment: Moment { real, monotonic: Duration::from_secs(1000) },
            takes: Duration::ZERO,
            peer: SocketAddr::from(([192, 0, 2, 1], 1000)),
            handler: |_| Answer::new(200, &[("content-type", "text/plain")], "hello"),
            has_room: true,
        }
    }

    /// Moves the clock.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.moment.real += time;
        self.moment.monotonic += time;
    }

    pub(crate) fn drive(&mut self, request: Builder) -> Driven {
        let mut parts = request.body(()).unwrap().into_parts().0;
        parts.extensions.insert(Peer(self.peer));
        let Self { chain, pool, moment, .. } = self;
        let moment = *moment;
        let mut run = chain.begin(pool.take(), Vec::new()).traced();
        let (mut jobs, mut handled) = (0, false);
        let mut extensions = http::Extensions::new();
        let mut before = chain.before(&mut run, &parts, moment);
        let mut answer = loop {
            match before {
                Before::Handle => {
                    handled = true;
                    run.arena().hand_over(&mut extensions);
                    break (self.handler)(&parts);
                }
                Before::Answer(response) => break Answer::of(response),
                Before::Wait(job) if self.has_room => {
                    jobs += 1;
                    before = chain.resume(&mut run, &parts, moment, job.run());
                }
                Before::Wait(_) => {
                    break overloaded(chain.overloaded(&mut run, &parts, moment, Phase::Before));
                }
            }
        };
        let mut error = run.take_error();
        self.pass(self.takes);
        let Self { chain, pool, moment, .. } = self;
        let moment = *moment;
        let mut after = chain.after(&mut run, &parts, moment, &answer);
        loop {
            match after {
                After::Done => break,
                After::Replace(response) => {
                    answer = Answer::of(response);
                    after = chain.after(&mut run, &parts, moment, &answer);
                }
                After::Wait(job) if self.has_room => {
                    jobs += 1;
                    after = chain.resume_after(&mut run, &parts, moment, &answer, job.run());
                }
                After::Wait(_) => {
                    answer = overloaded(chain.overloaded(&mut run, &parts, moment, Phase::After));
                    after = chain.after(&mut run, &parts, moment, &answer);
                }
            }
        }
        error = run.take_error().or(error);
        let finished = run.finish();
        let status = finished.status_of(answer.status);
        let Finished { overlay, arena, trace, .. } = finished;
        pool.put(arena);
        let mut fields = Vec::new();
        overlay.apply(answer.block.as_bytes(), &mut fields);
        Driven {
            status,
            fields: String::from_utf8(fields).unwrap().replace("\r\n", "\n"),
            content: answer.content,
            handled,
            extensions,
            error: error.map(|error| error.to_string()),
            jobs,
            trace: *trace.unwrap(),
        }
    }
}

impl Driven {
    /// The value of the first field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.fields.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}
