//! Between the pipeline and the types of the `http` crate, for servers of others; what HTTP/2 needs of it, too.
//!
//! A request that others have received passes the same gate as one of our own engine ([`Head`]); a plan becomes their
//! response ([`response`]) and its body chunks ([`Content`]).

mod content;
mod head;
mod response;

pub(crate) use content::{Content, Cut};
pub use head::Head;
pub(crate) use response::{content, response};
