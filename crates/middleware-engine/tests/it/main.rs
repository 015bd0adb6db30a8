//! Chains as a server runs them.

mod drive;

mod failing;
mod order;
