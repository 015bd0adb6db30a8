//! From options to a [`RequestLog`].

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::escape::MAX_FIELD;
use super::queue::Queue;
use super::{LogFormat, RequestLog, RequestLogHandle};
use crate::builtin::config_error::ConfigError;
use crate::builtin::trusted_proxies::TrustedProxies;

/// The longest line: seven fields, each byte of them as the six of `\u0000`.
const MIN_BUFFER: usize = 7 * 6 * MAX_FIELD;

/// The options of a [`RequestLog`].
#[derive(Debug)]
pub struct RequestLogBuilder {
    name: Cow<'static, str>,
    format: LogFormat,
    query: bool,
    proxies: TrustedProxies,
    buffer: usize,
    linger: Duration,
}

impl Default for RequestLogBuilder {
    fn default() -> Self {
        Self {
            name: Cow::Borrowed("request-log"),
            format: LogFormat::default(),
            query: true,
            proxies: TrustedProxies::default(),
            buffer: 1024 * 1024,
            linger: Duration::from_millis(100),
        }
    }
}

impl RequestLogBuilder {
    /// Its name in the chain. Default: `request-log`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// How a line is written. Default: [`LogFormat::Combined`].
    pub fn format(mut self, format: LogFormat) -> Self {
        self.format = format;
        self
    }

    /// Whether queries are logged, those of `Referer` too: they may hold tokens and names. Default: yes.
    pub fn query(mut self, query: bool) -> Self {
        self.query = query;
        self
    }

    /// The proxies whose word about their clients is taken. Default: none, so that the client is who has opened the
    /// connection.
    pub fn proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// How many bytes of lines may wait to be written; as many again may be on their way. When there are more, lines are
    /// dropped and [counted](RequestLogHandle::dropped). Default: 1 MiB.
    pub fn buffer(mut self, bytes: usize) -> Self {
        self.buffer = bytes;
        self
    }

    /// How long a line waits for others before all are written at once; less when the buffer is half full. Default: 100 ms.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    /// The middleware, and the thread that writes its lines to `out`, many at once, with a `flush` behind them.
    ///
    /// # Errors
    /// When the buffer could not hold the longest line, and when there can't be another thread.
    pub fn start(self, out: impl Write + Send + 'static) -> io::Result<RequestLog> {
        if self.buffer < MIN_BUFFER {
            let problem =
                format!("{} bytes are too few: give it {MIN_BUFFER} or more", self.buffer);
            let error = ConfigError::new("request-log", "buffer", problem);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
        }
        let queue = Arc::new(Queue::new(self.buffer));
        let (drained, linger) = (Arc::clone(&queue), self.linger);
        // It isn't joined: the queue knows when it has ended, and one that hangs must not hang others.
        thread::Builder::new()
            .name("request-log".to_owned())
            .spawn(move || drained.drain(out, linger))?;
        Ok(RequestLog {
            name: self.name,
            format: self.format,
            query: self.query,
            proxies: self.proxies,
            handle: RequestLogHandle { queue },
        })
    }
}
