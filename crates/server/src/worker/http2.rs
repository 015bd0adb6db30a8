//! An HTTP/2 connection at its worker: the engine of [`crate::http2`], its socket, and those who answer its streams.
//!
//! The connection sends once it has heard all that the client said, so that the answers to many streams travel together:
//! one system call for all of them instead of one each. A stream that is answered at once costs no task; others have
//! one each ([`stream`], and [`call`] for the application).

mod call;
mod connection;
mod handle;
mod stream;

pub(super) use connection::Connection;
pub(super) use stream::Heads;
