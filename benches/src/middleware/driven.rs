//! One request after another through a chain, as a worker of a server drives them.

use std::hint::black_box;
use std::mem;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use catzilla_middleware_engine::{
    After, ArenaPool, Before, Chain, Moment, RequestView, ResponseView, Run,
};

/// A worker: its arenas, its buffer, and what it is asked.
#[derive(Debug)]
pub struct Driven {
    chain: Chain,
    arenas: ArenaPool,
    lines: Vec<u8>,
    moment: Moment,
    request: Asked,
}

/// What is asked for.
pub(super) const PATH: &str = "/articles/of/the/day";

/// What a browser asks, by a page of another origin that has logged in.
pub(super) const FIELDS: [(&str, &str); 10] = [
    ("host", "example.org"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-US,en;q=0.5"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("connection", "keep-alive"),
    ("referer", "https://app.example.org/"),
    ("cookie", "session=0123456789abcdef"),
    ("origin", "https://app.example.org"),
    ("authorization", super::builtins::AUTHORIZATION),
];

/// Who asks.
pub(super) fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 17], 50_000))
}

/// A request as a parser has it: lines in their order.
#[derive(Debug)]
struct Asked {
    /// Instead of the usual one.
    authorization: Option<String>,
}

impl RequestView for Asked {
    fn method(&self) -> &'static str {
        "GET"
    }

    fn path(&self) -> &[u8] {
        PATH.as_bytes()
    }

    fn peer(&self) -> Option<SocketAddr> {
        Some(peer())
    }

    fn line(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let (name, value) = FIELDS.get(index)?;
        let value = match &self.authorization {
            Some(authorization) if *name == "authorization" => authorization,
            _ => *value,
        };
        Some((name.as_bytes(), value.as_bytes()))
    }
}

/// What the handler answers.
#[derive(Debug)]
struct Answered;

impl ResponseView for Answered {
    fn status(&self) -> u16 {
        200
    }

    fn field(&self, name: &str) -> Option<&[u8]> {
        (name.eq_ignore_ascii_case("content-type")).then_some(b"text/html; charset=utf-8")
    }

    fn each(&self, name: &str, look: &mut dyn FnMut(&[u8])) {
        self.field(name).into_iter().for_each(look);
    }

    fn content_length(&self) -> Option<u64> {
        Some(12_345)
    }
}

impl Driven {
    /// # Panics
    /// When the chain doesn't let the request pass: a refusal is not what is measured.
    pub fn new(chain: Chain) -> Self {
        Self::bearing(chain, None)
    }

    /// The same for a request with another `Authorization`.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn bearing(chain: Chain, authorization: Option<String>) -> Self {
        let moment = Moment {
            real: SystemTime::UNIX_EPOCH + Duration::from_hours(500_000),
            monotonic: Duration::from_secs(1000),
        };
        let (arenas, request) = (ArenaPool::default(), Asked { authorization });
        let mut new = Self { chain, arenas, lines: Vec::new(), moment, request };
        new.call();
        new
    }

    /// A whole request.
    ///
    /// # Panics
    /// When it isn't let pass.
    pub fn call(&mut self) {
        // Time passes, for those who measure it.
        self.moment.monotonic += Duration::from_micros(10);
        self.moment.real += Duration::from_micros(10);
        let Self { chain, arenas, lines, moment, request } = self;
        let mut run = chain.begin(arenas.take(), mem::take(lines));
        let request = black_box(&*request);
        let mut before = chain.before(&mut run, request, *moment);
        // What is cached is verified by a job once.
        while let Before::Wait(job) = before {
            before = chain.resume(&mut run, request, *moment, job.run());
        }
        assert!(matches!(before, Before::Handle), "{before:?}");
        let mut after = chain.after(&mut run, request, *moment, black_box(&Answered));
        while let After::Wait(job) = after {
            after = chain.resume_after(&mut run, request, *moment, &Answered, job.run());
        }
        assert!(matches!(after, After::Done), "{after:?}");
        assert!(run.take_error().is_none());
        let finished = run.finish();
        *lines = black_box(finished.overlay).into_buffer();
        arenas.put(finished.arena);
    }

    /// The phase before alone, in a request that has begun.
    pub fn begin(&mut self) -> Run {
        self.chain.begin(self.arenas.take(), Vec::new())
    }

    /// That phase, once more.
    pub fn before(&self, run: &mut Run) -> bool {
        matches!(self.chain.before(run, black_box(&self.request), self.moment), Before::Handle)
    }
}
