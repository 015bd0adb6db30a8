//! What is asked of the servers.

use crate::side_by_side::site::{SCRIPT, SCRIPT_TWIN, Site};

/// One kind of work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Workload {
    /// Its name in tables and in `--only`.
    pub(super) name: &'static str,
    /// What it is, in a few words.
    pub(super) about: &'static str,
    /// Connections at the same time.
    pub(super) connections: usize,
    /// What travels over them.
    pub(super) work: Work,
    /// Whether a minute's run has it.
    pub(super) quick: bool,
    /// Whether it is done at fixed rates as well, for the time that users wait.
    pub(super) is_paced: bool,
}

/// What travels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Work {
    /// One file of this size, again and again.
    Hot(u64),
    /// The same, over connections that are all open before anything is counted.
    Held(u64),
    /// The same, so many requests at once.
    Pipelined(u64, usize),
    /// The same over HTTP/2, so many streams at once on each connection.
    Http2(u64, usize),
    /// Files of the real site, some far more often than others.
    Site,
    /// A file of this size that the client has already.
    NotModified(u64),
    /// A script in gzip, for clients that accept it.
    Compressed,
    /// A file of the very bytes that the compressed script has.
    CompressedTwin,
    /// Parts of a file of this size.
    Ranges(u64, &'static str),
    /// A file of this size, each over a connection of its own.
    Connect(u64),
    /// One file of this size over TLS, again and again.
    TlsHot(u64),
    /// The same, each with a handshake of its own.
    TlsConnect(u64),
    /// Over HTTP/2 and TLS, so many streams at once.
    TlsHttp2(u64, usize),
    /// Pages with all they need, as a browser asks for them.
    Pages,
    /// Connections that have been answered once and are kept.
    Idle,
}

/// Some servers don't speak it.
pub(super) const HTTP2: &str = "http2-16x32";
impl Work {
    /// Whether it goes over TLS.
    pub(super) fn is_tls(self) -> bool {
        matches!(self, Self::TlsHot(_) | Self::TlsConnect(_) | Self::TlsHttp2(..))
    }

    /// Whether each request has a connection of its own.
    pub(super) fn is_closing(self) -> bool {
        matches!(self, Self::Connect(_) | Self::TlsConnect(_))
    }
}

const KIB: u64 = 1024;

/// Who compresses for each request takes so long that over more connections a round would see no answer.
const FEW: usize = 16;

const fn hot(name: &'static str, about: &'static str, size: u64) -> Workload {
    over_64(name, about, Work::Hot(size))
}

const fn held(name: &'static str, about: &'static str, connections: usize) -> Workload {
    Workload { connections, ..over_64(name, about, Work::Held(KIB)) }
}

const PAGE: Workload = Workload {
    connections: 6,
    ..over_64(
        "page",
        "a page and all it needs over six connections, then again with what is known",
        Work::Pages,
    )
};

/// What shows whether everything starts: no program from elsewhere is needed.
pub(super) const SMOKE: [Workload; 3] = [
    Workload { is_paced: true, ..held("smoke", "1 KiB over connections that are kept", 16) },
    PAGE,
    Workload { connections: 64, ..over_64("idle", "64 connections that wait", Work::Idle) },
];

const fn over_64(name: &'static str, about: &'static str, work: Work) -> Workload {
    Workload { name, about, connections: 64, work, quick: false, is_paced: false }
}

/// All of them, in the order of the report.
pub(super) const WORKLOADS: [Workload; 21] = [
    Workload { quick: true, is_paced: true, ..hot("hot-1k", "1 KiB, kept alive", KIB) },
    hot("hot-10k", "10 KiB", 10 * KIB),
    hot("hot-100k", "100 KiB", 100 * KIB),
    hot("hot-1m", "1 MiB", KIB * KIB),
    Workload {
        quick: true,
        ..over_64("pipelined-16", "1 KiB, 16 requests at once", Work::Pipelined(KIB, 16))
    },
    Workload {
        connections: 16,
        ..over_64(HTTP2, "1 KiB over HTTP/2, 32 streams at once", Work::Http2(KIB, 32))
    },
    Workload {
        quick: true,
        is_paced: true,
        ..over_64("site", "5,000 files of a real site, skewed", Work::Site)
    },
    Workload {
        quick: true,
        connections: FEW,
        ..over_64("compressed", "a script of 137 KB, gzip accepted", Work::Compressed)
    },
    Workload {
        connections: FEW,
        ..over_64("compressed-twin", "a file of the bytes that it is then", Work::CompressedTwin)
    },
    over_64("not-modified", "10 KiB that the client has: 304", Work::NotModified(10 * KIB)),
    over_64("range", "1,000 bytes of 100 KiB: 206", Work::Ranges(100 * KIB, "bytes=40000-40999")),
    over_64(
        "ranges",
        "three parts of 100 KiB: multipart/byteranges",
        Work::Ranges(100 * KIB, "bytes=0-499,40000-40499,-500"),
    ),
    over_64("connect", "1 KiB, a new connection per request", Work::Connect(KIB)),
    over_64("tls-hot-1k", "1 KiB over TLS, kept alive", Work::TlsHot(KIB)),
    over_64("tls-hot-100k", "100 KiB over TLS, kept alive", Work::TlsHot(100 * KIB)),
    over_64("tls-connect", "1 KiB over TLS, a full handshake per request", Work::TlsConnect(KIB)),
    Workload {
        connections: 16,
        ..over_64(
            "tls-http2-16x32",
            "1 KiB over HTTP/2 and TLS, 32 streams at once",
            Work::TlsHttp2(KIB, 32),
        )
    },
    held("connections-1000", "1 KiB over 1,000 connections that are open before", 1_000),
    held("connections-10000", "1 KiB over 10,000 connections that are open before", 10_000),
    PAGE,
    Workload {
        connections: 15_000,
        quick: true,
        ..over_64("idle", "15,000 connections that wait", Work::Idle)
    },
];

/// One request.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    pub(super) path: String,
    /// Fields beside `Host`.
    pub(super) fields: Vec<(&'static str, String)>,
}

impl Request {
    pub(super) fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), fields: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// As it travels.
    pub(super) fn text(&self) -> String {
        let mut text = format!("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", self.path);
        for (name, value) in &self.fields {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text + "\r\n"
    }
}

impl Workload {
    pub(super) fn find(name: &str) -> Option<Self> {
        WORKLOADS.into_iter().chain(SMOKE).find(|workload| workload.name == name)
    }

    /// The paths it asks for, below the server's prefix.
    pub(super) fn paths(&self, site: &Site) -> Vec<String> {
        match self.work {
            Work::Hot(len)
            | Work::Held(len)
            | Work::Pipelined(len, _)
            | Work::Http2(len, _)
            | Work::NotModified(len)
            | Work::Ranges(len, _)
            | Work::Connect(len)
            | Work::TlsHot(len)
            | Work::TlsHttp2(len, _)
            | Work::TlsConnect(len) => vec![Site::path_of_size(len)],
            Work::Compressed => vec![SCRIPT.to_owned()],
            Work::CompressedTwin => vec![SCRIPT_TWIN.to_owned()],
            Work::Site => site.paths.clone(),
            Work::Pages => site.pages.clone(),
            Work::Idle => vec![Site::path_of_size(KIB)],
        }
    }

    /// How much content a response of the floor has here, so that it stands for the mean of the others.
    pub(super) fn floor_size(&self, site: &Site) -> u64 {
        match self.work {
            Work::Hot(len)
            | Work::Held(len)
            | Work::Pipelined(len, _)
            | Work::Http2(len, _)
            | Work::Connect(len)
            | Work::TlsHot(len)
            | Work::TlsHttp2(len, _)
            | Work::TlsConnect(len) => len,
            Work::Compressed | Work::CompressedTwin => site.coded_len,
            Work::Site | Work::Pages => site.mean_size(),
            Work::NotModified(_) => 0,
            Work::Ranges(_, ranges) => 1_000 + 800 * ranges.matches(',').count() as u64 / 2,
            Work::Idle => KIB,
        }
    }

    /// Whether it asks for files of the real site.
    pub(super) fn needs_real_site(&self) -> bool {
        // The script is one of its files.
        matches!(self.work, Work::Site | Work::Pages | Work::Compressed | Work::CompressedTwin)
    }

    /// Whether its load is wrk's.
    pub(super) fn needs_wrk(&self) -> bool {
        !matches!(self.work, Work::Pages | Work::Idle | Work::Held(_)) && !self.is_http2()
    }

    /// Whether it is spoken over HTTP/2, without TLS by prior knowledge; its load is h2load's then.
    pub(super) fn is_http2(&self) -> bool {
        matches!(self.work, Work::Http2(..) | Work::TlsHttp2(..))
    }
}
