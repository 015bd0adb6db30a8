//! The HTTP/1.1 engine over memory: no socket, no file, no clock.

mod bodies;
mod connection;
mod differential;
mod driver;
mod gate;
mod laws;
