//! Sections 5.3 and 6.3: priorities, which nobody needs to obey, but which may come.

use super::judge;
use super::peer::{Peer, Verdict};
use super::wire::{
    FRAME_SIZE_ERROR, GET, MAX, PRIORITY, PROTOCOL_ERROR, WHOLE, WITH_PRIORITY, begin, get,
    headers, priority,
};
use crate::http2::client::{frame, head};

#[test]
fn priorities_change_nothing() {
    let of = |stream, of_it: &[u8]| frame(PRIORITY, 0, stream, of_it);
    judge(|rows| {
        let priorities = [
            ("the least weight", priority(0, false, 0)),
            ("the greatest weight", priority(0, false, 255)),
            ("below an idle stream", priority(3, false, 15)),
            ("below another alone", priority(3, true, 15)),
            ("below a stream of the server", priority(2, false, 15)),
            ("below the greatest stream", priority(MAX, true, 15)),
        ];
        for (row, of_it) in priorities {
            rows.answered(&format!("6.3: {row}, before"), &[of(1, &of_it), get(1)]);
            rows.answered(&format!("6.3: {row}, after"), &[get(1), of(1, &of_it)]);
            rows.answered(
                &format!("6.3: {row}, of a stream to come"),
                &[of(7, &of_it), get(1), of(9, &of_it)],
            );
        }
    });
}

#[test]
fn a_priority_belongs_to_a_stream_and_has_five_bytes() {
    judge(|rows| {
        rows.connection_error(
            "6.3: on none",
            &[frame(PRIORITY, 0, 0, &priority(0, false, 15))],
            &[PROTOCOL_ERROR],
        );
        for len in [0, 4, 6, 10] {
            rows.stream_error(
                &format!("6.3: {len} bytes"),
                &[begin(1, &[]), frame(PRIORITY, 0, 1, &vec![0; len])],
                &[FRAME_SIZE_ERROR],
            );
            rows.stream_error(
                &format!("6.3: {len} bytes on an idle stream"),
                &[frame(PRIORITY, 0, 1, &vec![0; len])],
                &[FRAME_SIZE_ERROR],
            );
        }
    });
}

/// RFC 7540 section 5.3.1 made it an error; RFC 9113 has nothing to say on it, since it has no dependencies any more.
fn is_refused_or_ignored(peer: &mut Peer) -> Verdict {
    let refused = peer.resets(1, &[PROTOCOL_ERROR]);
    if refused.as_ref().is_err_and(|why| why == "it was not reset") { Ok(()) } else { refused }
}

#[test]
fn a_stream_below_itself_is_refused_or_ignored() {
    judge(|rows| {
        let of_itself = priority(1, false, 15);
        rows.check("RFC 7540 5.3.1: a request", |peer| {
            let payload = [&of_itself[..], &head(&GET)].concat();
            peer.send(&headers(1, WHOLE | WITH_PRIORITY, &payload));
            is_refused_or_ignored(peer)
        });
        rows.check("RFC 7540 5.3.1: a priority", |peer| {
            peer.send(&[begin(1, &[]), frame(PRIORITY, 0, 1, &of_itself)].concat());
            is_refused_or_ignored(peer)
        });
    });
}
