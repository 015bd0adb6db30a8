//! Applications: routes, handlers and a fallback beside static content.

mod bodies;
mod content;
mod faults;
pub(crate) mod handlers;
mod matching;
mod refused;
mod torn;
pub(crate) mod upgrade;
