//! Chains as a server runs them.

mod drive;

mod failing;
mod laws;
mod order;
