//! Bodies of requests: read for the caller, or thrown away so that the next request can be found.

use super::{Connection, Event, State};
use crate::http1::body::Piece;
use crate::http1::head::RequestHead;
use crate::http1::input::Input;
use crate::http1::outbox::Outbox;
use crate::http1::refusal::Refusal;
use crate::limits::Limits;

/// How much more than the message at hand is received ahead.
const READ_AHEAD: usize = 4 * 1024;

impl Connection {
    /// Asks for the body of the request instead of throwing it away; one of more than `max_bytes` of content is
    /// refused as soon as that is known. A client that waits for it is told to go on (RFC 9110 section 10.1.1), so the
    /// outbox has to be sent; not so when the answer has begun, which says as much.
    pub fn read_body(&mut self, max_bytes: u64, outbox: &mut Outbox) {
        if self.state == State::Asked {
            self.state = State::Reading;
            self.allowance = max_bytes;
            if self.streaming.is_none() && std::mem::take(&mut self.expects_continue) {
                outbox.rendered().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
                outbox.commit();
            }
        }
    }

    /// Whether receiving more is of use, though nobody asks for it: that the client has gone is seen only by who
    /// receives. A little is received ahead, and no more.
    pub fn may_read_ahead(&self, input: &Input) -> bool {
        input.bytes().len() - self.at < READ_AHEAD
    }

    /// Whether what is left of the body can be thrown away.
    pub(super) fn can_skip_body(&self, limits: &Limits) -> bool {
        match self.body {
            None => true,
            // Nobody knows whether a client that was not told to go on will send it.
            Some(_) if self.expects_continue => false,
            Some(body) => body.left() <= limits.max_discard_bytes,
        }
    }

    /// One step over the body that the caller wants.
    pub(super) fn next_of_body(&mut self, input: &mut Input, limits: &Limits) -> Event {
        let Some(body) = &mut self.body else {
            self.state = State::Asked;
            return Event::BodyEnd;
        };
        loop {
            let taken = self.at;
            match body.next(&input.bytes()[taken..], limits) {
                // A chunk that would be too long need not arrive to be known.
                Ok(Piece::Framing(_) | Piece::More) if body.left() > self.allowance => {
                    return self.refuse(Refusal::BodyTooLarge);
                }
                Ok(Piece::Framing(len)) => self.at += len,
                Ok(Piece::Content(len)) => {
                    if len as u64 + body.left() > self.allowance {
                        return self.refuse(Refusal::BodyTooLarge);
                    }
                    self.allowance -= len as u64;
                    self.at += len;
                    return Event::Body(taken..taken + len);
                }
                Ok(Piece::End(len)) => {
                    self.at += len;
                    self.body = None;
                    self.state = State::Asked;
                    return Event::BodyEnd;
                }
                Ok(Piece::More) => {
                    // What was taken makes room; the head stays for whoever looks at the request.
                    input.remove(self.head_len, taken - self.head_len);
                    self.at = self.head_len;
                    if self.end_of_input {
                        self.state = State::Closing { linger: false };
                        return Event::Close { linger: false };
                    }
                    return Event::Read;
                }
                Err(refusal) => return self.refuse(refusal),
            }
        }
    }

    /// Throws the rest of an unwanted body away, so that the next request can be found.
    pub(super) fn discard(
        &mut self,
        input: &mut Input,
        head: &mut RequestHead,
        limits: &Limits,
    ) -> Event {
        while let Some(body) = &mut self.body {
            let linger = State::Closing { linger: !self.end_of_input };
            match body.next(input.bytes(), limits) {
                Ok(Piece::Framing(len) | Piece::Content(len)) => {
                    input.consume(len);
                    self.discarded += len as u64;
                    // A chunk that would be too long need not arrive to be known.
                    if self.discarded.saturating_add(body.left()) > limits.max_discard_bytes {
                        self.state = linger;
                        return self.next(input, head, limits);
                    }
                }
                Ok(Piece::End(len)) => {
                    input.consume(len);
                    self.body = None;
                }
                Ok(Piece::More) if self.end_of_input => {
                    self.state = State::Closing { linger: false };
                    return Event::Close { linger: false };
                }
                Ok(Piece::More) => return Event::Read,
                // It has been answered already: there is nothing to say, and nothing to trust.
                Err(_) => {
                    self.state = linger;
                    return self.next(input, head, limits);
                }
            }
        }
        self.state = State::Head;
        self.next_head(input, head, limits)
    }
}
