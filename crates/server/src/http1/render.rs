//! From a plan to bytes: the status line, what depends on the connection, the block, the body.

use super::date_line::DateLine;
use super::outbox::Outbox;
use super::request_line::Method;
use crate::held::{HeldSlice, Place};
use crate::plan::{Block, Body, Piece, ResponsePlan};

/// Bodies up to this many bytes are copied behind their head: one `send` of one run costs less than a
/// `writev` of two (measured; 8 KiB is where they meet).
pub(super) const COPIED: usize = 8 * 1024;

/// What the response says about the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Persistence {
    /// Nothing: HTTP/1.1 lives on by itself.
    Implied,
    /// `keep-alive`, for HTTP/1.0.
    SaidSo,
    /// `close`
    Close,
    /// `upgrade`: another protocol takes its place.
    Upgrade,
}

/// How the head says where the content ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes.
    Counted(u64),
    /// In chunks (RFC 9112 section 7.1).
    Chunked,
    /// Not at all: there is none, or it ends with the connection.
    Unsaid,
}

/// Renders a response to the end of the outbox.
pub(super) fn render(
    plan: ResponsePlan,
    method: Method,
    persistence: Persistence,
    outbox: &mut Outbox,
    date: &DateLine,
) {
    let bodiless = plan.status.is_bodiless();
    // What the body has, not what the plan says, so that the two can't disagree about where the next
    // response begins. RFC 9110 section 8.6: none in 1xx and 204, and 304 needs none.
    let length = if method == Method::Head { plan.length } else { Some(plan.body.len()) };
    let framing = match length {
        Some(length) if !bodiless => Framing::Counted(length),
        _ => Framing::Unsaid,
    };
    debug_assert!(
        method == Method::Head || bodiless || plan.length.unwrap_or(0) == plan.body.len(),
        "a plan's length is that of its body"
    );
    let body = head(plan, framing, persistence, outbox, date);
    if method == Method::Head || bodiless {
        if let Body::Buffer(buffer) = body {
            outbox.spend(buffer);
        }
    } else {
        push(body, outbox);
    }
    outbox.end_response();
}

/// Renders a head, and gives back the body that is to follow.
pub(super) fn head(
    plan: ResponsePlan,
    framing: Framing,
    persistence: Persistence,
    outbox: &mut Outbox,
    date: &DateLine,
) -> Body {
    let out = outbox.rendered();
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(itoa::Buffer::new().format(plan.status.code()).as_bytes());
    out.push(b' ');
    out.extend_from_slice(plan.status.reason().as_bytes());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(date.as_bytes());
    match persistence {
        Persistence::Implied => {}
        Persistence::SaidSo => out.extend_from_slice(b"connection: keep-alive\r\n"),
        Persistence::Close => out.extend_from_slice(b"connection: close\r\n"),
        Persistence::Upgrade => out.extend_from_slice(b"connection: upgrade\r\n"),
    }
    match framing {
        Framing::Counted(length) => {
            out.extend_from_slice(b"content-length: ");
            out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        Framing::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        Framing::Unsaid => {}
    }
    plan.overlay.apply(plan.block.as_bytes(), out);
    out.extend_from_slice(b"\r\n");
    if let Block::Scratch(buffer) = plan.block {
        outbox.spend(buffer);
    }
    if !plan.overlay.is_empty() {
        outbox.spend(plan.overlay.into_buffer());
    }
    plan.body
}

fn push(body: Body, outbox: &mut Outbox) {
    match body {
        Body::None => {}
        Body::Memory(bytes) if bytes.len() <= COPIED => outbox.rendered().extend_from_slice(&bytes),
        Body::Memory(bytes) => outbox.push_memory(bytes),
        Body::Held(slice) => held(slice, outbox),
        Body::Buffer(buffer) if buffer.len() <= COPIED => {
            outbox.rendered().extend_from_slice(&buffer);
            outbox.spend(buffer);
        }
        Body::Buffer(buffer) => outbox.push_buffer(buffer),
        Body::File(slice) => outbox.push_file(slice),
        Body::Parts(pieces) => {
            for piece in pieces {
                match piece {
                    Piece::Bytes(bytes) if bytes.len() <= COPIED => {
                        outbox.rendered().extend_from_slice(&bytes);
                    }
                    Piece::Bytes(bytes) => outbox.push_memory(bytes),
                    Piece::Held(slice) => held(slice, outbox),
                    Piece::File(slice) => outbox.push_file(slice),
                }
            }
        }
    }
}

fn held(slice: HeldSlice, outbox: &mut Outbox) {
    match slice.place() {
        Place::Memory(bytes) if bytes.len() <= COPIED => {
            outbox.rendered().extend_from_slice(bytes);
        }
        Place::Sealed(sealed, offset) if slice.len() <= COPIED => {
            let rendered = outbox.rendered();
            let begin = rendered.len();
            rendered.resize(begin + slice.len(), 0);
            if !matches!(sealed.read_at(&mut rendered[begin..], offset), Ok(n) if n == slice.len())
            {
                rendered.truncate(begin);
                outbox.push_held(slice);
            }
        }
        _ => outbox.push_held(slice),
    }
}
