//! Bodies that are read: the engine beside the tiny responder.

use crate::laws::connection::{Server, generate, judge};
use crate::responder::Bodies;

const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

/// These bytes as a chunked body, as the size line, the extension, the content and the trailers of one, and as a
/// counted body before another request: the content is what the tiny responder finds, whatever the request is
/// made of and however it is torn. The server reads bodies before it answers, but is as in
/// [`connection`](super::connection) otherwise.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8], server: Server<'_>) {
    let post = |framing: &str, parts: &[&[u8]]| {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
        let message = [head.as_bytes(), &parts.concat(), NEXT].concat();
        judge(&message, &[], Bodies::Read, server);
    };
    let size = format!("{:x}\r\n", data.len());
    post(&format!("Content-Length: {}", data.len()), &[data]);
    let chunked = "Transfer-Encoding: chunked";
    post(chunked, &[data]);
    post(chunked, &[data, b"\r\n0\r\n\r\n"]);
    post(chunked, &[b"1;", data, b"\r\nx\r\n0\r\n\r\n"]);
    post(chunked, &[b"0\r\n", data, b"\r\n\r\n"]);
    if !data.is_empty() {
        post(chunked, &[size.as_bytes(), data, b"\r\n0\r\n\r\n"]);
    }
    if let Some((message, cuts)) = generate(data) {
        judge(&message, &cuts, Bodies::Read, server);
    }
}
