//! What the suite `middleware` measures: chains as a server drives them, and around an axum router.

mod builtins;
mod driven;
mod in_axum;
mod in_service;
mod memory;
mod parts;

pub use builtins::{Add, BUILTINS, eight, equal, jwt};
pub use driven::Driven;
pub use in_axum::{InAxum, ours, plain, tower_http};
pub use in_service::{InService, Within};
pub use memory::{bytes_per_middleware, reuse};
pub use parts::{Part, parts};
