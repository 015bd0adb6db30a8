//! One stream: what has come on it and what may be sent (RFC 9113 section 5.1).

use std::task::{Context, Waker};

use ::http::header::HeaderMap;
use bytes::BytesMut;

use super::error_code::ErrorCode;
use super::window::{Receiving, Window};

/// A stream that the client has begun, and that its owner hasn't let go.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: u32,
    /// How far the request has come.
    pub(super) request: Incoming,
    /// How far the response has gone.
    pub(super) response: Outgoing,
    /// Who has given it up.
    pub(super) gone: Option<Side>,
    /// What may be sent on it.
    pub(super) window: Window,
    pub(super) receiving: Receiving,
    /// Bytes of content that must still come, if that was said.
    pub(super) content_left: Option<u64>,
    /// Content that nobody has read yet.
    pub(super) content: BytesMut,
    pub(super) trailers: Option<HeaderMap>,
    /// Bytes that its owner may read ahead of what is sent.
    pub(super) reserved: usize,
    /// Whether it is among those that wait for what all streams share.
    pub(super) is_waiting: bool,
    /// Whether it is among those that wait until they may read.
    pub(super) waits_to_read: bool,
    waker: Option<Waker>,
}

/// Who has given a stream up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    /// This side, or the connection is over.
    Us,
}

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Incoming {
    /// Content is still to come, or its end.
    Open,
    /// The same, and nobody will read it.
    Unwanted,
    Ended,
}

/// How far a response has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outgoing {
    /// Its head is still to come.
    Expected,
    Begun,
    Ended,
}

impl Stream {
    pub(super) fn new(id: u32, has_body: bool, content_length: Option<u64>, window: i32) -> Self {
        Self {
            id,
            request: if has_body { Incoming::Open } else { Incoming::Ended },
            response: Outgoing::Expected,
            gone: None,
            window: Window::new(window),
            receiving: Receiving::new(Window::INITIAL),
            content_left: content_length,
            content: BytesMut::new(),
            trailers: None,
            reserved: 0,
            is_waiting: false,
            waits_to_read: false,
            waker: None,
        }
    }

    /// Content has come, and perhaps its end.
    ///
    /// # Errors
    /// Nothing was taken in, and the stream ends with this: the window was overdrawn, or there is more or less content
    /// than was said.
    pub(super) fn receive(&mut self, data: &[u8], is_end: bool) -> Result<(), ErrorCode> {
        self.receiving.take(data.len())?;
        let left = match self.content_left {
            Some(left) => {
                Some(left.checked_sub(data.len() as u64).ok_or(ErrorCode::PROTOCOL_ERROR)?)
            }
            None => None,
        };
        if is_end {
            judge_end(left)?;
        }
        self.content_left = left;
        if self.request == Incoming::Open {
            self.content.extend_from_slice(data);
        }
        if is_end {
            self.request = Incoming::Ended;
        }
        Ok(())
    }

    /// The request has ended.
    ///
    /// # Errors
    /// There is less content than was said.
    pub(super) fn end_request(&mut self) -> Result<(), ErrorCode> {
        judge_end(self.content_left)?;
        self.request = Incoming::Ended;
        Ok(())
    }

    /// Whether it counts among those that the client may have at a time.
    pub(super) fn is_active(&self) -> bool {
        self.gone.is_none() && (self.request != Incoming::Ended || self.response != Outgoing::Ended)
    }

    /// Its owner waits for whatever comes next.
    pub(super) fn wait(&mut self, cx: &Context<'_>) {
        match &mut self.waker {
            Some(known) => known.clone_from(cx.waker()),
            None => self.waker = Some(cx.waker().clone()),
        }
    }

    /// Something has come.
    pub(super) fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// Section 8.1.1: all has come that was said to come.
fn judge_end(left: Option<u64>) -> Result<(), ErrorCode> {
    match left {
        Some(1..) => Err(ErrorCode::PROTOCOL_ERROR),
        _ => Ok(()),
    }
}
