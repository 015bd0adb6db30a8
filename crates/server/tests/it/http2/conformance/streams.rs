//! Section 5.1: the states of streams, their numbers, and how many there may be at a time.

use catzilla_server::Limits;

use super::peer::{PROBE, Peer, Verdict, was_reset};
use super::wire::{
    CANCEL, GET, INITIAL_WINDOW_SIZE, MAX, MAX_CONCURRENT_STREAMS, PRIORITY, PROTOCOL_ERROR,
    REFUSED_STREAM, STREAM_CLOSED, WHOLE, begin, continuation, data, get, get_of, headers,
    priority, reset, settings, window_update,
};
use super::{judge, judge_with};
use crate::http2::client::{END_HEADERS, END_STREAM, frame, head};

/// Nothing of a body may be sent, so that a response has begun and doesn't end.
fn blocked(stream: u32) -> Vec<u8> {
    let block = get_of("/large.bin");
    [settings(&[(INITIAL_WINDOW_SIZE, 0)]), headers(stream, WHOLE, &block)].concat()
}

#[test]
fn idle_streams_know_requests_and_priorities_alone() {
    judge(|rows| {
        for stream in [1, 2, 7] {
            let sent = [
                ("content", data(stream, 0, b"x")),
                ("the end of content", data(stream, END_STREAM, b"x")),
                ("no content", data(stream, 0, b"")),
            ];
            for (row, sent) in sent {
                // Section 6.1 has another code than section 5.1.
                rows.check(&format!("5.1: {row} on idle stream {stream}"), |peer| {
                    peer.send(&sent);
                    peer.resets(stream, &[PROTOCOL_ERROR, STREAM_CLOSED])
                });
            }
            let sent = [
                ("a reset", reset(stream, CANCEL)),
                ("a window", window_update(stream, 100)),
                ("a continuation", continuation(stream, END_HEADERS, &head(&GET))),
            ];
            for (row, sent) in sent {
                rows.connection_error(
                    &format!("5.1: {row} on idle stream {stream}"),
                    &[sent],
                    &[PROTOCOL_ERROR],
                );
            }
            rows.ignored(
                &format!("5.1: a priority on idle stream {stream}"),
                &[frame(PRIORITY, 0, stream, &priority(0, false, 0))],
            );
        }
    });
}

#[test]
fn after_the_end_of_a_request_no_more_of_it_comes() {
    judge(|rows| {
        for (state, begun) in [("blocked", blocked(1)), ("answered meanwhile", get(1))] {
            let late = [
                ("content", data(1, 0, b"x"), &[STREAM_CLOSED][..]),
                ("the end of content", data(1, END_STREAM, b""), &[STREAM_CLOSED]),
                ("fields", headers(1, WHOLE, &head(&[("x", "y")])), &[STREAM_CLOSED]),
                ("another request", get(1), &[STREAM_CLOSED]),
                (
                    "a continuation",
                    continuation(1, END_HEADERS, &head(&[("x", "y")])),
                    &[STREAM_CLOSED, PROTOCOL_ERROR],
                ),
            ];
            for (row, late, codes) in late {
                rows.stream_error(
                    &format!("5.1: half-closed (remote), {state}: {row}"),
                    &[begun.clone(), late],
                    codes,
                );
            }
        }
    });
}

#[test]
fn half_closed_streams_know_windows_priorities_and_resets() {
    judge(|rows| {
        rows.ignored("5.1: a window", &[blocked(1), window_update(1, 1)]);
        let of_it = frame(PRIORITY, 0, 1, &priority(0, false, 3));
        rows.ignored("5.1: a priority", &[blocked(1), of_it]);
        rows.ignored("5.1: a reset", &[blocked(1), reset(1, CANCEL)]);
        rows.check("5.1: a window lets the response go on", |peer| {
            peer.send(&[settings(&[(INITIAL_WINDOW_SIZE, 0)]), get(1)].concat());
            peer.goes_on()?;
            peer.send(&window_update(1, 1));
            peer.answers(1)
        });
    });
}

#[test]
fn after_a_reset_by_the_client_the_stream_is_closed() {
    judge(|rows| {
        for (state, begun) in [("open", begin(1, &[])), ("half-closed", blocked(1))] {
            let gone = [begun, reset(1, CANCEL)].concat();
            // Section 5.1.1 has another code for a request than section 5.1.
            let late = [
                ("content", data(1, 0, b"x"), &[STREAM_CLOSED][..]),
                ("the end of content", data(1, END_STREAM, b"x"), &[STREAM_CLOSED]),
                ("a request", get(1), &[STREAM_CLOSED, PROTOCOL_ERROR]),
                (
                    "a continuation",
                    continuation(1, END_HEADERS, &head(&GET)),
                    &[STREAM_CLOSED, PROTOCOL_ERROR],
                ),
            ];
            for (row, late, codes) in late {
                rows.stream_error(
                    &format!("5.1: {state}, then reset: {row}"),
                    &[gone.clone(), late],
                    codes,
                );
            }
            let of_it = frame(PRIORITY, 0, 1, &priority(0, false, 3));
            rows.ignored(&format!("5.1: {state}, then reset: a priority"), &[gone, of_it]);
        }
    });
}

/// What comes on a stream after it was answered.
fn late(peer: &mut Peer, sent: &[u8]) -> Verdict {
    peer.send(&get(1));
    peer.answers(1)?;
    peer.send(sent);
    Ok(())
}

#[test]
fn after_the_end_of_both_directions_the_stream_is_closed() {
    judge(|rows| {
        for (row, sent) in [("content", data(1, 0, b"x")), ("the end", data(1, END_STREAM, b"x"))] {
            rows.check(&format!("5.1: answered, then {row}"), |peer| {
                late(peer, &sent)?;
                peer.resets(1, &[STREAM_CLOSED])
            });
        }
        let sent = [
            ("a request", get(1)),
            ("trailers", headers(1, WHOLE, &head(&[("x", "y")]))),
            ("a continuation", continuation(1, END_HEADERS, &head(&GET))),
        ];
        for (row, sent) in sent {
            rows.check(&format!("5.1: answered, then {row}"), |peer| {
                late(peer, &sent)?;
                peer.ends(&[STREAM_CLOSED, PROTOCOL_ERROR])
            });
        }
        // They may have been on their way.
        let of_it = frame(PRIORITY, 0, 1, &priority(0, false, 3));
        let sent = [
            ("a window", window_update(1, 100)),
            ("a reset", reset(1, CANCEL)),
            ("a priority", of_it),
        ];
        for (row, sent) in sent {
            rows.check(&format!("5.1: answered, then {row}"), |peer| {
                late(peer, &sent)?;
                peer.goes_on()?;
                peer.answers_more(PROBE)
            });
        }
    });
}

#[test]
fn what_was_on_its_way_when_the_server_reset_a_stream_is_ignored() {
    let bad = begin(1, &[("te", "gzip")]);
    judge(|rows| {
        let on_its_way = [
            ("content", data(1, 0, b"x")),
            ("all of the content", [data(1, 0, b"x"), data(1, END_STREAM, b"y")].concat()),
            ("trailers", headers(1, WHOLE, &head(&[("x", "y")]))),
            ("a window", window_update(1, 100)),
        ];
        for (row, rest) in on_its_way {
            rows.malformed(&format!("5.1: {row}"), &[bad.clone(), rest]);
        }
        rows.check("5.1: a reset", |peer| {
            // Whether the server's own is sent still, doesn't matter any more.
            peer.send(&[bad.clone(), reset(1, CANCEL)].concat());
            peer.answers_more(PROBE)
        });
    });
}

#[test]
fn the_numbers_of_streams_are_odd_and_grow() {
    judge(|rows| {
        let numbers: [(&str, &[u32]); 5] = [
            ("even", &[2]),
            ("even, after one", &[1, 4]),
            ("less than the one before", &[5, 3]),
            ("much less", &[101, 1]),
            ("none", &[0]),
        ];
        for (row, streams) in numbers {
            let sent: Vec<_> = streams.iter().copied().map(get).collect();
            rows.connection_error(&format!("5.1.1: {row}"), &sent, &[PROTOCOL_ERROR]);
        }
        rows.check("5.1.1: the largest", |peer| {
            peer.send(&get(MAX));
            peer.answers(MAX)?;
            peer.goes_on()
        });
        rows.connection_error("5.1.1: after the largest", &[get(MAX), get(1)], &[PROTOCOL_ERROR]);
        let skipped = [get(5), data(3, 0, b"x")].concat();
        rows.check("5.1.1: content of a stream that was left out", |peer| {
            peer.send(&skipped);
            peer.resets(3, &[STREAM_CLOSED, PROTOCOL_ERROR])
        });
        rows.check("5.1.1: numbers may be left out", |peer| {
            for stream in [1, 7, 9, 1001] {
                peer.send(&get(stream));
                peer.answers(stream)?;
            }
            Ok(())
        });
    });
}

/// Streams 1 and 3 are all that there may be at a time.
fn full(peer: &mut Peer) -> Verdict {
    let second = headers(3, WHOLE, &get_of("/large.bin"));
    peer.send(&[blocked(1), second].concat());
    peer.goes_on()
}

#[test]
fn there_are_no_more_streams_at_a_time_than_announced() {
    let mut limits = Limits::default();
    limits.max_streams = 2;
    let with = |server: catzilla_server::ServerBuilder| server.limits(limits);
    judge_with(with, |rows| {
        rows.check("6.5.2: it is announced", |peer| {
            full(peer)?;
            match peer.settings.iter().find(|(name, _)| *name == MAX_CONCURRENT_STREAMS) {
                Some((_, 2)) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        });
        for (row, third) in [("complete", get(5)), ("begun", begin(5, &[]))] {
            rows.check(&format!("5.1.2: one more, {row}"), |peer| {
                full(peer)?;
                peer.send(&third);
                refused(peer, 5)?;
                // The others don't suffer.
                peer.send(&window_update(1, 300_000));
                peer.send(&window_update(0, 300_000));
                let content = peer.response(1)?.content;
                if content == super::large() { Ok(()) } else { Err("not the content".to_owned()) }
            });
        }
        rows.check("5.1.2: a stream that is closed makes room", |peer| {
            full(peer)?;
            peer.send(&reset(3, CANCEL));
            makes_room(peer)
        });
        rows.check("5.1.2: idle streams take no room", |peer| {
            for stream in [11, 13, 15, 17] {
                let of_it = priority(0, false, 3);
                peer.send(&frame(PRIORITY, 0, stream, &of_it));
            }
            peer.answers_more(1)
        });
        rows.check("4.3: a block that is refused is decoded", |peer| {
            full(peer)?;
            // It goes into the table, and is what the next one has.
            let path = [&[0x44, 6][..], b"/a.txt"].concat();
            let block = [&head(&[GET[0], GET[1], GET[3]])[..], &path].concat();
            peer.send(&headers(5, WHOLE, &block));
            refused(peer, 5)?;
            peer.send(&[reset(3, CANCEL), window_update(0, 9)].concat());
            makes_room(peer)?;
            let block = [&head(&[GET[0], GET[1], GET[3]])[..], &[0xbe]].concat();
            peer.send(&settings(&[(INITIAL_WINDOW_SIZE, 9)]));
            peer.send(&headers(PROBE + 1000, WHOLE, &block));
            peer.answers(PROBE + 1000)
        });
    });
}

fn refused(peer: &mut Peer, stream: u32) -> Verdict {
    match peer.response(stream) {
        Ok(response) => Err(format!("answered with {:?}", response.status)),
        Err(why) if [REFUSED_STREAM, PROTOCOL_ERROR].map(was_reset).contains(&why) => Ok(()),
        Err(why) => Err(why),
    }
}

/// A stream that is refused may be tried again; at some time it is taken.
fn makes_room(peer: &mut Peer) -> Verdict {
    for attempt in 0..1000 {
        match peer.answers_more(101 + 2 * attempt) {
            Err(why) if why.ends_with(&was_reset(REFUSED_STREAM)) => {}
            answered => return answered,
        }
    }
    Err("no stream was taken any more".to_owned())
}
