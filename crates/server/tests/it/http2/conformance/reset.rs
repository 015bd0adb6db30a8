//! Section 6.4: streams that the client gives up.

use super::judge;
use super::peer::{Heard, PROBE, Peer, Verdict};
use super::wire::{
    CANCEL, INITIAL_WINDOW_SIZE, NO_ERROR, PING, PROTOCOL_ERROR, STREAM_CLOSED, WHOLE, begin, data,
    get_of, headers, ping, reset, settings, window_update,
};

#[test]
fn a_reset_belongs_to_a_stream_that_was_begun() {
    judge(|rows| {
        rows.connection_error("6.4: on none", &[reset(0, CANCEL)], &[PROTOCOL_ERROR]);
        for stream in [1, 2, 7] {
            rows.connection_error(
                &format!("6.4: on idle stream {stream}"),
                &[reset(stream, CANCEL)],
                &[PROTOCOL_ERROR],
            );
        }
    });
}

#[test]
fn whatever_the_reason_is_the_connection_lives() {
    judge(|rows| {
        let codes = [NO_ERROR, PROTOCOL_ERROR, STREAM_CLOSED, CANCEL, 13, 14, 0xff, u32::MAX];
        for code in codes {
            rows.ignored(&format!("7: code {code}"), &[begin(1, &[]), reset(1, code)]);
            rows.ignored(
                &format!("7: code {code}, after some content"),
                &[begin(1, &[]), data(1, 0, b"x"), reset(1, code)],
            );
        }
    });
}

/// Nothing more comes of stream 1, not even a reset (section 5.4.2).
fn is_silent(peer: &mut Peer) -> Verdict {
    let mark = *b"silence?";
    peer.answers_more(PROBE)?;
    peer.send(&ping(mark));
    while let Heard::Frame(frame) = peer.hear()? {
        if frame.stream == 1 {
            return Err(format!("{frame:?}"));
        }
        if frame.kind == PING && frame.payload == mark {
            return Ok(());
        }
    }
    Err("the connection was closed".to_owned())
}

#[test]
fn what_was_reset_is_not_sent() {
    judge(|rows| {
        rows.check("5.4.2: a response that is blocked", |peer| {
            peer.send(&settings(&[(INITIAL_WINDOW_SIZE, 0)]));
            peer.send(&headers(1, WHOLE, &get_of("/large.bin")));
            peer.send(&reset(1, CANCEL));
            peer.goes_on()?;
            peer.send(&window_update(0, 1_000_000));
            peer.send(&settings(&[(INITIAL_WINDOW_SIZE, 1_000_000)]));
            is_silent(peer)
        });
        rows.check("5.4.2: a request that has not ended", |peer| {
            peer.send(&[begin(1, &[]), data(1, 0, b"x"), reset(1, CANCEL)].concat());
            peer.goes_on()?;
            is_silent(peer)
        });
    });
}
