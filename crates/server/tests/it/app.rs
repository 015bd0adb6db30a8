//! Applications: routes, handlers and a fallback beside static content.

mod bodies;
mod content;
mod faults;
mod handlers;
mod matching;
mod refused;
mod torn;
mod upgrade;
