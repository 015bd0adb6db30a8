//! HPACK (RFC 7541): fields of HTTP/2 as bytes, and bytes as fields.
//!
//! The [`Decoder`] keeps the table that its peer fills. What [`encode`] writes uses none: it says the same on every
//! connection, so it can be made once and sent to all.
//!
//! ```
//! use catzilla_server::http2::hpack::{Decoder, encode};
//!
//! let mut block = vec![encode::NO_TABLE];
//! encode::status(200, &mut block);
//! encode::field(b"Content-Type", b"text/html", &mut block);
//!
//! let mut text = String::new();
//! Decoder::new(4096)
//!     .decode(&block, &mut |name, value| {
//!         text += &format!("{}={};", name.escape_ascii(), value.escape_ascii());
//!     })
//!     .unwrap();
//! assert_eq!(text, ":status=200;content-type=text/html;");
//! ```

mod decoder;
mod dynamic_table;
pub mod encode;
mod error;
mod huffman;
mod integer;
mod literal;
mod static_table;

/// Bytes of a table for which nothing else was said (RFC 9113 section 6.5.2).
pub const DEFAULT_TABLE_SIZE: u32 = 4096;

pub use decoder::Decoder;
pub use error::Error;
