#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod limits;
mod status;

pub use limits::Limits;
pub use status::Status;
