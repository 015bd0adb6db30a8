//! What the HTTP/2 engine is made of, over memory: no socket, no file, no clock.
#![cfg(feature = "server")]

mod allocation;
mod caller;
mod connection;
mod driver;
mod examples;
mod laws;
mod owner;
mod refused;
mod windows;

#[global_allocator]
static ALLOCATOR: catzilla_testkit::counting::Counting = catzilla_testkit::counting::Counting;
