//! However input is torn, and wherever it ends: the same answers.

use catzilla_testkit::laws::connection::torn;

use crate::driver::Driver;

/// What somebody on the other side, and the caller, have seen of the engine.
fn seen(pieces: &[&[u8]], reads_bodies: bool) -> (Vec<u8>, Vec<Vec<u8>>, bool) {
    let mut driver = Driver::new();
    driver.reads_bodies = reads_bodies;
    for piece in pieces {
        driver.receive(piece);
    }
    (driver.sent, driver.bodies, driver.closed.is_some())
}

const CONNECTIONS: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /b HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nGET http://b/c?d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n00\r\nA: b\r\n\r\n\
     GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n",
    "\u{16}\u{3}\u{1}\u{2}",
    "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n",
];

#[test]
fn torn_anywhere() {
    for connection in CONNECTIONS {
        for reads_bodies in [false, true] {
            let bytes = connection.as_bytes();
            let whole = seen(&[bytes], reads_bodies);
            for cut in 0..=bytes.len() {
                let pieces = torn(bytes, &[cut]);
                assert_eq!(seen(&pieces, reads_bodies), whole, "{connection:?} torn at {cut}");
            }
        }
    }
}

#[test]
fn ended_anywhere() {
    for connection in CONNECTIONS {
        for reads_bodies in [false, true] {
            for end in 0..=connection.len() {
                let mut driver = Driver::new();
                driver.reads_bodies = reads_bodies;
                driver.receive(&connection.as_bytes()[..end]);
                let answered = driver.sent.len();
                driver.end();
                let what = format!("{connection:?} ended at {end}");
                assert!(driver.closed.is_some(), "{what}");
                // What was complete has been answered before, and the rest is no request.
                assert_eq!(driver.sent.len(), answered, "{what}");
                driver.responses();
            }
        }
    }
}

#[test]
fn the_refusal_is_the_same_at_the_limits() {
    // A target, a line and a head that end just before, at and after a limit of 8 and 16 KiB.
    for len in [8_180, 8_187, 8_188, 8_192, 8_203, 8_210, 16_300, 16_384, 16_400] {
        for (before, after) in [
            ("GET /", "\n"),
            ("GET /", "\r\nHost: a\r\n\r\n"),
            ("GET / ", "\r\nHost: a\r\n\r\n"),
            ("GET / HTTP/1.1\r\nHost: a\r\nA: ", "\n\r\n"),
            ("GET / HTTP/1.1\r\nHost: a\r\nA: ", "\r\n\r\n"),
        ] {
            let fill = len - before.len();
            let message = [before, &"a".repeat(fill), after, &"b".repeat(100)].concat();
            let bytes = message.as_bytes();
            let whole = seen(&[bytes], false);
            for cut in len - 20..bytes.len().min(len + 30) {
                let what = format!("{before:?} {fill} {after:?} torn at {cut}");
                assert_eq!(seen(&torn(bytes, &[cut]), false), whole, "{what}");
            }
        }
    }
}
