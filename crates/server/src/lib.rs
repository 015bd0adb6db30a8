#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(feature = "server"),
    allow(
        dead_code,
        unreachable_pub,
        unused_imports,
        reason = "what workers use of the pipeline beside what is asked of it here"
    )
)]

#[cfg(feature = "server")]
mod admission;
#[cfg_attr(not(feature = "server"), path = "app/absent.rs")]
mod app;
mod asset;
mod asset_key;
#[cfg(feature = "server")]
mod build_error;
mod cache;
mod cache_control;
mod cache_status;
mod cached;
mod chains;
mod clock;
mod conditions;
mod decision;
mod descriptors;
mod direct;
mod error_page;
mod exchange;
mod fetch;
#[cfg(feature = "server")]
mod file_looks;
#[cfg(feature = "server")]
mod followed;
mod foundation;
mod fs;
// Its examples use what these bring.
#[cfg(all(
    doctest,
    feature = "server",
    feature = "basic-auth",
    feature = "jwt",
    feature = "rate-limit"
))]
mod guide;
#[cfg(feature = "server")]
mod handle;
mod headers;
mod held;
mod http;
pub mod http1;
#[cfg(feature = "server")]
#[doc(hidden)]
pub mod http2;
mod improve;
mod jobs;
mod keep;
mod limits;
#[cfg(feature = "server")]
mod listen;
mod load;
mod look;
mod lookup;
mod memory;
mod mime;
mod mount;
mod mount_config;
mod mounting;
mod multipart;
mod notes;
mod open_files;
mod outcome;
mod past;
mod pipeline;
#[cfg(feature = "server")]
mod plain_file;
mod plan;
mod preload;
mod quota;
#[cfg(feature = "server")]
mod reloader;
mod respond;
mod sealed;
#[cfg(feature = "server")]
mod server;
mod service;
#[cfg(feature = "server")]
mod shared;
mod site;
mod source;
#[cfg(feature = "server")]
mod stats;
mod status;
mod step;
mod store;
#[cfg(feature = "server")]
mod tls;
mod watching;
#[cfg(feature = "server")]
mod worker;

#[cfg(not(feature = "server"))]
pub use app::RouteError;
#[cfg(feature = "server")]
pub use app::{
    BodyError, ClientAddress, Methods, OnUpgrade, ParamError, Params, RequestBody, RouteError,
    UpgradeError, Upgraded,
};
#[cfg(feature = "server")]
pub use build_error::BuildError;
pub use cache::CacheConfig;
pub use cache_control::{CacheControl, PatternError};
pub use catzilla_content_coding::{Coding, Codings, Level};
pub use catzilla_file_watcher::{Freshness, Invalidation, UnknownInvalidation};
pub use catzilla_hot_cache::{Eviction, Stats as CacheStats};
/// Chains of middlewares, and who may be in them.
pub use catzilla_middleware_engine as middleware;
pub use catzilla_middleware_engine::{InvalidField, Overlay};
pub use catzilla_path_security::{ExtensionError, Policy, Symlinks};
pub use clock::{Clock, SystemClock};
#[cfg(feature = "server")]
pub use followed::FollowError;
pub use foundation::SetupError;
pub use fs::{Fs, HostFs, OpenFile, Wait};
#[cfg(feature = "server")]
pub use handle::Handle;
pub use headers::HeaderError;
pub use held::{HeldBlock, HeldSlice, Place};
pub use limits::{LimitError, Limits};
#[cfg(feature = "server")]
pub use listen::ListenError;
pub use memory::{HostMemory, Memory, MemoryReading};
pub use mime::MimeTypes;
pub use mount::{Mount, MountError};
pub use mount_config::MountConfig;
pub use mounting::Retired;
pub use plan::{Block, Body, FileSlice, Piece, ResponsePlan};
#[cfg(feature = "server")]
pub use reloader::Reloader;
pub use sealed::Sealed;
#[cfg(feature = "server")]
pub use server::{Server, ServerBuilder};
pub use service::{StaticAnswer, StaticBody, StaticBodyError, StaticService, StaticServiceBuilder};
pub use site::{Site, SiteError};
#[cfg(feature = "server")]
pub use stats::Stats;
pub use status::Status;
#[cfg(feature = "server")]
pub use tls::{TlsConfig, TlsError};
