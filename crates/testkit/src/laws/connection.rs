//! Whole HTTP/1.1 connections: the engine beside the tiny responder, however the bytes come.

use arbitrary::{Result, Unstructured};

use crate::responder::{self, End};
use crate::response;

/// What a server made of its input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    /// Every byte that it sent.
    pub sent: Vec<u8>,
    /// For each final response, whether it answers HEAD.
    pub to_head: Vec<bool>,
    /// Whether it ended the connection.
    pub closed: bool,
}

/// A server that receives these pieces, one after the other, and answers a request with 200 and
/// `METHOD target @authority`, a refusal with 400.
pub type Server<'a> = &'a dyn Fn(&[&[u8]]) -> Transcript;

/// Pieces of requests, good and bad, from which inputs are put together: chance alone never makes a head.
const PIECES: &[&str] = &[
    "GET / HTTP/1.1\r\n",
    "GET / HTTP/1.0\r\n",
    "HEAD /a?b HTTP/1.1\r\n",
    "POST /p HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "GET http://b:8/c HTTP/1.1\r\n",
    "CONNECT c:1 HTTP/1.1\r\n",
    "GET / HTTP/1.7\r\n",
    "GET / HTTP/2.0\r\n",
    "Host: a\r\n",
    "Host: a\r\n",
    "Host: a\r\n",
    "Host: [::1]:80\r\n",
    "Host: u@a\r\n",
    "host:\r\n",
    "\r\n",
    "\r\n",
    "\r\n",
    "\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 70000\r\n",
    "Content-Length: +5\r\n",
    "hello",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "0\r\nA: b\r\n\r\n",
    "1;a\r\nx\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Expect: 100-continue\r\n",
    "Expect: x\r\n",
    "Range: bytes=0-1\r\n",
    "If-None-Match: \"a\"\r\n",
    " folded\r\n",
    "X : y\r\n",
    "X: \u{7f}\r\n",
    "\n",
    "\r",
    ":",
    "\0",
    "\u{16}\u{3}\u{1}",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
];

/// Whatever comes: every response is valid, responses are those of the requests that the tiny responder finds,
/// and only the last one says close. However it is torn: not a byte of the answers changes.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8], server: Server<'_>) {
    judge(data, &[], server);
    if let Some((message, cuts)) = generate(data) {
        judge(&message, &cuts, server);
    }
}

/// What a client might send, put together from good and bad parts as `data` chooses, and where it is torn.
pub fn generate(data: &[u8]) -> Option<(Vec<u8>, Vec<usize>)> {
    assemble(&mut Unstructured::new(data)).ok()
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

fn assemble(input: &mut Unstructured<'_>) -> Result<(Vec<u8>, Vec<usize>)> {
    let mut message = Vec::new();
    for _ in 0..input.int_in_range(0..=12)? {
        if input.ratio(1, 16)? {
            message.push(input.arbitrary()?);
        } else {
            message.extend_from_slice(input.choose(PIECES)?.as_bytes());
        }
    }
    let mut cuts = Vec::new();
    for _ in 0..input.int_in_range(0..=4)? {
        cuts.push(input.int_in_range(0..=message.len())?);
    }
    cuts.sort_unstable();
    Ok((message, cuts))
}

/// Judges one input, received at once and byte by byte.
pub(crate) fn judge_whole(message: &[u8], server: Server<'_>) {
    judge(message, &[], server);
}

fn judge(message: &[u8], cuts: &[usize], server: Server<'_>) {
    let expected = responder::respond(message);
    let bytes: Vec<&[u8]> = message.chunks(1).collect();
    let whole = server(&[message]);
    let said = message.escape_ascii();
    for transcript in [server(&torn(message, cuts)), server(&bytes)] {
        let (sent, sent_torn) = (whole.sent.escape_ascii(), transcript.sent.escape_ascii());
        assert_eq!(whole, transcript, "{sent} but {sent_torn} when torn: {said}");
    }
    let (requests, refused) = read(&whole, message);
    assert_eq!(requests, expected.requests, "{said}");
    match expected.end {
        // What can never become a request may be refused before it is complete.
        End::Open => {}
        End::Closed => assert!(whole.closed && !refused, "{said}"),
        End::Refused => assert!(whole.closed && refused, "{said}"),
    }
}

/// The requests that were answered, and whether a refusal follows them.
fn read(transcript: &Transcript, message: &[u8]) -> (Vec<String>, bool) {
    let (mut rest, mut to_head) = (&transcript.sent[..], transcript.to_head.iter());
    let (mut requests, mut refused, mut closes) = (Vec::new(), false, false);
    let said = message.escape_ascii();
    while !rest.is_empty() {
        assert!(!closes && !refused, "something follows the last response: {said}");
        let to_head = *to_head.next().unwrap_or_else(|| panic!("an answer to nothing: {said}"));
        let (response, len) = match response::read(rest, to_head) {
            Ok(Some(read)) => read,
            Ok(None) => panic!("an incomplete response: {said}"),
            Err(err) => panic!("{err}: {said}"),
        };
        rest = &rest[len..];
        closes = response.closes();
        match response.status {
            200 if to_head => requests.push(shown_of_head(&response)),
            200 => requests.push(String::from_utf8_lossy(&response.body).into_owned()),
            400 => refused = true,
            other => panic!("unexpected status {other}: {said}"),
        }
    }
    assert!(to_head.next().is_none(), "an answer is missing: {said}");
    assert!(!closes || transcript.closed, "it said close and went on: {said}");
    assert!(!refused || closes, "a refusal ends the connection: {said}");
    (requests, refused)
}

/// A response to HEAD shows what it answers in a field.
fn shown_of_head(response: &response::Response) -> String {
    response
        .values("x-understood")
        .next()
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .unwrap_or_default()
}
