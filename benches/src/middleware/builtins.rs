//! The built-in middlewares, set up as a site would have them.

use catzilla_middleware_engine::{Chain, ChainBuilder};

/// What the request brings.
pub(super) const AUTHORIZATION: &str = "Basic YWxhZGRpbjpvcGVuc2VzYW1l";

/// Adds a middleware to a chain.
pub type Add = fn(ChainBuilder) -> ChainBuilder;

/// Name and set-up of each.
pub const BUILTINS: &[(&str, Add)] = &[];

/// Eight of them in one chain.
pub fn eight() -> ChainBuilder {
    BUILTINS.iter().fold(Chain::builder(), |chain, (_, add)| add(chain))
}
