//! How fast, beside whom? What the suites share, and the driver that measures servers side by side.
#![forbid(unsafe_code)]

pub mod client;
#[cfg(target_os = "linux")]
pub mod floor;
pub mod hit_ratio;
pub mod http2;
pub mod micro;
pub mod middleware;
#[cfg(target_os = "linux")]
pub mod paced;
mod page;
#[cfg(target_os = "linux")]
pub mod side_by_side;

pub use page::references;
