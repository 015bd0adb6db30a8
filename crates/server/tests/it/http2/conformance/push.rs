//! Sections 6.6 and 8.4: clients promise nothing.

use super::judge;
use super::wire::{GET, PROTOCOL_ERROR, PUSH_PROMISE, begin, get};
use crate::http2::client::{END_HEADERS, frame, head};

#[test]
fn a_promise_of_a_client_ends_the_connection() {
    let promise = |flags, stream, promised: u32| {
        frame(PUSH_PROMISE, flags, stream, &[&promised.to_be_bytes()[..], &head(&GET)].concat())
    };
    judge(|rows| {
        let promises = [
            ("on an open stream", begin(1, &[]), promise(END_HEADERS, 1, 2)),
            ("on a stream that is half-closed", get(1), promise(END_HEADERS, 1, 2)),
            ("of a stream of the client", begin(1, &[]), promise(END_HEADERS, 1, 3)),
            ("on an idle stream", vec![], promise(END_HEADERS, 1, 2)),
            ("on no stream", vec![], promise(END_HEADERS, 0, 2)),
            ("that goes on", begin(1, &[]), promise(0, 1, 2)),
        ];
        for (row, before, promise) in promises {
            rows.connection_error(&format!("8.4: {row}"), &[before, promise], &[PROTOCOL_ERROR]);
        }
    });
}
