#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod http1;
mod limits;
mod plan;
mod status;

pub use limits::Limits;
pub use plan::{Block, Body, FileSlice, Overlay, Piece, ResponsePlan};
pub use status::Status;
