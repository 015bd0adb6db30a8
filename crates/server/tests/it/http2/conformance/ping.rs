//! Section 6.7: pings.

use super::judge;
use super::wire::{ACK, FRAME_SIZE_ERROR, PING, PROTOCOL_ERROR, begin, data, ping};
use crate::http2::client::frame;

#[test]
fn pings_are_answered_with_what_they_carry() {
    judge(|rows| {
        let payloads = [*b"\0\0\0\0\0\0\0\0", *b"\xff\xff\xff\xff\xff\xff\xff\xff", *b"abcdefgh"];
        rows.check("6.7: one after another", |peer| {
            for payload in payloads {
                peer.send(&ping(payload));
                let answer = loop {
                    let frame = peer.frame()?;
                    if frame.kind == PING {
                        break frame;
                    }
                };
                if (answer.flags, answer.stream, &answer.payload[..]) != (ACK, 0, &payload[..]) {
                    return Err(format!("{answer:?}"));
                }
            }
            Ok(())
        });
        rows.check("6.7: each of several", |peer| {
            peer.send(&payloads.map(ping).concat());
            let mut missing: Vec<_> = payloads.iter().map(|payload| payload.to_vec()).collect();
            while !missing.is_empty() {
                let frame = peer.frame()?;
                if frame.kind == PING {
                    let found = missing.iter().position(|payload| *payload == frame.payload);
                    missing.remove(found.ok_or_else(|| format!("{frame:?}"))?);
                }
            }
            Ok(())
        });
        rows.answered("6.7: within a request", &[begin(1, &[]), ping([1; 8]), data(1, 1, b"x")]);
    });
}

#[test]
fn answers_to_pings_are_not_answered() {
    judge(|rows| {
        rows.check("6.7: an answer that nobody asked for", |peer| {
            peer.send(&[frame(PING, ACK, 0, b"answer 1"), ping(*b"a ping..")].concat());
            loop {
                let frame = peer.frame()?;
                if frame.kind == PING && frame.flags & ACK != 0 {
                    let is_right = frame.payload == b"a ping..";
                    return if is_right { peer.goes_on() } else { Err(format!("{frame:?}")) };
                }
            }
        });
    });
}

#[test]
fn a_ping_has_eight_bytes_and_no_stream() {
    judge(|rows| {
        for flags in [0, ACK] {
            for stream in [1, 2] {
                rows.connection_error(
                    &format!("6.7: on stream {stream}, flags {flags}"),
                    &[frame(PING, flags, stream, &[0; 8])],
                    &[PROTOCOL_ERROR],
                );
            }
            for len in [0, 6, 7, 9, 16] {
                rows.connection_error(
                    &format!("6.7: {len} bytes, flags {flags}"),
                    &[frame(PING, flags, 0, &vec![0; len])],
                    &[FRAME_SIZE_ERROR],
                );
            }
        }
    });
}
