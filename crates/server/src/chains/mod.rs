//! The chains of middlewares that requests go through: where in a request's life they are called, and what they see.
//! What a chain is, and who is in it, is the business of `catzilla-middleware-engine`.

mod passage;
mod seats;
mod view;

pub(crate) use passage::{Brought, Passages};
pub(crate) use seats::Seats;
pub(crate) use view::Client;
