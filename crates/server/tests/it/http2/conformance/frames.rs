//! Section 4: frames, their size, and blocks of fields; section 5.5: what extends the protocol.

use super::judge;
use super::wire::{
    ACK, CANCEL, COMPRESSION_ERROR, DATA, FRAME_SIZE_ERROR, GET, GOAWAY, PADDED, PING, PRIORITY,
    PROTOCOL_ERROR, RST_STREAM, SETTINGS, UNKNOWN, WHOLE, WINDOW_UPDATE, WITH_PRIORITY, begin,
    continuation, data, get, get_with, headers, priority, settings,
};
use crate::http2::client::{END_HEADERS, END_STREAM, frame, head};

/// What more than a frame may carry where nothing else was agreed on.
const TOO_MUCH: usize = (1 << 14) + 1;

#[test]
fn frames_of_unknown_types_are_ignored() {
    judge(|rows| {
        let of = |stream, payload: &[u8]| frame(UNKNOWN, 0xff, stream, payload);
        rows.ignored("4.1: on the connection", &[of(0, &[0; 8])]);
        rows.ignored("4.1: of no length", &[of(0, &[])]);
        rows.ignored("4.1: as large as can be", &[of(0, &vec![0; TOO_MUCH - 1])]);
        rows.ignored("5.5: on an idle stream", &[of(1, &[0; 8])]);
        rows.ignored("5.5: on an idle stream of the server", &[of(2, &[0; 8])]);
        rows.answered("5.5: before a request", &[of(1, &[0; 8]), get(1)]);
        rows.answered(
            "5.5: within a request",
            &[begin(1, &[]), of(1, &[0; 8]), data(1, END_STREAM, b"x")],
        );
        rows.answered("5.5: behind a request", &[get(1), of(1, &[0; 8])]);
        for kind in [0x0a, 0x0b, 0x0c, 0x10, 0x7f, 0x80, 0xff] {
            rows.ignored(&format!("5.5: type {kind}"), &[frame(kind, 0, 0, &[1; 20])]);
        }
    });
}

#[test]
fn flags_that_a_type_does_not_define_are_ignored() {
    const OF_DATA: u8 = !(END_STREAM | PADDED);
    const OF_HEADERS: u8 = !(WHOLE | PADDED | WITH_PRIORITY);
    judge(|rows| {
        let block = head(&GET);
        rows.answered("4.1: of HEADERS", &[headers(1, OF_HEADERS | WHOLE, &block)]);
        rows.answered(
            "4.1: of CONTINUATION",
            &[headers(1, END_STREAM, &block[..9]), continuation(1, 0xff, &block[9..])],
        );
        rows.answered(
            "4.1: of DATA",
            &[begin(1, &[]), data(1, OF_DATA, b"x"), data(1, OF_DATA | END_STREAM, b"")],
        );
        rows.ignored("4.1: of SETTINGS", &[frame(SETTINGS, !ACK, 0, &[])]);
        rows.ignored("4.1: of WINDOW_UPDATE", &[frame(WINDOW_UPDATE, 0xff, 0, &[0, 0, 0, 1])]);
        rows.ignored("4.1: of PRIORITY", &[frame(PRIORITY, 0xff, 1, &priority(0, false, 7))]);
        rows.ignored(
            "4.1: of RST_STREAM",
            &[begin(1, &[]), frame(RST_STREAM, 0xff, 1, &CANCEL.to_be_bytes())],
        );
        rows.check("4.1: of PING", |peer| {
            peer.send(&frame(PING, !ACK, 0, b"flags..."));
            loop {
                let frame = peer.frame()?;
                if frame.kind == PING && frame.payload == b"flags..." {
                    let is_answer = frame.flags & ACK != 0;
                    return if is_answer { peer.goes_on() } else { Err(format!("{frame:?}")) };
                }
            }
        });
    });
}

#[test]
fn the_reserved_bit_of_a_stream_is_ignored() {
    const BIT: u32 = 1 << 31;
    judge(|rows| {
        rows.ignored("4.1: of a ping", &[frame(PING, 0, BIT, &[0; 8])]);
        rows.ignored("4.1: of settings", &[frame(SETTINGS, 0, BIT, &[])]);
        rows.ignored("4.1: of a window", &[frame(WINDOW_UPDATE, 0, BIT, &[0, 0, 0, 1])]);
        rows.answered("4.1: of a request", &[get(BIT | 1)]);
        rows.answered("4.1: of content", &[begin(1, &[]), data(BIT | 1, END_STREAM, b"x")]);
    });
}

#[test]
fn frames_may_be_as_large_as_agreed_and_not_larger() {
    let exceeding = vec![0; TOO_MUCH];
    judge(|rows| {
        rows.answered(
            "4.2: 2^14 bytes of content",
            &[begin(1, &[]), data(1, 0, &exceeding[1..]), data(1, END_STREAM, b"")],
        );
        // The last two bytes make no value.
        let many = vec![(0x1234, 5); (TOO_MUCH - 1) / 6];
        rows.ignored("4.2: almost 2^14 bytes of settings", &[settings(&many)]);
        rows.stream_error(
            "4.2: more content",
            &[begin(1, &[]), data(1, END_STREAM, &exceeding)],
            &[FRAME_SIZE_ERROR],
        );
        let long = get_with(&[("x", &"y".repeat(TOO_MUCH))]);
        rows.connection_error("4.2: more fields", &[headers(1, WHOLE, &long)], &[FRAME_SIZE_ERROR]);
        let (first, rest) = long.split_at(30);
        rows.connection_error(
            "4.2: more fields in a continuation",
            &[headers(1, END_STREAM, first), continuation(1, END_HEADERS, rest)],
            &[FRAME_SIZE_ERROR],
        );
        let more_settings = settings(&vec![(0x1234, 5); TOO_MUCH / 6 + 1]);
        rows.connection_error("4.2: more settings", &[more_settings], &[FRAME_SIZE_ERROR]);
        for (row, kind) in [("ping", PING), ("goodbye", GOAWAY), ("unknown", UNKNOWN)] {
            rows.connection_error(
                &format!("4.2: more, {row}"),
                &[frame(kind, 0, 0, &exceeding)],
                &[FRAME_SIZE_ERROR],
            );
        }
        rows.connection_error(
            "4.2: a length alone that is too large",
            &[vec![0xff, 0xff, 0xff, DATA, 0, 0, 0, 0, 1]],
            &[FRAME_SIZE_ERROR],
        );
    });
}

#[test]
fn frames_of_a_fixed_size_have_that_size() {
    judge(|rows| {
        let fixed = [
            ("6.4: RST_STREAM", RST_STREAM, 1, 4),
            ("6.7: PING", PING, 0, 8),
            ("6.9: WINDOW_UPDATE", WINDOW_UPDATE, 0, 4),
            ("6.9: WINDOW_UPDATE of a stream", WINDOW_UPDATE, 1, 4),
        ];
        for (row, kind, stream, size) in fixed {
            for len in [0, 1, size - 1, size + 1, 2 * size, 100] {
                rows.connection_error(
                    &format!("{row} of {len} bytes"),
                    &[begin(1, &[]), frame(kind, 0, stream, &vec![1; len])],
                    &[FRAME_SIZE_ERROR],
                );
            }
        }
        for len in [0, 4, 7] {
            rows.connection_error(
                &format!("6.8: GOAWAY of {len} bytes"),
                &[frame(GOAWAY, 0, 0, &vec![0; len])],
                &[FRAME_SIZE_ERROR],
            );
        }
        for len in [1, 5, 7, 13] {
            rows.connection_error(
                &format!("6.5: SETTINGS of {len} bytes"),
                &[frame(SETTINGS, 0, 0, &vec![0; len])],
                &[FRAME_SIZE_ERROR],
            );
        }
    });
}

#[test]
fn a_block_that_cannot_be_decoded_ends_the_connection() {
    judge(|rows| {
        let broken: [(&str, &[u8]); 4] = [
            ("a name that is missing", &[0x40]),
            ("a length without end", &[0xff; 8]),
            ("a string that is cut", &[0x00, 0x05, b'a']),
            ("a value that is missing", &[0x00, 0x01, b'a']),
        ];
        for (row, block) in broken {
            rows.connection_error(
                &format!("4.3: {row}"),
                &[headers(1, WHOLE, block)],
                &[COMPRESSION_ERROR],
            );
            rows.connection_error(
                &format!("4.3: {row}, behind a request"),
                &[headers(1, WHOLE, &[&head(&GET), block].concat())],
                &[COMPRESSION_ERROR],
            );
            rows.connection_error(
                &format!("4.3: {row}, in trailers"),
                &[begin(1, &[]), headers(1, WHOLE, block)],
                &[COMPRESSION_ERROR],
            );
        }
    });
}

#[test]
fn an_error_of_the_connection_is_told_and_then_it_is_closed() {
    judge(|rows| {
        rows.check("5.4.1: a goodbye that names the last stream", |peer| {
            peer.send(&[get(1), get(5)].concat());
            peer.answers(5)?;
            peer.send(&frame(PING, 0, 3, &[0; 8]));
            peer.ends(&[PROTOCOL_ERROR])?;
            match peer.last_stream {
                Some(5) => Ok(()),
                other => Err(format!("the last stream was {other:?}")),
            }
        });
        rows.check("5.4.1: nothing is taken any more", |peer| {
            peer.send(&[frame(PING, 0, 3, &[0; 8]), get(1)].concat());
            peer.ends(&[PROTOCOL_ERROR])
        });
    });
}
