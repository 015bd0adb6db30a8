//! Between the pipeline and the types of the `http` crate: for HTTP/2, and for servers of others.
//!
//! A request that others have received passes the same gate as one of our own engine ([`Head`]); a plan becomes their
//! response ([`response`]) and its body chunks ([`Content`]).

mod content;
mod field_cache;
mod head;
mod response;

pub(crate) use content::{Chunk, Content, Cut};
pub(crate) use field_cache::FieldCache;
pub(crate) use head::Head;
pub(crate) use response::{head, response};
