//! Section 6.9: windows, to the byte.

use super::peer::{Heard, PROBE, Peer, Verdict};
use super::wire::{
    CANCEL, DATA, FLOW_CONTROL_ERROR, GOAWAY, INITIAL_WINDOW_SIZE, MAX, PING, PROTOCOL_ERROR,
    RST_STREAM, WHOLE, WINDOW_UPDATE, begin, data, get, get_of, headers, ping, reset, settings,
    window_update,
};
use super::{judge, large};

/// What a window is at the beginning.
const INITIAL: u32 = 65_535;

fn ask_for_much(stream: u32) -> Vec<u8> {
    headers(stream, WHOLE, &get_of("/large.bin"))
}

fn initial(size: u32) -> Vec<u8> {
    settings(&[(INITIAL_WINDOW_SIZE, size)])
}

#[test]
fn an_update_opens_a_window_that_is_there() {
    judge(|rows| {
        for bit in [0, 1 << 31] {
            rows.connection_error(
                &format!("6.9: by nothing, reserved bit {bit}"),
                &[window_update(0, bit)],
                &[PROTOCOL_ERROR],
            );
            rows.stream_error(
                &format!("6.9: by nothing on a stream, reserved bit {bit}"),
                &[begin(1, &[]), window_update(1, bit)],
                &[PROTOCOL_ERROR],
            );
        }
        rows.stream_error(
            "6.9: by nothing on a stream that is blocked",
            &[initial(0), ask_for_much(1), window_update(1, 0)],
            &[PROTOCOL_ERROR],
        );
        for stream in [1, 2, 9] {
            rows.connection_error(
                &format!("6.9: on idle stream {stream}"),
                &[window_update(stream, 1)],
                &[PROTOCOL_ERROR],
            );
        }
    });
}

#[test]
fn no_window_is_larger_than_can_be() {
    judge(|rows| {
        rows.ignored("6.9.1: the largest", &[window_update(0, MAX - INITIAL)]);
        rows.connection_error(
            "6.9.1: one byte more",
            &[window_update(0, MAX - INITIAL), window_update(0, 1)],
            &[FLOW_CONTROL_ERROR],
        );
        rows.connection_error(
            "6.9.1: twice the largest",
            &[window_update(0, MAX), window_update(0, MAX)],
            &[FLOW_CONTROL_ERROR],
        );
        let open = begin(1, &[]);
        rows.ignored("6.9.1: of a stream", &[open.clone(), window_update(1, MAX - INITIAL)]);
        rows.stream_error(
            "6.9.1: of a stream, one byte more",
            &[open.clone(), window_update(1, MAX - INITIAL), window_update(1, 1)],
            &[FLOW_CONTROL_ERROR],
        );
        rows.stream_error(
            "6.9.1: of a stream, twice the largest",
            &[open.clone(), window_update(1, MAX), window_update(1, MAX)],
            &[FLOW_CONTROL_ERROR],
        );
        rows.ignored(
            "6.9.2: by settings, the largest",
            &[open.clone(), window_update(1, 9), initial(MAX - 9)],
        );
        rows.connection_error(
            "6.9.2: by settings, one byte more",
            &[open.clone(), window_update(1, 9), initial(MAX - 8)],
            &[FLOW_CONTROL_ERROR],
        );
        rows.ignored(
            "6.9.2: settings don't concern the connection",
            &[window_update(0, MAX - INITIAL), initial(MAX)],
        );
    });
}

/// So many bytes come of these streams, and then, of a connection that does go on, none. What has come is noted.
fn exactly(peer: &mut Peer, got: &mut [(u32, Vec<u8>)], expected: usize) -> Verdict {
    let total = |got: &[(u32, Vec<u8>)]| got.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    let end = total(got) + expected;
    let mut note = |peer: &mut Peer| match peer.hear()? {
        Heard::Closed => Err("the connection was closed".to_owned()),
        Heard::Frame(frame) => {
            if matches!(frame.kind, GOAWAY | RST_STREAM) {
                return Err(format!("{frame:?}"));
            }
            if let (DATA, Some((_, bytes))) =
                (frame.kind, got.iter_mut().find(|(stream, _)| *stream == frame.stream))
            {
                bytes.extend(&frame.payload);
            }
            let total = total(got);
            if total > end {
                Err(format!("{} bytes too many", total - end))
            } else {
                Ok((frame, total))
            }
        }
    };
    let mut has = end - expected;
    while has < end {
        has = note(peer).map_err(|why| format!("{why}, {} bytes missing", end - has))?.1;
    }
    // Whatever was still to come has, after two rounds.
    for mark in [*b"no more?", *b"no more!"] {
        peer.send(&ping(mark));
        loop {
            let (frame, _) = note(peer)?;
            if frame.kind == PING && frame.payload == mark {
                break;
            }
        }
    }
    Ok(())
}

/// What is sent to the server, and how many bytes of content come of it.
type Steps<'a> = &'a [(Vec<u8>, usize)];

/// Steps with streams that all ask for `large.bin`. What comes is its beginning.
fn step(peer: &mut Peer, streams: &[u32], steps: Steps<'_>) -> Verdict {
    let mut got: Vec<_> = streams.iter().map(|stream| (*stream, Vec::new())).collect();
    for (number, (sent, expected)) in steps.iter().enumerate() {
        peer.send(sent);
        exactly(peer, &mut got, *expected).map_err(|why| format!("step {number}: {why}"))?;
    }
    let content = large();
    match got.iter().find(|(_, bytes)| !content.starts_with(bytes)) {
        Some((stream, _)) => Err(format!("stream {stream} got something else")),
        None => Ok(()),
    }
}

#[test]
fn as_much_is_sent_as_the_window_of_the_stream_allows() {
    judge(|rows| {
        let ask = |size| [initial(size), ask_for_much(1)].concat();
        let update = |by| window_update(1, by);
        rows.check("6.9.1: a byte", |peer| step(peer, &[1], &[(ask(1), 1)]));
        rows.check("6.9.1: nothing, then a byte", |peer| {
            step(peer, &[1], &[(ask(0), 0), (update(1), 1), (update(1), 1)])
        });
        rows.check("6.9.1: more and more", |peer| {
            let steps = [1, 2, 100, 16_383, 16_384, 16_385].map(|by| (update(by), by as usize));
            step(peer, &[1], &[&[(ask(10), 10)], &steps[..]].concat())
        });
        rows.check("6.9.1: updates that come together", |peer| {
            let updates = [update(3), update(4), update(5)].concat();
            step(peer, &[1], &[(ask(0), 0), (updates, 12)])
        });
        rows.check("4.1, 6.9: the reserved bit of an increment", |peer| {
            step(peer, &[1], &[(ask(0), 0), (update(1 << 31 | 5), 5)])
        });
        rows.check("6.9.2: the window was opened before the settings came", |peer| {
            let sent = [initial(0), ask_for_much(1), update(7), initial(10)].concat();
            step(peer, &[1], &[(sent, 17)])
        });
        rows.check("6.5.3: values of one frame, one after the other", |peer| {
            let sizes = settings(&[(INITIAL_WINDOW_SIZE, 100), (INITIAL_WINDOW_SIZE, 1)]);
            step(peer, &[1], &[([sizes, ask_for_much(1)].concat(), 1)])
        });
    });
}

#[test]
fn settings_move_the_windows_of_all_streams() {
    judge(|rows| {
        let ask = |size| [initial(size), ask_for_much(1)].concat();
        let update = |by| window_update(1, by);
        rows.check("6.9.2: opened by settings", |peer| {
            step(peer, &[1], &[(ask(0), 0), (initial(1), 1), (initial(1000), 999)])
        });
        rows.check("6.9.2: closed by settings, and opened", |peer| {
            step(peer, &[1], &[(ask(3), 3), (initial(2), 0), (update(2), 1), (initial(3), 1)])
        });
        rows.check("6.9.2: far below nothing", |peer| {
            let steps = [
                (ask(1000), 1000),
                (initial(0), 0),
                (update(999), 0),
                (update(1), 0),
                (update(1), 1),
                (initial(500), 500),
                (initial(499), 0),
                (initial(501), 1),
            ];
            step(peer, &[1], &steps)
        });
        rows.check("6.9.2: below nothing, and opened by settings", |peer| {
            let steps = [(ask(100), 100), (initial(10), 0), (initial(99), 0), (initial(102), 2)];
            step(peer, &[1], &steps)
        });
        rows.check("6.9.2: several streams", |peer| {
            let both = [initial(10), ask_for_much(1), ask_for_much(3)].concat();
            let steps = [
                (both, 20),
                (initial(5), 0),
                (window_update(3, 6), 1),
                (initial(10), 5),
                (ask_for_much(5), 10),
            ];
            step(peer, &[1, 3, 5], &steps)
        });
    });
}

#[test]
fn as_much_is_sent_as_the_window_of_the_connection_allows() {
    let all = large().len();
    judge(|rows| {
        let wide = [initial(MAX), ask_for_much(1)].concat();
        let update = |by| window_update(0, by);
        rows.check("6.9.1: one stream", |peer| {
            let steps = [
                (wide.clone(), INITIAL as usize),
                (update(1), 1),
                (update(20_000), 20_000),
                (window_update(0, MAX - 1), all - 85_536),
            ];
            step(peer, &[1], &steps)
        });
        rows.check("6.9.1: several streams share it", |peer| {
            let sent = [wide.clone(), ask_for_much(3), ask_for_much(5)].concat();
            let steps = [
                (sent, INITIAL as usize),
                (update(1000), 1000),
                (update(MAX / 2), 3 * all - INITIAL as usize - 1000),
            ];
            step(peer, &[1, 3, 5], &steps)
        });
        rows.check("6.9.2: settings don't open it", |peer| {
            let steps = [
                (ask_for_much(1), INITIAL as usize),
                (initial(MAX), 0),
                (update(5), 5),
                (initial(0), 0),
                (update(500), 0),
                (initial(all as u32), 500),
            ];
            step(peer, &[1], &steps)
        });
        rows.check("6.9.1: a stream that is blocked holds up no other", |peer| {
            let small = [initial(100), ask_for_much(1), ask_for_much(3)].concat();
            step(peer, &[1, 3], &[(small, 200), (window_update(3, 5000), 5000)])
        });
    });
}

#[test]
fn what_has_no_content_needs_no_window() {
    judge(|rows| {
        rows.check("6.9: an empty file", |peer| {
            peer.send(&[initial(0), headers(1, WHOLE, &get_of("/empty.txt"))].concat());
            match peer.response(1)? {
                response if response.content.is_empty() && response.status == Some(200) => Ok(()),
                response => Err(format!("{response:?}")),
            }
        });
        rows.check("6.9: a head, while the connection is blocked", |peer| {
            peer.send(&[initial(MAX), ask_for_much(1)].concat());
            exactly(peer, &mut [(1, Vec::new())], INITIAL as usize)?;
            peer.answers_more(PROBE)
        });
    });
}

#[test]
fn content_that_is_thrown_away_gives_its_window_back() {
    judge(|rows| {
        rows.check("5.1, 6.9: of streams that were reset", |peer| {
            let piece = vec![0; 1 << 14];
            let mut window = i64::from(INITIAL);
            let mut send = |peer: &mut Peer, stream, piece: &[u8]| {
                window -= piece.len() as i64;
                while window < 0 {
                    let frame = peer.frame()?;
                    if frame.kind == GOAWAY {
                        return Err(format!("{frame:?}"));
                    }
                    if frame.kind == WINDOW_UPDATE && frame.stream == 0 {
                        window += i64::from(super::peer::number(&frame.payload));
                    }
                }
                peer.send(&data(stream, 0, piece));
                Ok(())
            };
            for stream in (1..50).step_by(2) {
                peer.send(&begin(stream, &[("te", "gzip")]));
                for len in [1 << 14, 1 << 14, 1 << 14, (1 << 14) - 1] {
                    send(peer, stream, &piece[..len])?;
                }
            }
            peer.answers_more(PROBE)
        });
        rows.check("6.9: of streams that waited for the connection's window", |peer| {
            let asked = [1, 3, 5].map(ask_for_much).concat();
            peer.send(&[initial(MAX), asked].concat());
            let mut got = [1, 3, 5].map(|stream| (stream, Vec::new()));
            exactly(peer, &mut got, INITIAL as usize)?;
            // The only byte that may be sent is for who asks now.
            let resets = [1, 3, 5].map(|stream| reset(stream, CANCEL)).concat();
            peer.send(&[resets, window_update(0, 1), get(7)].concat());
            peer.answers(7)
        });
    });
}
