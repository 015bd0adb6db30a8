//! A file by our service, with something around it or within. Counts of instructions have what its watcher and its keeper do
//! meanwhile in them, some tens per call.

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

/// Where a chain stands.
#[derive(Debug)]
pub enum Within {
    /// Nowhere.
    Nothing,
    /// Before everything.
    Service(ChainBuilder),
    /// Before another mount than that of the file.
    OtherMount(ChainBuilder),
}

type Asked = BoxCloneService<Request<Body>, axum::response::Response, Infallible>;

/// A service that is asked for one file, again and again.
pub struct InService {
    service: Asked,
    runtime: Runtime,
    _folder: TempDir,
}

impl InService {
    /// The service with a chain in it.
    ///
    /// # Errors
    /// When there can be no such file.
    ///
    /// # Panics
    /// When there can't be such a chain.
    pub fn new(within: Within) -> io::Result<Self> {
        Self::around(within, |service| {
            ServiceExt::<Request<Body>>::map_response(service, IntoResponse::into_response)
                .boxed_clone()
        })
    }

    /// The same layers of tower-http as around a router's answer, around the service's.
    ///
    /// # Errors
    /// When there can be no such file.
    pub fn in_tower_http() -> io::Result<Self> {
        Self::around(Within::Nothing, |service| {
            super::in_axum::layered(Router::new().fallback_service(service)).boxed_clone()
        })
    }

    fn around(within: Within, around: impl FnOnce(StaticService) -> Asked) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(&super::driven::PATH[1..]);
        std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        std::fs::write(&path, CONTENT)?;
        // What has just changed isn't kept.
        let hour_ago = SystemTime::now() - Duration::from_hours(1);
        std::fs::File::options().write(true).open(path)?.set_modified(hour_ago)?;
        let chain = |chain: ChainBuilder| chain.timings(Timings::Off).build().expect("a chain");
        let (builder, mut other) =
            (StaticService::builder(), MountConfig::new("/other", folder.path()));
        let builder = match within {
            Within::Nothing => builder,
            Within::Service(it) => builder.middleware(chain(it)),
            Within::OtherMount(it) => {
                other = other.middleware(chain(it));
                builder
            }
        };
        let builder = builder.mount(MountConfig::new("/", folder.path())).mount(other);
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
