//! Heads that fill more than a frame, and content that fills more than a window, as applications have them.

use catzilla_server::{RequestBody, ServerBuilder};
use http::{Method, Request};

use super::judge_with;
use super::peer::{Peer, Verdict, number};
use super::wire::{
    ACK, CONTINUATION, DATA, GET, GOAWAY, HEADERS, INITIAL_WINDOW_SIZE, MAX, MAX_FRAME_SIZE,
    PADDED, RST_STREAM, SETTINGS, WHOLE, WINDOW_UPDATE, data, get_of, headers, padded, settings,
};
use crate::app::handlers::{Text, count, text};
use crate::http2::client::{END_HEADERS, END_STREAM, Frame, head};

/// Bytes of a field that no frame holds if nothing else was agreed on.
const LARGE: usize = 40_000;

async fn large_head(_: Request<RequestBody>) -> Text {
    let mut response = text("a");
    response.headers_mut().insert("x-large", "~".repeat(LARGE).parse().unwrap());
    response
}

fn app(server: ServerBuilder) -> ServerBuilder {
    server.route(Method::GET, "/large-head", large_head).route(Method::POST, "/count", count)
}

/// A block of the server: no frame is too large, and nothing comes in its midst.
fn block(peer: &mut Peer, first: Frame, most: usize) -> Result<Vec<u8>, String> {
    let stream = first.stream;
    let (mut last, mut block) = (first, Vec::new());
    loop {
        if last.payload.len() > most {
            return Err(format!("a frame of {} bytes", last.payload.len()));
        }
        block.extend(&last.payload);
        if last.flags & END_HEADERS != 0 {
            return Ok(block);
        }
        last = peer.frame()?;
        if (last.kind, last.stream) != (CONTINUATION, stream) {
            return Err(format!("a frame of type {} on stream {}", last.kind, last.stream));
        }
    }
}

#[test]
fn large_heads_go_on_in_frames_that_the_client_takes() {
    judge_with(app, |rows| {
        for size in [1 << 14, 20_000, 1 << 15, 1 << 17] {
            rows.check(&format!("4.2, 6.10: frames of {size} bytes"), |peer| {
                peer.send(&settings(&[(MAX_FRAME_SIZE, size)]));
                let streams = [1, 3, 5];
                let asked = streams.map(|stream| headers(stream, WHOLE, &get_of("/large-head")));
                peer.send(&asked.concat());
                let mut missing = streams.len();
                while missing > 0 {
                    let frame = peer.frame()?;
                    match frame.kind {
                        HEADERS => {
                            let block = block(peer, frame, size as usize)?;
                            super::hpack::walk(&block)?;
                            // The field may refer to that of an earlier block.
                            missing -= 1;
                        }
                        GOAWAY | RST_STREAM => return Err(format!("{frame:?}")),
                        _ => {}
                    }
                }
                peer.goes_on()
            });
        }
    });
}

/// What a client may send on the connection, and on one stream of it.
struct Upload {
    connection: i64,
    stream: i64,
}

impl Upload {
    /// The windows at the beginning, for stream 1.
    fn begin(peer: &mut Peer) -> Result<Self, String> {
        let mut upload = Self { connection: 65_535, stream: 65_535 };
        loop {
            let frame = peer.frame()?;
            if frame.kind == SETTINGS && frame.flags & ACK == 0 {
                break;
            }
            upload.hear(&frame)?;
        }
        if let Some((_, size)) =
            peer.settings.iter().rfind(|(name, _)| *name == INITIAL_WINDOW_SIZE)
        {
            upload.stream = i64::from(*size);
        }
        Ok(upload)
    }

    fn hear(&mut self, frame: &Frame) -> Verdict {
        match frame.kind {
            GOAWAY | RST_STREAM | HEADERS => Err(format!("{frame:?}")),
            WINDOW_UPDATE => {
                let window =
                    if frame.stream == 0 { &mut self.connection } else { &mut self.stream };
                let increment = number(&frame.payload);
                *window += i64::from(increment);
                if increment == 0 || *window > i64::from(MAX) {
                    return Err(format!("a window of {window} after {increment} more"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Sends a frame when both windows have room for it.
    fn send(&mut self, peer: &mut Peer, flags: u8, payload: &[u8]) -> Verdict {
        let len = payload.len() as i64;
        while len > self.connection.min(self.stream) {
            let frame = peer.frame().map_err(|why| format!("no window: {why}"))?;
            self.hear(&frame)?;
        }
        self.connection -= len;
        self.stream -= len;
        peer.send(&data(1, flags, payload));
        Ok(())
    }
}

#[test]
fn windows_are_given_back_for_content_and_for_padding() {
    judge_with(app, |rows| {
        let post = [(":method", "POST"), GET[1], (":path", "/count"), GET[3]];
        let pieces = [(16_384, 0, 60), (16_000, 255, 60), (1_000, 255, 120), (5_000, 0, 50)];
        for (content, padding, times) in pieces {
            rows.check(&format!("6.9.1: {times} times {content} and {padding}"), |peer| {
                peer.send(&headers(1, END_HEADERS, &head(&post)));
                let mut upload = Upload::begin(peer)?;
                let content = vec![b'x'; content];
                for _ in 0..times {
                    if padding == 0 {
                        upload.send(peer, 0, &content)?;
                    } else {
                        let payload = padded(padding, &content, padding.into());
                        upload.send(peer, PADDED, &payload)?;
                    }
                }
                peer.send(&data(1, END_STREAM, b""));
                let counted = peer.response(1)?.content;
                let expected = (times * content.len()).to_string();
                if counted == expected.as_bytes() { Ok(()) } else { Err(format!("{counted:?}")) }
            });
        }
        rows.check("6.9.1: several, one after the other, of one connection", |peer| {
            // What one has left over must be there for the next.
            let mut upload = Upload::begin(peer)?;
            for stream in (1..60).step_by(2) {
                peer.send(&headers(stream, END_HEADERS, &head(&post)));
                while upload.connection < 60_000 {
                    let frame = peer.frame().map_err(|why| format!("no window: {why}"))?;
                    if frame.kind == WINDOW_UPDATE && frame.stream == 0 {
                        upload.connection += i64::from(number(&frame.payload));
                    }
                }
                upload.connection -= 60_000;
                peer.send(&data(stream, 0, &[b'x'; 15_000]).repeat(4));
                peer.send(&data(stream, END_STREAM, b""));
            }
            loop {
                let frame = peer.frame()?;
                if (frame.kind, frame.stream) == (DATA, 59) {
                    let is_all = frame.payload == b"60000";
                    return if is_all { Ok(()) } else { Err(format!("{frame:?}")) };
                }
            }
        });
    });
}
