//! Whole HTTP/1.1 connections: the engine beside the tiny responder, however the bytes come.

mod generate;

pub use generate::{generate, torn};

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
        let (sent, when_torn) = (whole.sent.escape_ascii(), transcript.sent.escape_ascii());
        assert!(whole == transcript, "{sent} but {when_torn} when torn: {said}");
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
