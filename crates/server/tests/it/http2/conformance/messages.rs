//! Section 8.1: requests, their content, and what comes behind it.

use super::judge;
use super::wire::{
    DATA, Fields, GET, STREAM_CLOSED, WHOLE, begin, data, get, get_with, headers, padded,
};
use crate::http2::client::{END_HEADERS, END_STREAM, frame, head};

#[test]
fn requests_are_answered() {
    judge(|rows| {
        rows.answered("8.1: a GET", &[get(1)]);
        rows.answered("8.1: with content", &[begin(1, &[]), data(1, END_STREAM, b"x")]);
        rows.answered(
            "8.1: with trailers",
            &[begin(1, &[]), data(1, 0, b"x"), headers(1, WHOLE, &head(&[("x", "y")]))],
        );
        let methods = [("HEAD", 200), ("POST", 405), ("OPTIONS", 204), ("PUT", 405)];
        for (method, status) in methods {
            for content in ["", "x"] {
                rows.check(&format!("8.1: {method} with content {content:?}"), |peer| {
                    let block = head(&[(":method", method), GET[1], GET[2], GET[3]]);
                    peer.send(&headers(1, END_HEADERS, &block));
                    peer.send(&data(1, END_STREAM, content.as_bytes()));
                    let response = peer.response(1)?;
                    let has_content = !response.content.is_empty();
                    if response.status != Some(status) || has_content && status != 405 {
                        return Err(format!("{response:?}"));
                    }
                    Ok(())
                });
            }
        }
    });
}

#[test]
fn trailers_end_a_request() {
    let trailers = head(&[("x", "y")]);
    judge(|rows| {
        rows.answered("8.1: behind no content", &[begin(1, &[]), headers(1, WHOLE, &trailers)]);
        rows.answered(
            "8.1: without a field",
            &[begin(1, &[]), data(1, 0, b"x"), headers(1, WHOLE, b"")],
        );
        rows.malformed(
            "8.1: that don't",
            &[begin(1, &[]), data(1, 0, b"x"), headers(1, END_HEADERS, &trailers)],
        );
        rows.malformed(
            "8.1: that don't, before more",
            &[
                begin(1, &[]),
                data(1, 0, b"x"),
                headers(1, END_HEADERS, &trailers),
                data(1, END_STREAM, b"x"),
            ],
        );
        rows.malformed(
            "8.1: that don't, behind no content",
            &[begin(1, &[]), headers(1, END_HEADERS, &trailers)],
        );
        rows.malformed("8.1: another request", &[begin(1, &[]), begin(1, &[])]);
        let done = [begin(1, &[]), headers(1, WHOLE, &trailers)].concat();
        rows.stream_error(
            "5.1: content behind them",
            &[done.clone(), data(1, END_STREAM, b"x")],
            &[STREAM_CLOSED],
        );
        rows.stream_error(
            "5.1: more of them",
            &[done, headers(1, WHOLE, &trailers)],
            &[STREAM_CLOSED],
        );
    });
}

#[test]
fn trailers_have_the_form_of_fields() {
    judge(|rows| {
        let wrong: [(&str, Fields<'_>); 9] = [
            ("8.1: a pseudo field", &[(":method", "GET")]),
            ("8.1: the path", &[("x", "y"), (":path", "/a.txt")]),
            ("8.1: a pseudo field of responses", &[(":status", "200")]),
            ("8.1: an unknown pseudo field", &[(":unknown", "x")]),
            ("8.2.1: a name in upper case", &[("X-Test", "y")]),
            ("8.2.1: a line break in a value", &[("x", "y\r\nz: 1")]),
            ("8.2.1: a space before a value", &[("x", " y")]),
            ("8.2.2: of the connection", &[("connection", "close")]),
            ("8.2.2: of the transfer", &[("transfer-encoding", "chunked")]),
        ];
        for (row, fields) in wrong {
            rows.malformed(
                row,
                &[begin(1, &[]), data(1, 0, b"x"), headers(1, WHOLE, &head(fields))],
            );
        }
    });
}

#[test]
fn the_content_is_as_long_as_was_said() {
    let of = |length| begin(1, &[("content-length", length)]);
    let end = |content: &[u8]| data(1, END_STREAM, content);
    let part = |content: &[u8]| data(1, 0, content);
    let trailers = headers(1, WHOLE, &head(&[("x", "y")]));
    judge(|rows| {
        let right = [
            ("in one frame", vec![of("3"), end(b"abc")]),
            ("in several", vec![of("3"), part(b"a"), part(b""), part(b"b"), end(b"c")]),
            ("before an empty frame", vec![of("3"), part(b"abc"), end(b"")]),
            ("before trailers", vec![of("3"), part(b"abc"), trailers.clone()]),
            ("nothing", vec![of("0"), end(b"")]),
            ("nothing, with trailers", vec![of("0"), trailers.clone()]),
            ("nothing, said at once", {
                vec![headers(1, WHOLE, &get_with(&[("content-length", "0")]))]
            }),
            ("many zeros", vec![of("0003"), end(b"abc")]),
        ];
        for (row, sent) in right {
            rows.answered(&format!("8.1.1: {row}"), &sent);
        }
        let wrong = [
            ("no content", vec![headers(1, WHOLE, &get_with(&[("content-length", "1")]))]),
            ("less", vec![of("3"), end(b"ab")]),
            ("more", vec![of("3"), end(b"abcd")]),
            ("more, and no end", vec![of("3"), part(b"abcd")]),
            ("more than nothing", vec![of("0"), end(b"a")]),
            ("none, in an empty frame", vec![of("1"), end(b"")]),
            ("less in several", vec![of("5"), part(b"ab"), end(b"cd")]),
            ("more in several", vec![of("3"), part(b"ab"), end(b"cd")]),
            ("more in several, and no end", vec![of("3"), part(b"ab"), part(b"cd")]),
            ("more, in a frame behind all of it", vec![of("2"), part(b"ab"), end(b"c")]),
            ("less before an empty frame", vec![of("3"), part(b"ab"), end(b"")]),
            ("less before trailers", vec![of("3"), part(b"ab"), trailers.clone()]),
            ("more before trailers", vec![of("3"), part(b"abcd"), trailers.clone()]),
            ("nothing before trailers", vec![of("3"), trailers]),
            ("padding instead", vec![of("3"), frame(DATA, 9, 1, &padded(2, b"a", 2))]),
        ];
        for (row, sent) in wrong {
            rows.malformed(&format!("8.1.1: {row}"), &sent);
        }
    });
}

#[test]
fn the_length_of_the_content_is_one_number() {
    judge(|rows| {
        let no_numbers =
            ["", "x", "3x", "+3", "-3", "0x3", "3.0", "3 3", "18446744073709551619", "1e0"];
        for value in no_numbers {
            rows.malformed(
                &format!("8.1.1: {value:?}"),
                &[begin(1, &[("content-length", value)]), data(1, END_STREAM, b"abc")],
            );
        }
        rows.malformed(
            "8.1.1: two that differ",
            &[
                begin(1, &[("content-length", "3"), ("content-length", "4")]),
                data(1, END_STREAM, b"abc"),
            ],
        );
        rows.malformed(
            "8.1.1: a list of two that differ",
            &[begin(1, &[("content-length", "3, 4")]), data(1, END_STREAM, b"abc")],
        );
    });
}
