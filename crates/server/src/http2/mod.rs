//! HTTP/2 (RFC 9113) without I/O: received bytes become requests, answers become frames.
//!
//! The engine owns no socket, no clock and no task. Its caller appends what was received to an
//! [`Input`](crate::http1::Input), asks [`Connection::receive`] what it means, answers, and sends what stands in the
//! [`Output`]. What waits for a window, for room or for content is woken.
//! Each head is written down as HTTP/1.1 has it and passes the same gate.

mod connection;
mod error_code;
mod fields;
mod frame;
mod glitches;
pub mod hpack;
mod output;
mod request;
mod settings;
mod stream;
mod streams;
mod window;

pub use crate::http::Head;
pub use connection::{Connection, Event, Gone, Received, Request};
pub use error_code::ErrorCode;
pub use fields::CodedDate;
pub(crate) use fields::{coded, write_fields};
pub use output::Output;
