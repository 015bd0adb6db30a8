//! What the engine tells its caller.

use std::ops::Range;

#[cfg(doc)]
use super::connection::Connection;
use super::refusal::Refusal;

/// What the input means, or what the engine needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A request has passed the gate: [`Connection::request`] lends it, [`Connection::answer`] is
    /// expected.
    Request,
    /// Content of the body that [`Connection::read_body`] asked for: bytes of
    /// [`Connection::body`]. They are gone with the next call.
    Body(Range<usize>),
    /// The body that was asked for is complete.
    BodyEnd,
    /// The gate refused what came. One answer is expected, and the connection ends.
    Refused(Refusal),
    /// More input is needed.
    Read,
    /// Between two requests and nothing received: as [`Event::Read`], and the buffers may go.
    Idle,
    /// The client speaks HTTP/2, by prior knowledge (RFC 9113 section 3.3): the input begins with its preface, and is
    /// another engine's to read. Only where [`Connection::may_be_http2`] was set.
    Preface,
    /// Send what stands in the outbox, then end the connection.
    Close {
        /// Whether the client may still be sending: shut down our side, and read and drop its bytes for a
        /// while, or a reset may take the last answer away from it (RFC 9112 section 9.6).
        linger: bool,
    },
}

/// What the connection is busy with: what a time limit goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Between requests, nothing received.
    Idle,
    /// A head has begun.
    Head,
    /// An answer is expected.
    Answering,
    /// A body is received, for the caller or to be thrown away.
    Body,
    /// Nothing more is received.
    Closing,
}
