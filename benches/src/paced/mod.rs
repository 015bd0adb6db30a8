//! Load at a fixed rate, with latency counted from when each request was due.
//!
//! A closed loop sends the next request when the last one was answered, so that a server that stops also stops being
//! asked: the wait of everybody who would have come meanwhile is not in its percentiles. Here requests are due at times
//! that are fixed before, whatever the server does; what can't be sent for want of a free connection waits in line, and
//! its wait counts. The same client can go as fast as answers come, over connections that are all open before
//! anything is counted.
//!
//! Every answer's status and length are compared with what is expected, and the content of a sample by its hash.

mod generator;
mod link;
mod orders;
mod outcome;
mod response;

pub use generator::{Generator, Pace};
pub use orders::{Expected, Order, Orders};
pub use outcome::{Outcome, PERCENTILES};
