//! The same pipeline as a `tower::Service`, for axum, hyper and whoever else speaks their types.
//!
//! Whoever calls it brings the sockets, the framing and the runtime; here is one request and its answer.

mod answer;
mod body;
mod builder;
mod date;
mod keeper;
mod spares;

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::http::Request;
use catzilla_hot_cache::Stats as CacheStats;
use tower_service::Service;

use crate::foundation::SetupError;
use crate::mount_config::MountConfig;
use crate::mounting::{Mounting, Retired};
use crate::pipeline::Pipeline;
use crate::site::SiteError;
use date::Dates;
use keeper::Keeping;
use spares::Spares;

pub use answer::StaticAnswer;
pub use body::{StaticBody, StaticBodyError};
pub use builder::StaticServiceBuilder;

/// Folders as a [`tower::Service`](Service): what the [`Server`](crate::Server) answers, for applications that have a
/// server.
///
/// Statuses, fields and content are those of the server, to the byte; so are the cache, its invalidation and the limits
/// of heads. What belongs to connections is left to whoever has them: sockets, TLS, framing, time limits, `Connection`.
/// Every method but GET, HEAD and OPTIONS is answered 405, and bodies of requests are dropped unread.
///
/// A request is judged by the rules of its version, also when it never travelled, as in tests. One by HTTP/1.1, which is
/// what `http::Request` is if nothing else is said, has exactly one `Host`, or it is answered 400; the authority of its
/// URI is none in its place (RFC 9112 section 3.2). By HTTP/2 either of them does (RFC 9113 section 8.3.1), and neither
/// is 400.
///
/// Clones are the same one. A file is read at once where the kernel has it in memory; what may wait for a disk runs on
/// the blocking pool of the tokio runtime that calls, [`max_queued_jobs`](crate::Limits::max_queued_jobs) at a time, and
/// beyond that is answered 503. One thread watches the folders and one looks at them every second; both end with the
/// last clone, the answers that are still awaited included. Dropping that one waits for the watcher, some
/// milliseconds for thousands of folders.
///
/// A prefix belongs to the mount, and to the path of the request: behind a router that takes prefixes away (`nest` of
/// axum), redirects to folders would lead beside it. Let the router keep it (`fallback_service`, `route_service`).
///
/// # Panics
///
/// An answer that has to wait for a disk panics when it is polled outside of a tokio runtime.
///
/// # Examples
///
/// ```
/// use catzilla_server::StaticService;
/// use http_body_util::BodyExt as _;
///
/// # let runtime = tokio::runtime::Runtime::new()?;
/// # runtime.block_on(async {
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("hello.txt"), "hello")?;
/// let service = StaticService::new(folder.path())?;
///
/// let request = http::Request::get("/hello.txt").header("host", "localhost").body(())?;
/// let Ok(response) = service.serve(request).await;
/// assert_eq!(response.status(), 200);
/// assert_eq!(response.into_body().collect().await?.to_bytes(), "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct StaticService {
    inner: Arc<Inner>,
}

/// What all clones are.
#[derive(Debug)]
struct Inner {
    pipeline: Arc<Pipeline>,
    /// Lives as long as the last clone, and with it what tells the cache what to forget.
    mounting: Mounting,
    dates: Dates,
    spares: Spares,
    _keeper: Keeping,
}

impl StaticService {
    /// Serves a folder at `/`, with the defaults of everything.
    ///
    /// # Errors
    /// When the folder can't be opened.
    pub fn new(dir: impl Into<PathBuf>) -> Result<Self, SetupError> {
        Self::builder().mount(MountConfig::new("/", dir)).build()
    }

    /// Begins a service: nothing mounted.
    pub fn builder() -> StaticServiceBuilder {
        StaticServiceBuilder::new()
    }

    /// The answer to a request, whatever its body is: what [`call`](Service::call) does, for those who have no `&mut`.
    ///
    /// It may be given up at any time. What others wait for, such as a file that is being loaded, is done nonetheless.
    pub fn serve<B>(&self, request: Request<B>) -> StaticAnswer {
        let (parts, _body) = request.into_parts();
        StaticAnswer::new(&self.inner, &parts)
    }

    /// What the cache has counted, and what it holds; `None` without one.
    pub fn cache_stats(&self) -> Option<CacheStats> {
        self.inner.pipeline.store.as_ref().map(|store| store.cache.stats())
    }

    /// Takes memory back from the cache until what it holds weighs no more than `bytes`: for when memory runs short.
    /// Returns how many bytes have left.
    pub fn release_cache_to(&self, bytes: u64) -> u64 {
        self.inner.pipeline.store.as_ref().map_or(0, |store| store.release_to(bytes))
    }

    /// The URL prefixes that are served, longest first.
    pub fn prefixes(&self) -> Vec<String> {
        self.inner.mounting.prefixes()
    }

    /// Serves one more folder from when this returns, in all clones. Waits for disks, so that on an event loop it belongs
    /// into `spawn_blocking`.
    ///
    /// # Errors
    /// As when the service is built: the mount is wrong by itself, or another stands at its prefix. Nothing changes then.
    pub fn mount(&self, config: MountConfig) -> Result<(), SiteError> {
        self.inner.mounting.mount(config)
    }

    /// Serves the folder at this prefix no more. As [`mount`](Self::mount).
    ///
    /// # Errors
    /// When nothing is mounted there.
    pub fn unmount(&self, prefix: &str) -> Result<(), SiteError> {
        self.inner.mounting.unmount(prefix)
    }

    /// Serves a folder in the place of the one at its prefix, from one request to the next. As [`mount`](Self::mount).
    ///
    /// # Errors
    /// When nothing is mounted there, or the new mount is wrong by itself. The old one is served then.
    pub fn replace(&self, config: MountConfig) -> Result<(), SiteError> {
        self.inner.mounting.replace(config)
    }

    /// Serves these folders and no others, from one request to the next. Mounts that are equal to one that is served stay
    /// as they are, with what the cache holds of them. As [`mount`](Self::mount).
    ///
    /// # Errors
    /// As when the service is built. Nothing changes then.
    pub fn set_mounts(
        &self,
        mounts: impl IntoIterator<Item = MountConfig>,
    ) -> Result<(), SiteError> {
        self.inner.mounting.set(mounts.into_iter().collect())
    }

    /// What has been replaced or taken away and is in memory still, for requests that began before.
    pub fn retired(&self) -> Retired {
        self.inner.mounting.retired()
    }
}

impl<B> Service<Request<B>> for StaticService {
    type Response = ::http::Response<StaticBody>;
    type Error = Infallible;
    type Future = StaticAnswer;

    /// Always ready: what is too much is answered 503.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> StaticAnswer {
        self.serve(request)
    }
}
