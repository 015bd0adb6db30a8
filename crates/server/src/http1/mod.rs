//! HTTP/1.1 (RFC 9112) without I/O: received bytes become events, plans become output.
//!
//! The engine owns no socket, no clock and no task. Its caller appends what was received to an
//! [`Input`], asks [`Connection::next`] what it means, gives each request its
//! [`ResponsePlan`](crate::ResponsePlan), and sends what stands in the [`Outbox`]. Every head is
//! judged by one strict gate before anybody else sees it; statuses are chosen elsewhere.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use catzilla_server::http1::{Connection, DateLine, Event, Input, Outbox, Output, RequestHead};
//! use catzilla_server::{Block, Body, Limits, Overlay, ResponsePlan, Status};
//!
//! let limits = Limits::default();
//! let date = DateLine::new(SystemTime::now());
//! let (mut engine, mut outbox) = (Connection::new(), Outbox::new());
//! let (mut input, mut head) = (Input::new(), RequestHead::default());
//!
//! // Two requests have come in one piece, the second of them in part.
//! input.vacant().extend_from_slice(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /n");
//! loop {
//!     match engine.next(&mut input, &mut head, &limits) {
//!         Event::Request => {
//!             let method = engine.request(&input, &head).method();
//!             let body = format!("{method:?}").into_bytes();
//!             let plan = ResponsePlan {
//!                 status: Status::OK,
//!                 block: Block::Static(b"content-type: text/plain\r\n"),
//!                 overlay: Overlay::default(),
//!                 length: Some(body.len() as u64),
//!                 body: Body::Buffer(body),
//!                 close: false,
//!             };
//!             engine.answer(plan, &mut input, &mut outbox, &date, &limits);
//!         }
//!         Event::Read => break,
//!         other => panic!("not in this example: {other:?}"),
//!     }
//! }
//! let Some(Output::Bytes { first, .. }) = outbox.front() else { panic!("it was answered") };
//! assert!(first.starts_with(b"HTTP/1.1 200 OK\r\n") && first.ends_with(b"\r\n\r\nGet"));
//! ```

mod body;
mod connection;
mod date_line;
mod event;
mod fields;
mod framing;
mod head;
mod head_end;
mod host;
mod input;
mod outbox;
mod pool;
mod preface;
mod refusal;
mod render;
mod request_line;

pub use connection::{Connection, ContentError};
pub use date_line::DateLine;
pub use event::{Event, Phase};
pub use fields::Known;
pub use head::{Request, RequestHead};
pub use input::Input;
pub use outbox::{Outbox, Output};
pub use pool::Pool;
pub(crate) use preface::{First, PREFACE, judge as judge_preface};
pub use refusal::Refusal;
pub(crate) use request_line::TLS_HANDSHAKE;
pub use request_line::{Method, Target};
