//! TLS: which certificate is shown, and bytes in records. Who waits for whom is the worker's business.

mod certificates;
mod config;
mod error;
mod identity;
mod protocol;
mod session;
mod validity;

pub use config::TlsConfig;
pub use error::TlsError;

pub(crate) use config::distinct;
pub(crate) use protocol::Protocol;
pub(crate) use session::{Buffer, Session};
