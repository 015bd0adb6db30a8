#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod admission;
mod cache_control;
mod clock;
mod conditions;
mod error_page;
mod exchange;
mod fetch;
mod fs;
mod handle;
mod headers;
pub mod http1;
mod jobs;
mod limits;
mod listen;
mod lookup;
mod mime;
mod mount;
mod multipart;
mod outcome;
mod overlay;
mod plan;
mod respond;
mod server;
mod shared;
mod site;
mod stats;
mod status;
mod worker;

pub use cache_control::{CacheControl, PatternError};
pub use catzilla_path_security::{Policy, Symlinks};
pub use clock::{Clock, SystemClock};
pub use fs::{Fs, HostFs, OpenFile, Wait};
pub use handle::Handle;
pub use headers::HeaderError;
pub use limits::Limits;
pub use listen::ListenError;
pub use mime::MimeTypes;
pub use mount::{Mount, MountConfig, MountError};
pub use overlay::{InvalidField, Overlay};
pub use plan::{Block, Body, FileSlice, Piece, ResponsePlan};
pub use server::{BuildError, Server, ServerBuilder};
pub use site::{Site, SiteError};
pub use stats::Stats;
pub use status::Status;
