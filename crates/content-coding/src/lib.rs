#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod accept_encoding;
mod coding;
mod encoder;
mod level;
pub mod sidecar;
pub mod vary;
mod verify;
pub mod worth;

pub use accept_encoding::{AcceptEncoding, Preferences, Quality};
pub use coding::{Coding, Codings};
pub use encoder::{Encoder, compress, encoder, memory_estimate};
pub use level::Level;
pub use verify::{Verdict, verify};
