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
    pub(super) request: Half,
    /// How far the response has gone.
    pub(super) response: Half,
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
    /// Bytes of the room for what is sent that its owner may fill.
    pub(super) reserved: usize,
    /// Whether it is among those that wait for room, or for the window of the connection.
    pub(super) is_waiting: bool,
    waker: Option<Waker>,
}

/// Who has given a stream up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    /// This side, or the connection is over.
    Us,
}

/// One direction of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// The head, or content, is still to come.
    Open,
    /// It has ended.
    Ended,
}

impl Stream {
    pub(super) fn new(id: u32, has_body: bool, content_length: Option<u64>, window: i32) -> Self {
        Self {
            id,
            request: if has_body { Half::Open } else { Half::Ended },
            response: Half::Open,
            gone: None,
            window: Window::new(window),
            receiving: Receiving::new(Window::INITIAL),
            content_left: content_length,
            content: BytesMut::new(),
            trailers: None,
            reserved: 0,
            is_waiting: false,
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
            self.request = Half::Ended;
        }
        self.content_left = left;
        self.content.extend_from_slice(data);
        Ok(())
    }

    /// The request has ended.
    ///
    /// # Errors
    /// There is less content than was said.
    pub(super) fn end_request(&mut self) -> Result<(), ErrorCode> {
        judge_end(self.content_left)?;
        self.request = Half::Ended;
        Ok(())
    }

    /// Whether it counts among those that the client may have at a time.
    pub(super) fn is_active(&self) -> bool {
        self.gone.is_none() && (self.request == Half::Open || self.response == Half::Open)
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
