//! HTTP/2 by prior knowledge: the same answers as over HTTP/1.1, and no harm from those who mean it.

mod answers;
mod app;
mod attacks;
pub(crate) mod client;
mod conformance;
mod frames;
mod limits;
