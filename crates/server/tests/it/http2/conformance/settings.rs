//! Section 6.5: settings of the client.

use super::judge;
use super::peer::{PROBE, Peer, Verdict};
use super::wire::{
    ACK, DATA, ENABLE_PUSH, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GOAWAY, HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE, MAX, MAX_CONCURRENT_STREAMS, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE, PING,
    PROTOCOL_ERROR, SETTINGS, WHOLE, get, get_of, headers, ping, settings, window_update,
};
use crate::http2::client::frame;

#[test]
fn settings_have_their_form() {
    judge(|rows| {
        for len in [1, 6, 12] {
            rows.connection_error(
                &format!("6.5: an answer with {len} bytes"),
                &[frame(SETTINGS, ACK, 0, &vec![0; len])],
                &[FRAME_SIZE_ERROR],
            );
        }
        for flags in [0, ACK] {
            rows.connection_error(
                &format!("6.5: on a stream, flags {flags}"),
                &[frame(SETTINGS, flags, 1, b"")],
                &[PROTOCOL_ERROR],
            );
        }
    });
}

#[test]
fn values_have_their_bounds() {
    judge(|rows| {
        let wrong = [
            (ENABLE_PUSH, 2, PROTOCOL_ERROR),
            (ENABLE_PUSH, u32::MAX, PROTOCOL_ERROR),
            (INITIAL_WINDOW_SIZE, MAX + 1, FLOW_CONTROL_ERROR),
            (INITIAL_WINDOW_SIZE, u32::MAX, FLOW_CONTROL_ERROR),
            (MAX_FRAME_SIZE, 0, PROTOCOL_ERROR),
            (MAX_FRAME_SIZE, (1 << 14) - 1, PROTOCOL_ERROR),
            (MAX_FRAME_SIZE, 1 << 24, PROTOCOL_ERROR),
            (MAX_FRAME_SIZE, u32::MAX, PROTOCOL_ERROR),
        ];
        for (name, value, code) in wrong {
            rows.connection_error(
                &format!("6.5.2: {name} is {value}"),
                &[settings(&[(name, value)])],
                &[code],
            );
            rows.connection_error(
                &format!("6.5.2: {name} is {value}, and then something else"),
                &[settings(&[(MAX_HEADER_LIST_SIZE, 9), (name, value), (ENABLE_PUSH, 0)])],
                &[code],
            );
        }
        let right = [
            (HEADER_TABLE_SIZE, 0),
            (HEADER_TABLE_SIZE, 1),
            (HEADER_TABLE_SIZE, 4096),
            (HEADER_TABLE_SIZE, 1 << 20),
            (HEADER_TABLE_SIZE, u32::MAX),
            (ENABLE_PUSH, 0),
            (ENABLE_PUSH, 1),
            (MAX_CONCURRENT_STREAMS, 0),
            (MAX_CONCURRENT_STREAMS, u32::MAX),
            (INITIAL_WINDOW_SIZE, 1),
            (INITIAL_WINDOW_SIZE, MAX),
            (MAX_FRAME_SIZE, 1 << 14),
            (MAX_FRAME_SIZE, (1 << 24) - 1),
            (MAX_HEADER_LIST_SIZE, 1 << 14),
            (MAX_HEADER_LIST_SIZE, u32::MAX),
        ];
        for (name, value) in right {
            rows.answered(
                &format!("6.5.2: {name} is {value}"),
                &[settings(&[(name, value)]), get(1)],
            );
        }
    });
}

#[test]
fn unknown_settings_are_ignored() {
    judge(|rows| {
        for name in [0, 7, 0x0a, 0xff, 0x1234, 0xffff] {
            rows.answered(
                &format!("6.5.2: setting {name}"),
                &[settings(&[(name, u32::MAX), (name, 0)]), get(1)],
            );
        }
        // Those of RFC 8441 and RFC 9218.
        rows.answered("6.5.2: others that are known", &[settings(&[(8, 1), (9, 1)]), get(1)]);
    });
}

/// So many answers to settings come before the answer to this ping.
fn answered_before(peer: &mut Peer, expected: usize) -> Verdict {
    let mark = *b"settings";
    peer.send(&ping(mark));
    let mut answers = 0;
    loop {
        let frame = peer.frame()?;
        match frame.kind {
            SETTINGS if frame.flags & ACK != 0 => {
                answers += 1;
                if frame.stream != 0 || !frame.payload.is_empty() {
                    return Err(format!("{frame:?}"));
                }
                if answers > expected {
                    return Err(format!("{answers} answers"));
                }
            }
            GOAWAY => return Err(format!("{frame:?}")),
            // They may follow the ping's.
            PING if frame.payload[..] == mark && answers == expected => return Ok(()),
            PING if frame.payload[..] == mark => peer.send(&ping(mark)),
            _ => {}
        }
    }
}

#[test]
fn settings_are_answered_once_each() {
    judge(|rows| {
        // The first are those of the preface.
        rows.check("6.5.3: those of the preface", |peer| answered_before(peer, 1));
        rows.check("6.5.3: one more", |peer| {
            peer.send(&settings(&[(ENABLE_PUSH, 0)]));
            answered_before(peer, 2)
        });
        rows.check("6.5.3: several", |peer| {
            peer.send(&settings(&[(INITIAL_WINDOW_SIZE, 7)]).repeat(9));
            answered_before(peer, 10)
        });
        rows.check("6.5.3: an answer is not answered", |peer| {
            peer.frame()?;
            peer.send(&frame(SETTINGS, ACK, 0, b""));
            answered_before(peer, 1)?;
            answered_before(peer, 0)
        });
        rows.check("6.5.3: while a response is blocked", |peer| {
            peer.send(&settings(&[(INITIAL_WINDOW_SIZE, 0)]));
            peer.send(&headers(1, WHOLE, &get_of("/large.bin")));
            peer.send(&settings(&[(MAX_FRAME_SIZE, 1 << 15)]));
            answered_before(peer, 3)
        });
    });
}

/// Reads the whole of `large.bin`; says how large the largest frame was.
fn largest_frame(peer: &mut Peer, stream: u32) -> Result<usize, String> {
    let (mut largest, mut content) = (0, Vec::<u8>::new());
    loop {
        let frame = peer.frame()?;
        if frame.stream == stream && frame.kind == DATA {
            largest = largest.max(frame.payload.len());
            content.extend(&frame.payload);
            if super::peer::is_end(&frame) {
                break;
            }
        }
    }
    if content == super::large() { Ok(largest) } else { Err("not the content".to_owned()) }
}

#[test]
fn frames_are_no_larger_than_the_client_takes() {
    let wide = [settings(&[(INITIAL_WINDOW_SIZE, MAX)]), window_update(0, MAX - 65_535)].concat();
    let asked = headers(1, WHOLE, &get_of("/large.bin"));
    judge(|rows| {
        for size in [1_u32 << 14, (1 << 14) + 1, 20_000, 1 << 16, (1 << 24) - 1] {
            rows.check(&format!("4.2: {size} bytes"), |peer| {
                peer.send(&[wide.clone(), settings(&[(MAX_FRAME_SIZE, size)])].concat());
                peer.send(&asked);
                match largest_frame(peer, 1)? {
                    largest if largest <= size as usize => Ok(()),
                    largest => Err(format!("{largest} bytes came")),
                }
            });
        }
        rows.check("4.2: nothing said", |peer| {
            peer.send(&[wide.clone(), asked.clone()].concat());
            match largest_frame(peer, 1)? {
                largest if largest <= 1 << 14 => Ok(()),
                largest => Err(format!("{largest} bytes came")),
            }
        });
        rows.check("6.5.3: less than before", |peer| {
            peer.send(&settings(&[(INITIAL_WINDOW_SIZE, 0), (MAX_FRAME_SIZE, 1 << 16)]));
            peer.send(&asked);
            peer.goes_on()?;
            peer.send(&settings(&[(MAX_FRAME_SIZE, 1 << 14)]));
            peer.send(&wide);
            match largest_frame(peer, 1)? {
                largest if largest <= 1 << 14 => Ok(()),
                largest => Err(format!("{largest} bytes came")),
            }
        });
    });
}

#[test]
fn a_table_of_no_size_is_not_referred_to() {
    judge(|rows| {
        rows.check("RFC 7541 4.2: no table", |peer| {
            peer.send(&settings(&[(HEADER_TABLE_SIZE, 0)]));
            for stream in [1, 3, 5] {
                peer.send(&get(stream));
                let response = peer.response(stream)?;
                let block = super::hpack::walk(&response.head)?;
                if block.greatest_index > 61 || block.size_updates.iter().any(|size| *size > 0) {
                    return Err(format!("{block:?}"));
                }
            }
            peer.answers_more(PROBE)
        });
    });
}
