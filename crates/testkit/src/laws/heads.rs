//! Request heads: the gate beside the tiny responder.

use crate::laws::connection::{self, Server};
use crate::responder::Bodies;

/// These bytes as field lines of an otherwise good request, as its target, and as its request line: accepted
/// or refused as the tiny responder has it.
///
/// # Panics
///
/// When the two disagree.
pub fn check(data: &[u8], server: Server<'_>) {
    let around = |before: &[u8], after: &[u8]| [before, data, after].concat();
    for message in [
        around(b"GET / HTTP/1.1\r\nHost: a\r\n", b"\r\n\r\n"),
        around(b"GET / HTTP/1.1\r\nHost: ", b"\r\n\r\n"),
        around(b"GET ", b" HTTP/1.1\r\nHost: a\r\n\r\n"),
        around(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ", b"\r\n\r\n"),
        around(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ", b"\r\n\r\n0\r\n\r\n"),
        around(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"\r\n\r\n"),
        around(b"", b"\r\nHost: a\r\n\r\n"),
    ] {
        connection::judge(&message, &[], Bodies::Discarded, server);
    }
}
