//! A line for each request.

mod builder;
mod escape;
mod line;
mod queue;
mod time;

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

pub use self::builder::RequestLogBuilder;
pub use self::line::LogFormat;

use self::line::Entry;
use self::queue::Queue;
use self::time::Second;
use super::began;
use super::request_id::RequestIdentifier;
use super::trusted_proxies::TrustedProxies;
use crate::context::Context;
use crate::flow::{Done, Flow, Result};
use crate::middleware::Middleware;
use crate::phase::Phases;

thread_local! {
    /// Where a line is put together, outside of the lock under which it is handed over, and the second of the one before.
    static LINE: RefCell<(Vec<u8>, Second)> = const { RefCell::new((Vec::new(), Second::new())) };
}

/// Writes a line for each request, whoever answers it, without I/O on the way of the request.
///
/// A line is put together in memory and handed to a thread that writes many of them at once. What waits is bounded: while the
/// disk is slower than the requests, lines are dropped and [counted](RequestLogHandle::dropped), and requests go on. So they do
/// when nothing can be written at all.
///
/// What a client sends is escaped, so that it can't forge a line, break JSON or reach a terminal; fields of more than 4,096
/// bytes are cut. `Authorization` and `Cookie` are never logged; the query is, unless it is [left out](RequestLogBuilder::query).
/// The client is who has opened the connection, unless that is a [trusted proxy](RequestLogBuilder::proxies), and the bytes are
/// those of the content as they are planned: who breaks off a download got fewer.
///
/// What a server refuses before there is a request, as the gate of `catzilla-server` does with a malformed head, goes through
/// no chain, and has no line.
///
/// It writes to whatever it is given and opens nothing again. A file is opened to append: then it may be truncated while it is
/// written to (`copytruncate` of logrotate); one that is moved away is written to until the process starts anew.
///
/// The user is the name by which [`BasicAuth`](super::BasicAuth) has let somebody in, or the subject (`sub`) of a token that
/// [`Jwt`](super::Jwt) has, which may be an address of e-mail. It is known where they are in the same chain, or in that of a
/// mount; what the chain of a route finds out stays in it.
///
/// The duration, which JSON has, is that from the phase before the handler to the phase after, where the log is [last](Middleware::is_last): it
/// sees the answer as it is sent. Only what the chain of a route makes of it comes after the chains before that.
///
/// When it is dropped, which is with the last clone of its chain, the thread writes what is left and ends. The drop doesn't
/// wait for that, as it may be that of a request: before a process ends, [wait for it](RequestLogHandle::close).
///
/// ```
/// use catzilla_middleware_engine::builtin::{LogFormat, RequestLog};
///
/// let log = RequestLog::builder().format(LogFormat::Json).start(std::io::stdout())?;
/// let handle = log.handle();
/// // ...
/// assert_eq!(handle.dropped(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct RequestLog {
    name: Cow<'static, str>,
    format: LogFormat,
    query: bool,
    proxies: TrustedProxies,
    handle: RequestLogHandle,
}

impl RequestLog {
    /// Begins one.
    pub fn builder() -> RequestLogBuilder {
        RequestLogBuilder::default()
    }

    /// Tells how it goes while it is in a chain.
    pub fn handle(&self) -> RequestLogHandle {
        self.handle.clone()
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        self.handle.queue.close();
    }
}

/// Tells how a [`RequestLog`] goes.
#[derive(Debug, Clone)]
pub struct RequestLogHandle {
    queue: Arc<Queue>,
}

impl RequestLogHandle {
    /// Lines for which there was no room.
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    /// Lines that could not be written, or not all of them: of a buffer whose writing has failed, all count.
    pub fn failed(&self) -> u64 {
        self.queue.failed()
    }

    /// Waits until what was logged before is written, or couldn't be; `false` when it isn't in that time. It blocks.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.queue.flush(timeout)
    }

    /// Ends the log, and waits until all is written; `false` when it isn't in that time. Lines that come later are dropped and
    /// [counted](Self::dropped). It blocks.
    pub fn close(&self, timeout: Duration) -> bool {
        self.queue.close();
        self.queue.wait_for_end(timeout)
    }
}

impl Middleware for RequestLog {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        10
    }

    fn is_last(&self) -> bool {
        true
    }

    /// The other formats don't say how long a request took, and nobody need know when it began.
    fn phases(&self) -> Phases {
        if self.format == LogFormat::Json { Phases::BEFORE | Phases::AFTER } else { Phases::AFTER }
    }

    fn before(&self, cx: &mut Context<'_>) -> Result<Flow> {
        began::begin(cx)?;
        Ok(Flow::Next)
    }

    fn after(&self, cx: &mut Context<'_>) -> Result<Done> {
        let request = cx.request;
        let method = request.method();
        // What a format doesn't write isn't looked for.
        let (has_agents, is_json) =
            (self.format != LogFormat::Common, self.format == LogFormat::Json);
        let named = |name: &str| if has_agents { request.field(name) } else { None };
        let referer = named("referer");
        let entry = Entry {
            time: cx.moment.real,
            client: self.proxies.client(request),
            user: user(cx),
            host: if is_json { request.authority() } else { None },
            method,
            path: request.path(),
            query: request.query().filter(|_| self.query),
            protocol: request.protocol(),
            status: cx.response.status().unwrap_or_default(),
            bytes: cx.response.content_length().filter(|_| method != "HEAD"),
            took: if is_json { began::took(cx) } else { None },
            referer: if self.query { referer } else { referer.map(without_query) },
            user_agent: named("user-agent"),
            request_id: if is_json { cx.arena.get().map(RequestIdentifier::as_str) } else { None },
        };
        LINE.with_borrow_mut(|(line, second)| {
            line.clear();
            entry.write(self.format, second, line);
            self.handle.queue.push(line);
        });
        Ok(Done::Next)
    }
}

/// Who has shown who they are: by name and password, or as the subject of a token.
#[cfg_attr(
    not(any(feature = "basic-auth", feature = "jwt")),
    expect(unused_variables, reason = "nobody shows who they are")
)]
fn user<'a>(cx: &Context<'a>) -> Option<&'a str> {
    #[cfg(feature = "basic-auth")]
    if let Some(user) = cx.arena.get::<super::BasicUser>() {
        return Some(user.name());
    }
    #[cfg(feature = "jwt")]
    if let Some(claims) = cx.arena.get::<Arc<super::Claims>>() {
        return claims.subject();
    }
    None
}

/// And without a fragment, which has no place there at all.
fn without_query(address: &[u8]) -> &[u8] {
    let end = address.iter().position(|byte| b"?#".contains(byte));
    &address[..end.unwrap_or(address.len())]
}
