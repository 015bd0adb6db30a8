//! Where handlers run: a runtime of several threads of its own, never a worker. So many requests are in it at a time,
//! and no more.

use std::io;
use std::num::NonZeroUsize;
use std::sync::{Mutex, OnceLock, PoisonError};

use http::Request;
use http::request::Parts;
use tokio::runtime::{Builder, Handle, Runtime};

use super::body::RequestBody;
use super::reply::{Answer, Reply};
use super::routes::Call;
use crate::limits::Limits;
use crate::quota::{Quota, Share};

/// The application's side of a server.
#[derive(Debug)]
pub(crate) struct Application {
    threads: NonZeroUsize,
    handle: OnceLock<Handle>,
    /// What `handle` leads to, as long as it lives.
    runtime: Mutex<Option<Runtime>>,
    places: Quota,
    /// Connections that speak another protocol.
    upgraded: Quota,
    capacity: usize,
}

impl Application {
    pub(crate) fn new(threads: NonZeroUsize, limits: &Limits) -> Self {
        Self {
            threads,
            handle: OnceLock::new(),
            runtime: Mutex::new(None),
            places: Quota::new(limits.max_app_requests as u64),
            upgraded: Quota::new(u64::MAX),
            capacity: limits.max_buffered_body_bytes,
        }
    }

    /// Starts its threads.
    pub(crate) fn start(&self) -> io::Result<()> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(self.threads.get())
            .thread_name("catzilla-app")
            .enable_all()
            .build()?;
        self.handle.get_or_init(|| runtime.handle().clone());
        *self.runtime.lock().unwrap_or_else(PoisonError::into_inner) = Some(runtime);
        Ok(())
    }

    /// Ends what still runs at its next await. A handler that blocks its thread is left behind. Returns how many
    /// connections are cut that spoke another protocol.
    pub(crate) fn stop(&self) -> usize {
        let cut = self.upgraded.taken() as usize;
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
        cut
    }

    /// Takes note of a connection that speaks another protocol.
    pub(crate) fn upgraded(&self) -> Share {
        self.upgraded.overdraw(1)
    }

    /// Does something as a part of its runtime, such as registering a socket there; `None` if there is none any more.
    pub(crate) fn enter<T>(&self, what: impl FnOnce() -> T) -> Option<T> {
        let _here = self.handle.get()?.enter();
        Some(what())
    }

    /// A place for one request, if there is one.
    pub(crate) fn place(&self) -> Option<Share> {
        self.places.take(1)
    }

    /// How much of a body waits between a worker and a handler.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Hands a request over. It is worked on until its answer is complete, or until the `Answer`, or the body that
    /// comes of it, is dropped.
    pub(crate) fn call(
        &self,
        mut call: Call,
        mut parts: Parts,
        body: RequestBody,
        place: Share,
    ) -> Answer {
        let is_head = parts.method == http::Method::HEAD;
        parts.extensions.extend(std::mem::take(call.given()));
        let mut request = Request::from_parts(parts, body);
        if let Some(params) = call.params {
            request.extensions_mut().insert(params);
        }
        let (reply, answer) = Reply::new(self.capacity, is_head, place);
        match self.handle.get() {
            Some(handle) => {
                let endpoint = call.endpoint;
                // The handler is called there, and not here: what it does before its first await may block or panic.
                let work = handle.spawn(async move { endpoint.call(request, reply).await });
                answer.of(work.abort_handle())
            }
            // Not started, so nobody can have asked; if somebody has, there is no answer.
            None => answer,
        }
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        // A runtime that is dropped on a worker's thread would wait for its own, which must not be done there.
        self.stop();
    }
}
