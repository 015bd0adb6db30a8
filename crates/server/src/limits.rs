//! Every limit of the server in one place, each with a default that is safe on the open internet.
//! What a limit does when it is reached is told at its field; who enforces it is the code named there.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The most field lines that can be parsed: room for them is on the stack.
pub(crate) const MAX_FIELDS: usize = 256;

/// The limits of a server. `Limits::default()` is meant for the open internet.
///
/// [`ServerBuilder::build`](crate::ServerBuilder::build) refuses values that a server can't work with; where there
/// are such, the field says what is allowed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a request head, from the request line to the blank line; more is 431. 1 to 4 GiB - 1.
    /// Default 16 KiB.
    pub max_head_bytes: usize,
    /// Bytes of a request target; more is 414. At least 1. Default 8 KiB.
    pub max_target_bytes: usize,
    /// Field lines of a request head or trailer section; more is 431. 1 to 256. Default 100.
    pub max_fields: usize,
    /// Bytes of a request body that nobody wants and that are read and thrown away to keep the
    /// connection; with more the connection closes after the answer. Default 64 KiB.
    pub max_discard_bytes: u64,
    /// Responses collected before they are written, when requests come pipelined. At least 1.
    /// Default 32.
    pub max_batch: usize,
    /// Bytes collected before they are written, likewise. At least 1. Default 64 KiB.
    pub max_batch_bytes: usize,
    /// From the accept to the end of a TLS handshake, waiting for a turn included; then the connection is cut.
    /// Default 10 s.
    pub handshake_timeout: Duration,
    /// TLS handshakes under way on one worker; one more cuts the oldest, whose client has had the longest to finish
    /// it. At least 1. Default 1,024.
    pub max_handshakes: usize,
    /// From the first byte of a head (or the accept, or the TLS handshake) to its blank line; then 408. Default 15 s.
    pub head_timeout: Duration,
    /// How long a connection may wait between two requests; then it is closed. Default 65 s.
    pub idle_timeout: Duration,
    /// A request body must bring, and a reader must take, some bytes within this time
    /// (see `min_progress_bytes`); then the connection is cut. Default 30 s.
    pub progress_timeout: Duration,
    /// How many bytes count as progress within `progress_timeout`. Default 4 KiB.
    pub min_progress_bytes: u64,
    /// How long a closing connection is read and thrown away so that the client sees the last
    /// answer (RFC 9112 section 9.6). Default 2 s.
    pub linger_timeout: Duration,
    /// Requests answered on one connection before it closes. At least 1. Default 100,000.
    pub max_requests_per_connection: u64,
    /// Streams of one HTTP/2 connection at a time; the next one is refused with `REFUSED_STREAM` (RFC 9113 section
    /// 5.1.2). At least 1. Default 128.
    pub max_streams: u32,
    /// Frames of an HTTP/2 connection that bring nothing on, of which a thirtieth is forgiven each second: those of its
    /// settings, pings, empty ones; a stream that is reset counts ten. With more the connection ends with
    /// `ENHANCE_YOUR_CALM` (RFC 9113 section 10.5). At least 100. Default 10,000.
    pub max_glitches: u32,
    /// Connections of all clients. `None`: what the descriptor limit allows. At least 1.
    /// Default `None`.
    pub max_connections: Option<usize>,
    /// Connections of one address; the next one is closed at once. At least 1. Default 1,024.
    pub max_connections_per_address: usize,
    /// Whether clients of this machine are left out of the count by address: a reverse proxy in front is one
    /// address for all its clients. Default yes.
    pub exempt_loopback: bool,
    /// Jobs waiting for the blocking pool; more are answered 503. Default 4,096.
    pub max_queued_jobs: usize,
    /// Requests that are in the application at a time, until their answers are complete; more are answered 503. At
    /// least 1. Default 1,024.
    pub max_app_requests: usize,
    /// How long a handler may take to answer, from when nobody but it is waited for; then 504, and it is dropped at its
    /// next await. The content of its answer may take as long as it likes. Default 60 s.
    pub app_timeout: Duration,
    /// Bytes of content of a request body for the application; more is 413. Default 2 MiB.
    pub max_body_bytes: u64,
    /// Bytes of a body that wait between a worker and a handler, in either direction; then the one who brings them
    /// waits. At least 1. Default 64 KiB.
    pub max_buffered_body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_head_bytes: 16 * 1024,
            max_target_bytes: 8 * 1024,
            max_fields: 100,
            max_discard_bytes: 64 * 1024,
            max_batch: 32,
            max_batch_bytes: 64 * 1024,
            handshake_timeout: Duration::from_secs(10),
            max_handshakes: 1_024,
            head_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(65),
            progress_timeout: Duration::from_secs(30),
            min_progress_bytes: 4 * 1024,
            linger_timeout: Duration::from_secs(2),
            max_requests_per_connection: 100_000,
            max_streams: 128,
            max_glitches: 10_000,
            max_connections: None,
            max_connections_per_address: 1_024,
            exempt_loopback: true,
            max_queued_jobs: 4_096,
            max_app_requests: 1_024,
            app_timeout: Duration::from_mins(1),
            max_body_bytes: 2 * 1024 * 1024,
            max_buffered_body_bytes: 64 * 1024,
        }
    }
}

impl Limits {
    /// Refuses what would stop the server from working, or would silently mean something else.
    pub(crate) fn check(&self) -> Result<(), LimitError> {
        let any = 1..=u64::MAX;
        let max_head_bytes = 1..=u64::from(u32::MAX);
        let max_connections = self.max_connections.unwrap_or(usize::MAX);
        [
            ("max_head_bytes", self.max_head_bytes as u64, max_head_bytes),
            ("max_target_bytes", self.max_target_bytes as u64, any.clone()),
            ("max_fields", self.max_fields as u64, 1..=MAX_FIELDS as u64),
            ("max_batch", self.max_batch as u64, any.clone()),
            ("max_batch_bytes", self.max_batch_bytes as u64, any.clone()),
            ("max_handshakes", self.max_handshakes as u64, any.clone()),
            ("max_requests_per_connection", self.max_requests_per_connection, any.clone()),
            ("max_streams", self.max_streams.into(), any.clone()),
            ("max_glitches", self.max_glitches.into(), 100..=u64::MAX),
            ("max_connections", max_connections as u64, any.clone()),
            ("max_connections_per_address", self.max_connections_per_address as u64, any.clone()),
            ("max_app_requests", self.max_app_requests as u64, any.clone()),
            ("max_buffered_body_bytes", self.max_buffered_body_bytes as u64, any),
        ]
        .into_iter()
        .find(|(_, value, allowed)| !allowed.contains(value))
        .map_or(Ok(()), |(name, value, allowed)| Err(LimitError { name, value, allowed }))
    }
}

/// A limit that a server can't work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitError {
    name: &'static str,
    value: u64,
    allowed: RangeInclusive<u64>,
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, allowed } = self;
        write!(f, "the limit {name} can't be {value}: ")?;
        match (allowed.start(), allowed.end()) {
            (least, &u64::MAX) => write!(f, "choose {least} or more"),
            (least, most) => write!(f, "choose a number from {least} to {most}"),
        }
    }
}

impl std::error::Error for LimitError {}
