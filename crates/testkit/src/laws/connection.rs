//! Whole HTTP/1.1 connections: the engine beside the tiny responder, however the bytes come.

mod generate;

pub use generate::{generate, torn};

use crate::responder::{self, Bodies, End};
use crate::response;

/// What a server made of its input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    /// Every byte that it sent.
    pub sent: Vec<u8>,
    /// What it read of the bodies of requests; the last one may be incomplete.
    pub bodies: Vec<Vec<u8>>,
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
    judge(data, &[], Bodies::Discarded, server);
    if let Some((message, cuts)) = generate(data) {
        judge(&message, &cuts, Bodies::Discarded, server);
    }
}

/// Judges one input, received at once, in pieces and byte by byte.
pub(crate) fn judge(message: &[u8], cuts: &[usize], bodies: Bodies, server: Server<'_>) {
    let expected = responder::respond(message, bodies);
    let bytes: Vec<&[u8]> = message.chunks(1).collect();
    let whole = server(&[message]);
    let said = message.escape_ascii();
    for transcript in [server(&torn(message, cuts)), server(&bytes)] {
        let (sent, when_torn) = (whole.sent.escape_ascii(), transcript.sent.escape_ascii());
        assert!(whole == transcript, "{sent} but {when_torn} when torn: {said}");
    }
    let Answers { requests, continues, refused } = read(&whole, message);
    assert_eq!(requests, expected.requests, "{said}");
    assert_eq!(continues, expected.continues, "told to go on: {said}");
    assert!(whole.bodies.starts_with(&expected.bodies), "{:?}: {said}", whole.bodies);
    let incomplete = whole.bodies.len() - expected.bodies.len();
    assert!(incomplete <= 1, "{said}");
    match expected.end {
        // What can never become a request may be refused before it is complete.
        End::Open => {}
        End::Closed => assert!(whole.closed && !refused, "{said}"),
        End::Refused => assert!(whole.closed && refused, "{said}"),
    }
}

struct Answers {
    /// The requests that were answered.
    requests: Vec<String>,
    /// How often it said `100 Continue`.
    continues: usize,
    /// Whether a refusal follows them.
    refused: bool,
}

fn read(transcript: &Transcript, message: &[u8]) -> Answers {
    let (mut rest, mut to_head) = (&transcript.sent[..], transcript.to_head.iter());
    let mut answers = Answers { requests: Vec::new(), continues: 0, refused: false };
    let mut closes = false;
    let said = message.escape_ascii();
    while !rest.is_empty() {
        assert!(!closes && !answers.refused, "something follows the last response: {said}");
        if let Some(after) = rest.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n") {
            answers.continues += 1;
            rest = after;
            continue;
        }
        let to_head = *to_head.next().unwrap_or_else(|| panic!("an answer to nothing: {said}"));
        let (response, len) = match response::read(rest, to_head) {
            Ok(Some(read)) => read,
            Ok(None) => panic!("an incomplete response: {said}"),
            Err(err) => panic!("{err}: {said}"),
        };
        rest = &rest[len..];
        closes = response.closes();
        match response.status {
            200 if to_head => answers.requests.push(shown_of_head(&response)),
            200 => answers.requests.push(String::from_utf8_lossy(&response.body).into_owned()),
            400 => answers.refused = true,
            other => panic!("unexpected status {other}: {said}"),
        }
    }
    assert!(to_head.next().is_none(), "an answer is missing: {said}");
    assert!(!closes || transcript.closed, "it said close and went on: {said}");
    assert!(!answers.refused || closes, "a refusal ends the connection: {said}");
    answers
}

/// A response to HEAD shows what it answers in a field.
fn shown_of_head(response: &response::Response) -> String {
    response
        .values("x-understood")
        .next()
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .unwrap_or_default()
}
