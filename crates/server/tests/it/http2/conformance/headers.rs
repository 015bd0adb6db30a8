//! Sections 6.2 and 6.10: blocks of fields, and how they go on.

use super::judge;
use super::wire::{
    ACK, CANCEL, FRAME_SIZE_ERROR, GET, GOAWAY, PADDED, PRIORITY, PROTOCOL_ERROR, PUSH_PROMISE,
    SETTINGS, STREAM_CLOSED, UNKNOWN, WHOLE, WITH_PRIORITY, begin, continuation, data, get,
    get_with, headers, padded, ping, priority, reset, settings, window_update,
};
use crate::http2::client::{END_HEADERS, END_STREAM, frame, head};

#[test]
fn a_block_belongs_to_a_stream() {
    judge(|rows| {
        rows.connection_error("6.2: on none", &[get(0)], &[PROTOCOL_ERROR]);
        let block = head(&GET);
        rows.connection_error(
            "6.10: a continuation on none",
            &[headers(1, END_STREAM, &block[..9]), continuation(0, END_HEADERS, &block[9..])],
            &[PROTOCOL_ERROR],
        );
    });
}

#[test]
fn padding_and_priorities_are_no_fields() {
    let block = head(&GET);
    judge(|rows| {
        let with_priority = [&priority(0, false, 15)[..], &block].concat();
        let depending = [&priority(11, true, 255)[..], &block].concat();
        let allowed = [
            ("6.2: plain", 0, block.clone()),
            ("6.2: no padding", PADDED, padded(0, &block, 0)),
            ("6.2: padding", PADDED, padded(9, &block, 9)),
            ("6.2: as much padding as there can be", PADDED, padded(255, &block, 255)),
            ("6.2: a priority", WITH_PRIORITY, with_priority.clone()),
            ("6.2: a priority below an idle stream", WITH_PRIORITY, depending),
            ("6.2: both", PADDED | WITH_PRIORITY, padded(9, &with_priority, 9)),
        ];
        for (row, flags, payload) in allowed {
            rows.answered(row, &[headers(1, WHOLE | flags, &payload)]);
        }
        let too_long = [
            ("as long as the payload", PADDED, padded(6, b"", 5)),
            ("longer than the payload", PADDED, padded(255, &block, 9)),
            ("one byte longer", PADDED, padded(block.len() as u8 + 1, &block, 0)),
            ("into the priority", PADDED | WITH_PRIORITY, padded(5, &with_priority[..5], 4)),
        ];
        for (row, flags, payload) in too_long {
            rows.connection_error(
                &format!("6.2: padding {row}"),
                &[headers(1, WHOLE | flags, &payload)],
                &[PROTOCOL_ERROR, FRAME_SIZE_ERROR],
            );
        }
        let cut = [
            ("padding without a length", PADDED, &[][..]),
            ("no priority", WITH_PRIORITY, &[]),
            ("a priority that is cut", WITH_PRIORITY, &[0, 0, 0, 3]),
            ("a padded priority that is cut", PADDED | WITH_PRIORITY, &[0, 0, 0, 0, 3]),
        ];
        for (row, flags, payload) in cut {
            rows.connection_error(
                &format!("6.2: {row}"),
                &[headers(1, WHOLE | flags, payload)],
                &[FRAME_SIZE_ERROR, PROTOCOL_ERROR],
            );
        }
    });
}

#[test]
fn a_block_may_go_on() {
    let block = head(&GET);
    let (first, rest) = block.split_at(9);
    let (second, third) = rest.split_at(9);
    judge(|rows| {
        rows.answered(
            "6.10: once",
            &[headers(1, END_STREAM, first), continuation(1, END_HEADERS, rest)],
        );
        rows.answered(
            "6.10: twice",
            &[
                headers(1, END_STREAM, first),
                continuation(1, 0, second),
                continuation(1, END_HEADERS, third),
            ],
        );
        rows.answered(
            "6.10: after nothing",
            &[headers(1, END_STREAM, b""), continuation(1, END_HEADERS, &block)],
        );
        rows.answered(
            "6.10: with nothing",
            &[headers(1, END_STREAM, &block), continuation(1, END_HEADERS, b"")],
        );
        rows.answered(
            "6.10: with nothing in between",
            &[
                headers(1, END_STREAM, first),
                continuation(1, 0, b""),
                continuation(1, END_HEADERS, rest),
            ],
        );
        rows.answered(
            "6.10: after padding and a priority",
            &[
                headers(1, END_STREAM | PADDED | WITH_PRIORITY, &{
                    padded(9, &[&priority(0, false, 1)[..], first].concat(), 9)
                }),
                continuation(1, END_HEADERS, rest),
            ],
        );
        rows.answered(
            "6.10: before content",
            &[headers(1, 0, first), continuation(1, END_HEADERS, rest), data(1, END_STREAM, b"x")],
        );
        let trailers = head(&[("x", "y")]);
        rows.answered(
            "6.10: in trailers",
            &[
                begin(1, &[]),
                headers(1, END_STREAM, &trailers[..2]),
                continuation(1, END_HEADERS, &trailers[2..]),
            ],
        );
    });
}

#[test]
fn nothing_comes_in_the_midst_of_a_block() {
    let block = head(&GET);
    let (first, rest) = block.split_at(9);
    judge(|rows| {
        let between = [
            ("a priority", frame(PRIORITY, 0, 1, &priority(0, false, 3))),
            ("a priority of another stream", frame(PRIORITY, 0, 3, &priority(0, false, 3))),
            ("a block of another stream", get(3)),
            ("the same block again", headers(1, WHOLE, &block)),
            ("a continuation of another stream", continuation(3, END_HEADERS, rest)),
            ("content", data(1, 0, b"x")),
            ("content of another stream", data(3, 0, b"x")),
            ("a reset", reset(1, CANCEL)),
            ("settings", settings(&[])),
            ("an answer to settings", frame(SETTINGS, ACK, 0, b"")),
            ("a ping", ping([0; 8])),
            ("a goodbye", frame(GOAWAY, 0, 0, &[0; 8])),
            ("a window", window_update(0, 1)),
            ("a window of the stream", window_update(1, 1)),
            ("a promise", frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2])),
            ("5.5: an unknown frame", frame(UNKNOWN, 0, 1, &[0; 8])),
            ("5.5: an unknown frame of the connection", frame(UNKNOWN, 0, 0, &[0; 8])),
        ];
        for (row, between) in between {
            rows.connection_error(
                &format!("4.3, 6.2: {row}"),
                &[
                    headers(1, END_STREAM, first),
                    between.clone(),
                    continuation(1, END_HEADERS, rest),
                ],
                &[PROTOCOL_ERROR],
            );
            rows.connection_error(
                &format!("6.10: {row} after a continuation"),
                &[
                    headers(1, END_STREAM, &first[..4]),
                    continuation(1, 0, &first[4..]),
                    between,
                    continuation(1, END_HEADERS, rest),
                ],
                &[PROTOCOL_ERROR],
            );
        }
    });
}

#[test]
fn only_a_block_goes_on() {
    let more = continuation(1, END_HEADERS, &head(&[("x", "y")]));
    let block = head(&GET);
    judge(|rows| {
        let begun = headers(1, END_STREAM, &block[..9]);
        let before = [
            ("nothing", vec![]),
            ("a block that has ended", begin(1, &[])),
            ("a continuation that has ended", {
                [begun, continuation(1, END_HEADERS, &block[9..])].concat()
            }),
            ("content", [begin(1, &[]), data(1, 0, b"x")].concat()),
            ("settings", settings(&[])),
        ];
        for (row, before) in before {
            // The request itself may be over by then, for which there is another code.
            rows.connection_error(
                &format!("6.10: a continuation after {row}"),
                &[before, more.clone()],
                &[PROTOCOL_ERROR, STREAM_CLOSED],
            );
        }
    });
}

#[test]
fn a_block_may_be_cut_anywhere() {
    let block = get_with(&[("accept", "text/plain"), ("x", "")]);
    judge(|rows| {
        rows.check("6.10: into two", |peer| {
            for (cut, stream) in (0..=block.len()).zip((1..).step_by(2)) {
                let (first, rest) = block.split_at(cut);
                peer.send(&headers(stream, END_STREAM, first));
                peer.send(&continuation(stream, END_HEADERS, rest));
                peer.answers(stream).map_err(|why| format!("{why}, cut at {cut}"))?;
            }
            Ok(())
        });
        // More of them may be taken for a flood.
        rows.check("6.10: into pieces", |peer| {
            for (count, stream) in (3..=5).zip((1..).step_by(2)) {
                let size = block.len().div_ceil(count);
                let mut pieces = block.chunks(size).peekable();
                peer.send(&headers(stream, END_STREAM, pieces.next().unwrap_or_default()));
                while let Some(piece) = pieces.next() {
                    let flags = if pieces.peek().is_none() { END_HEADERS } else { 0 };
                    peer.send(&continuation(stream, flags, piece));
                }
                peer.answers(stream).map_err(|why| format!("{why}, by {size} bytes"))?;
            }
            Ok(())
        });
    });
}
