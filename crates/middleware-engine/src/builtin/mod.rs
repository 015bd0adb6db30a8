//! Middlewares that most sites want, each with all of its options.
//!
//! Their priorities put them in an order that makes sense without a thought; whoever registers them by
//! [`with_priority`](crate::ChainBuilder::with_priority) has the last word.

mod config_error;
mod cors;

pub use config_error::ConfigError;
pub use cors::{Cors, CorsBuilder};
