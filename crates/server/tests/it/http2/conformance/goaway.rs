//! Section 6.8: a client that says goodbye.

use super::judge;
use super::peer::Heard;
use super::wire::{
    DATA, GOAWAY, INITIAL_WINDOW_SIZE, MAX, NO_ERROR, PING, PROTOCOL_ERROR, get, ping, settings,
    window_update,
};
use crate::http2::client::frame;

fn goodbye(last: u32, code: u32, said: &[u8]) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[&last.to_be_bytes()[..], &code.to_be_bytes(), said].concat())
}

#[test]
fn a_goodbye_belongs_to_no_stream() {
    judge(|rows| {
        for stream in [1, 2] {
            rows.connection_error(
                &format!("6.8: on stream {stream}"),
                &[frame(GOAWAY, 0, stream, &[0; 8])],
                &[PROTOCOL_ERROR],
            );
        }
    });
}

#[test]
fn what_was_asked_before_a_goodbye_is_answered() {
    judge(|rows| {
        let goodbyes = [
            ("with nothing to say", goodbye(0, NO_ERROR, b"")),
            ("with something to say", goodbye(0, NO_ERROR, b"good night")),
            ("that knows a stream", goodbye(2, NO_ERROR, b"")),
            ("said twice", goodbye(MAX, NO_ERROR, b"").repeat(2)),
        ];
        for (row, goodbye) in goodbyes {
            rows.check(&format!("6.8: {row}"), |peer| {
                peer.send(&[settings(&[(INITIAL_WINDOW_SIZE, 0)]), get(1), goodbye].concat());
                peer.send(&window_update(1, 1));
                loop {
                    let frame = peer.frame()?;
                    if frame.stream == 1 && frame.kind == DATA {
                        return if frame.payload == b"a" {
                            Ok(())
                        } else {
                            Err(format!("{frame:?}"))
                        };
                    }
                }
            });
        }
    });
}

#[test]
fn after_a_goodbye_pings_are_answered_or_the_connection_ends() {
    judge(|rows| {
        let codes = [NO_ERROR, PROTOCOL_ERROR, 8, 11, 14, 0xff, u32::MAX];
        for code in codes {
            rows.check(&format!("6.8, 7: code {code}"), |peer| {
                let mark = *b"goodbye?";
                peer.send(&[goodbye(0, code, b"said"), ping(mark)].concat());
                loop {
                    match peer.hear()? {
                        Heard::Closed => return Ok(()),
                        Heard::Frame(frame) if frame.kind == PING && frame.payload == mark => {
                            return Ok(());
                        }
                        Heard::Frame(_) => {}
                    }
                }
            });
        }
    });
}
