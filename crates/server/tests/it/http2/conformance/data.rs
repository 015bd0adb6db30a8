//! Section 6.1: content.

use catzilla_server::{RequestBody, ServerBuilder};
use http::{Method, Request};

use super::wire::{
    DATA, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GET, PADDED, PROTOCOL_ERROR, STREAM_CLOSED, begin,
    data, get, headers, padded,
};
use super::{judge, judge_with};
use crate::app::handlers::Text;
use crate::http2::client::{END_HEADERS, END_STREAM, frame, head};

#[test]
fn content_belongs_to_a_stream() {
    judge(|rows| {
        rows.connection_error("6.1: on none", &[data(0, END_STREAM, b"x")], &[PROTOCOL_ERROR]);
        rows.stream_error(
            "6.1: on one that is half-closed",
            &[get(1), data(1, END_STREAM, b"x")],
            &[STREAM_CLOSED],
        );
    });
}

#[test]
fn content_ends_where_it_says_so() {
    judge(|rows| {
        rows.answered("6.1: in one frame", &[begin(1, &[]), data(1, END_STREAM, b"x")]);
        rows.answered(
            "6.1: in several",
            &[begin(1, &[]), data(1, 0, b"x"), data(1, 0, b"yz"), data(1, END_STREAM, b"x")],
        );
        rows.answered("6.1: with nothing in it", &[begin(1, &[]), data(1, END_STREAM, b"")]);
        rows.answered(
            "6.1: with nothing in several",
            &[begin(1, &[]), data(1, 0, b"").repeat(5), data(1, END_STREAM, b"")],
        );
        rows.answered(
            "6.1: in an empty frame behind others",
            &[begin(1, &[("content-length", "1")]), data(1, 0, b"x"), data(1, END_STREAM, b"")],
        );
    });
}

#[test]
fn padding_is_no_content() {
    const FLAGS: u8 = PADDED | END_STREAM;
    judge(|rows| {
        let one = [("content-length", "1")];
        let rows_of = [
            ("none of it", padded(0, b"x", 0)),
            ("some", padded(5, b"x", 5)),
            ("as much as there can be", padded(255, b"x", 255)),
        ];
        for (row, payload) in rows_of {
            rows.answered(
                &format!("6.1: {row}"),
                &[begin(1, &one), frame(DATA, FLAGS, 1, &payload)],
            );
        }
        rows.answered(
            "6.1: alone",
            &[begin(1, &[("content-length", "0")]), data(1, FLAGS, &padded(7, b"", 7))],
        );
        rows.answered(
            "6.1: alone, before the content",
            &[begin(1, &one), data(1, PADDED, &padded(7, b"", 7)), data(1, END_STREAM, b"x")],
        );
    });
}

#[test]
fn padding_leaves_room_for_its_length() {
    judge(|rows| {
        let too_long = [
            ("as long as the payload", padded(6, b"", 5)),
            ("longer", padded(7, b"x", 4)),
            ("as long as can be", padded(255, b"xyz", 10)),
            ("of a payload that is its length alone", padded(1, b"", 0)),
        ];
        for (row, payload) in too_long {
            for flags in [PADDED, PADDED | END_STREAM] {
                rows.connection_error(
                    &format!("6.1: {row}, flags {flags}"),
                    &[begin(1, &[]), data(1, flags, &payload)],
                    &[PROTOCOL_ERROR],
                );
            }
        }
        rows.connection_error(
            "6.1: of which not even the length is there",
            &[begin(1, &[]), data(1, PADDED, b"")],
            &[PROTOCOL_ERROR, FRAME_SIZE_ERROR],
        );
    });
}

/// An application that never looks at what it is sent.
async fn holds(request: Request<RequestBody>) -> Text {
    let _held = request;
    std::future::pending().await
}

#[test]
fn content_beyond_the_window_is_not_taken() {
    let server = |server: ServerBuilder| server.route(Method::POST, "/holds", holds);
    judge_with(server, |rows| {
        let fields = [(":method", "POST"), (":scheme", "http"), (":path", "/holds"), GET[3]];
        let begun = headers(1, END_HEADERS, &head(&fields));
        // What an application may have waiting for it, and the window, are less.
        let much = data(1, 0, &[0; 1 << 14]).repeat(20);
        rows.stream_error("6.9.1: content", &[begun.clone(), much], &[FLOW_CONTROL_ERROR]);
        let with_padding = data(1, PADDED, &padded(255, &[0; 8_000], 255)).repeat(40);
        rows.stream_error("6.9.1: with padding", &[begun, with_padding], &[FLOW_CONTROL_ERROR]);
    });
}
