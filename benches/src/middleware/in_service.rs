//! A file by our service, which does for each request what the server does, with something around it or within.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};
use std::{fmt, io};

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use catzilla_middleware_engine::{ChainBuilder, Timings};
use catzilla_server::{MountConfig, StaticService};
use http::Request;
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::util::BoxCloneService;
use tower::{Service as _, ServiceExt};

/// What the file has: 1 KiB, as `hot-1k` has it.
const CONTENT: &[u8] = &[b'x'; 1024];

/// A service that is asked for one file, again and again.
pub struct InService {
    service: BoxCloneService<Request<Body>, axum::response::Response, Infallible>,
    runtime: Runtime,
    _folder: TempDir,
}

impl InService {
    /// The service alone, or with a chain in it.
    ///
    /// # Errors
    /// When there can be no such file.
    ///
    /// # Panics
    /// When there can't be such a chain.
    pub fn with(chain: Option<ChainBuilder>) -> io::Result<Self> {
        Self::new(chain, |service| {
            ServiceExt::<Request<Body>>::map_response(service, IntoResponse::into_response)
                .boxed_clone()
        })
    }

    /// The same layers of tower-http as around a router's answer, around this one's.
    ///
    /// # Errors
    /// When there can be no such file.
    pub fn in_tower_http() -> io::Result<Self> {
        Self::new(None, |service| {
            super::in_axum::layered(Router::new().fallback_service(service)).boxed_clone()
        })
    }

    fn new(
        chain: Option<ChainBuilder>,
        around: impl FnOnce(
            StaticService,
        )
            -> BoxCloneService<Request<Body>, axum::response::Response, Infallible>,
    ) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(&super::driven::PATH[1..]);
        std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        std::fs::write(&path, CONTENT)?;
        // What has just changed isn't kept.
        let hour_ago = SystemTime::now() - Duration::from_hours(1);
        std::fs::File::options().write(true).open(path)?.set_modified(hour_ago)?;
        let mut builder = StaticService::builder().mount(MountConfig::new("/", folder.path()));
        if let Some(chain) = chain {
            builder = builder.middleware(chain.timings(Timings::Off).build().expect("a chain"));
        }
        let service = around(builder.build().map_err(io::Error::other)?);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { service, runtime, _folder: folder })
    }

    /// # Panics
    /// When it answers otherwise than with the file.
    pub fn call(&mut self) {
        let Self { service, runtime, .. } = self;
        runtime.block_on(async {
            let Ok(response) = service.call(super::in_axum::request()).await;
            assert_eq!(response.status(), 200);
            let (mut body, mut len) = (response.into_body(), 0);
            while let Some(frame) = body.frame().await {
                len += frame.expect("all of it").into_data().map_or(0, |data| data.len());
            }
            assert_eq!(len, CONTENT.len());
        });
    }
}

impl fmt::Debug for InService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InService").finish_non_exhaustive()
    }
}
