//! Chains as a server runs them.

mod drive;

mod failing;
mod order;
#[cfg(feature = "tower")]
mod tower;
#[cfg(feature = "tower")]
mod transaction;
