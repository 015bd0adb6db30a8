//! What a client might send, put together from parts: chance alone never makes a head.

use arbitrary::{Result, Unstructured};

const LINES: &[&str] = &[
    "GET / HTTP/1.1\r\n",
    "GET /c?d HTTP/1.1\r\n",
    "HEAD /a?b HTTP/1.1\r\n",
    "POST /p HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "GET http://b:8/c HTTP/1.1\r\n",
    "GET / HTTP/1.0\r\n",
    "GET / HTTP/1.7\r\n",
    "CONNECT c:1 HTTP/1.1\r\n",
];

const FIELDS: &[&str] = &[
    "Accept: */*\r\n",
    "Connection: keep-alive\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "Expect:\r\n",
    "Range: bytes=0-1\r\n",
    "If-None-Match: \"a\"\r\n",
    "X:\t \r\n",
    "TE: trailers, chunked\r\n",
    "Upgrade: h2c\r\n",
];

/// How a message is framed: fields, and content that fits them.
const BODIES: &[(&str, &str)] = &[
    ("", ""),
    ("Content-Length: 0\r\n", ""),
    ("Content-Length: 5\r\n", "hello"),
    ("Content-Length: 35\r\n", "GET /evil HTTP/1.1\r\nHost: evil\r\n\r\n "),
    ("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ("Transfer-Encoding: Chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
    ("transfer-encoding: chunked\r\n", "1;a=b\r\nx\r\n00a\r\n0123456789\r\n0\r\nA: b\r\n\r\n"),
    ("Content-Length: 70000\r\n", ""),
];

/// Parts good and bad, for messages without any order.
const PIECES: &[&str] = &[
    "GET / HTTP/2.0\r\n",
    "CONNECT c HTTP/1.1\r\n",
    "GET /a#b HTTP/1.1\r\n",
    "Host: a\r\n",
    "Host: a\r\n",
    "Host: [::1]:80\r\n",
    "Host: u@a\r\n",
    "host:\r\n",
    "\r\n",
    "\r\n",
    "\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: +5\r\n",
    "hello",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Transfer-Encoding: ,chunked\r\n",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "0\r\nA: b\r\n\r\n",
    "Expect: x\r\n",
    " folded\r\n",
    "X : y\r\n",
    "X: \u{7f}\r\n",
    "\n",
    "\r",
    ":",
    "\0",
    "\u{16}\u{3}\u{1}",
];

/// What a client might send as `data` chooses, and where it is torn. Most of it is sound; a part in the
/// wrong place, or a byte too much or too little, comes often enough.
pub fn generate(data: &[u8]) -> Option<(Vec<u8>, Vec<usize>)> {
    let mut input = Unstructured::new(data);
    let message = message(&mut input).ok()?;
    let cuts = cuts(&mut input, message.len()).ok()?;
    Some((message, cuts))
}

/// The pieces of a message that is torn at these places, which are in order.
pub fn torn<'a>(message: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    for &cut in cuts {
        pieces.push(&message[begin..cut]);
        begin = cut;
    }
    pieces.push(&message[begin..]);
    pieces
}

fn message(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut message = Vec::new();
    for _ in 0..input.int_in_range(1..=5)? {
        if input.ratio(1, 8)? {
            for _ in 0..input.int_in_range(1..=4)? {
                message.extend_from_slice(input.choose(PIECES)?.as_bytes());
            }
        } else {
            request(input, &mut message)?;
        }
    }
    if input.ratio(1, 4)? && !message.is_empty() {
        let at = input.choose_index(message.len())?;
        match input.int_in_range(0..=2)? {
            0 => message[at] = input.arbitrary()?,
            1 => message.insert(at, input.arbitrary()?),
            _ => drop(message.remove(at)),
        }
    }
    Ok(message)
}

fn request(input: &mut Unstructured<'_>, message: &mut Vec<u8>) -> Result<()> {
    message.extend_from_slice(input.choose(LINES)?.as_bytes());
    if !input.ratio(1, 32)? {
        message.extend_from_slice(b"Host: a\r\n");
    }
    for _ in 0..input.int_in_range(0..=2)? {
        let fields = if input.ratio(1, 32)? { PIECES } else { FIELDS };
        message.extend_from_slice(input.choose(fields)?.as_bytes());
    }
    let (fields, content) = input.choose(BODIES)?;
    for part in [fields, "\r\n", content] {
        message.extend_from_slice(part.as_bytes());
    }
    Ok(())
}

fn cuts(input: &mut Unstructured<'_>, len: usize) -> Result<Vec<usize>> {
    let mut cuts = Vec::new();
    for _ in 0..input.int_in_range(0..=4)? {
        cuts.push(input.int_in_range(0..=len)?);
    }
    cuts.sort_unstable();
    Ok(cuts)
}
