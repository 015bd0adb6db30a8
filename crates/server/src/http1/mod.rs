//! HTTP/1.1 (RFC 9112) without I/O: received bytes become events, plans become output.
//!
//! The engine owns no socket, no clock and no task. Its caller appends what was received to an
//! [`Input`], asks [`Connection::next`] what it means, gives each request its
//! [`ResponsePlan`](crate::ResponsePlan), and sends what stands in the [`Outbox`]. Every head is
//! judged by one strict gate before anybody else sees it; statuses are chosen elsewhere.

mod body;
mod connection;
mod date_line;
mod fields;
mod framing;
mod head;
mod head_end;
mod host;
mod input;
mod outbox;
mod pool;
mod refusal;
mod render;
mod request_line;

pub use connection::{Connection, Event, Phase};
pub use date_line::DateLine;
pub use fields::Known;
pub use head::{Request, RequestHead};
pub use input::Input;
pub use outbox::{Outbox, Output};
pub use pool::Pool;
pub use refusal::Refusal;
pub use request_line::{Method, Target};
