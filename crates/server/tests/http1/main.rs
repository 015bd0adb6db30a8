//! The HTTP/1.1 engine over memory: no socket, no file, no clock.

mod allocation;
mod bodies;
mod connection;
mod differential;
mod driver;
mod gate;
mod laws;
mod rendering;
mod streaming;
mod torn;

#[global_allocator]
static ALLOCATOR: catzilla_testkit::counting::Counting = catzilla_testkit::counting::Counting;
