//! HTTP/2 (RFC 9113): the frames are the `h2` crate's business, what is answered is the pipeline's.
//!
//! What the engine writes goes into a buffer ([`outgoing`]) that the connection empties once it has heard all that the
//! client said ([`connection`]), so that the answers to many streams travel together: one system call for all of them
//! instead of one each. A stream that is answered at once costs no task; others have one each ([`stream`], and [`call`] for the
//! application).

mod budget;
mod call;
mod connection;
pub mod hpack;
mod outgoing;
mod socket;
mod stream;

pub(crate) use connection::Connection;
pub(crate) use stream::Heads;
