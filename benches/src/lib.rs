//! How fast, beside whom? What the suites share, and the driver that measures servers side by side.
#![forbid(unsafe_code)]

pub mod micro;
mod page;
pub mod side_by_side;

pub use page::references;
