//! Section 3.4: how a connection begins.

use super::judge;
use super::peer::Peer;
use super::wire::{
    ACK, ENABLE_PUSH, FRAME_SIZE_ERROR, GOAWAY, INITIAL_WINDOW_SIZE, MAX, MAX_FRAME_SIZE,
    PROTOCOL_ERROR, SETTINGS, get, ping, settings, window_update,
};
use crate::http2::client::{PREFACE, frame};

#[test]
fn the_server_begins_with_settings_that_are_in_bounds() {
    judge(|rows| {
        rows.check("3.4: the first frame", |peer| {
            let first = peer.frame()?;
            if first.kind != SETTINGS || first.flags & ACK != 0 || first.stream != 0 {
                return Err(format!("{first:?}"));
            }
            Ok(())
        });
        rows.check("6.5.2: the values", |peer| {
            peer.goes_on()?;
            for (name, value) in &peer.settings {
                let is_fine = match *name {
                    // A server must not ask for pushes.
                    ENABLE_PUSH => *value == 0,
                    INITIAL_WINDOW_SIZE => *value <= MAX,
                    MAX_FRAME_SIZE => (1 << 14..1 << 24).contains(value),
                    _ => true,
                };
                if !is_fine {
                    return Err(format!("setting {name} is {value}"));
                }
            }
            Ok(())
        });
    });
}

#[test]
fn what_is_no_preface_begins_no_connection() {
    judge(|rows| {
        let texts: [(&str, &[u8]); 5] = [
            ("another text", b"INVALID CONNECTION PREFACE\r\n\r\n"),
            ("another end", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX"),
            ("another middle", b"PRI * HTTP/2.0\r\n\r\nXM\r\n\r\n"),
            ("another version", b"PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n"),
            ("another target", b"PRI / HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ];
        for (row, text) in texts {
            let mut peer = Peer::silent(rows.site.address());
            rows.check_on(&format!("3.4: {row}"), &mut peer, |peer| {
                peer.send(&[text, &settings(&[]), &get(1)].concat());
                peer.finish();
                // In which protocol it says so is up to it.
                let said = peer.rest()?;
                let text = String::from_utf8_lossy(&said);
                if text.contains(" 200 ") { Err(text.into_owned()) } else { Ok(()) }
            });
        }
    });
}

#[test]
fn the_preface_is_followed_by_settings() {
    judge(|rows| {
        let firsts = [
            ("a request", get(1)),
            ("a ping", ping([0; 8])),
            ("an update of a window", window_update(0, 1)),
            ("a goodbye", frame(GOAWAY, 0, 0, &[0; 8])),
        ];
        for (row, first) in firsts {
            let mut peer = Peer::silent(rows.site.address());
            rows.check_on(&format!("3.4: {row} instead"), &mut peer, |peer| {
                peer.send(&[PREFACE, &first].concat());
                peer.ends(&[PROTOCOL_ERROR])
            });
        }
        let wrong = [
            ("of no whole number of values", frame(SETTINGS, 0, 0, &[0; 5]), FRAME_SIZE_ERROR),
            ("on a stream", frame(SETTINGS, 0, 1, &[]), PROTOCOL_ERROR),
            ("with a value out of bounds", settings(&[(ENABLE_PUSH, 2)]), PROTOCOL_ERROR),
        ];
        for (row, first, code) in wrong {
            let mut peer = Peer::silent(rows.site.address());
            rows.check_on(&format!("3.4: settings {row}"), &mut peer, |peer| {
                peer.send(&[PREFACE, &first].concat());
                peer.ends(&[code])
            });
        }
    });
}

#[test]
fn nothing_needs_to_be_waited_for_at_the_beginning() {
    judge(|rows| {
        let mut peer = Peer::silent(rows.site.address());
        rows.check_on("3.4: all in one go", &mut peer, |peer| {
            peer.send(&[PREFACE, &settings(&[]), &get(1)].concat());
            peer.answers(1)
        });
        let mut peer = Peer::silent(rows.site.address());
        rows.check_on("3.4: byte by byte", &mut peer, |peer| {
            for byte in [PREFACE, &settings(&[(ENABLE_PUSH, 0)]), &get(1)].concat() {
                peer.send(&[byte]);
            }
            peer.answers(1)
        });
    });
}

#[test]
fn an_end_in_the_midst_of_something_is_the_end() {
    let whole = [PREFACE, &settings(&[(ENABLE_PUSH, 0)]), &get(1)].concat();
    judge(|rows| {
        // Neither whole settings, nor a whole request.
        for len in [1, 10, 23, 24, 30, 34, 38, 39, 42, 48, 60, whole.len() - 1] {
            let mut peer = Peer::silent(rows.site.address());
            rows.check_on(&format!("after {len} bytes"), &mut peer, |peer| {
                peer.send(&whole[..len]);
                peer.finish();
                peer.rest().map(drop)
            });
        }
    });
}
