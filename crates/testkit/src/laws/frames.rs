//! Whole HTTP/2 connections: whatever the client sends, and however it is torn, what comes back are frames that may be
//! sent, and no more content than the client has allowed.

use std::collections::HashMap;

use arbitrary::{Result, Unstructured};

use crate::frames::{
    CONTINUATION, DATA, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS, WINDOW_UPDATE, frame,
};

/// A server that receives these pieces, one after the other, and answers each request with 200 and as much content as it
/// may send; it has a look at what waits after each piece. Returns every byte that it sent.
pub type Server<'a> = &'a dyn Fn(&[&[u8]]) -> Vec<u8>;

/// The longest payload that a client has to take without having said more.
const MAX_PAYLOAD: usize = 16_384;

/// Field blocks, good and bad; the first is a GET.
const BLOCKS: &[&[u8]] = &[
    b"\x82\x86\x84\x41\x01a",
    // From the tables of both sides, if it was there before.
    b"\x82\x86\x84\xbe",
    b"\x82\x86\x04\x02/b\x41\x01b\x5c\x015",
    b"\x83\x86\x84\x41\x01a\x5c\x013",
    b"\x82\x86",
    b"\x82\x86\x84\x41\x01a\x00\x01X\x011",
    b"\x40\x01x\x01y",
    b"\x80",
    b"\x3f\xe1\x7f\x82\x86\x84\x41\x01a",
    b"",
];

/// Judges the answers to raw bytes behind a preface, and to frames that these bytes describe.
///
/// # Panics
/// When the server sends what no server may send.
pub fn check(data: &[u8], server: Server<'_>) {
    let raw = [PREFACE, &[0, 0, 0, SETTINGS, 0, 0, 0, 0, 0], data].concat();
    judge(&raw, server);
    if let Ok(frames) = generate(&mut Unstructured::new(data)) {
        judge(&[PREFACE, &frames].concat(), server);
    }
}

fn judge(message: &[u8], server: Server<'_>) {
    let bytes: Vec<&[u8]> = message.chunks(1).collect();
    let thirds: Vec<&[u8]> = message.chunks(message.len().div_ceil(3).max(1)).collect();
    for pieces in [vec![message], thirds, bytes] {
        judge_sent(&server(&pieces), message);
    }
}

/// How a stream stands, as whoever receives it sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    /// Its head has come.
    Open,
    Ended,
}

/// The strict reader: frames that are complete and may come in this order.
fn judge_sent(sent: &[u8], message: &[u8]) {
    let said = message.escape_ascii();
    let (mut says_goodbye, mut has_failed) = (false, false);
    let mut streams = HashMap::new();
    let (mut content, mut acks, mut echoes) = (0, 0, 0);
    let mut is_first = true;
    for frame in frames(sent, true) {
        let Frame { kind, flags, stream, payload } = frame;
        assert!(payload.len() <= 4 * MAX_PAYLOAD, "too long: {said}");
        assert!(!is_first || kind == SETTINGS, "settings come first: {said}");
        assert!(!has_failed, "something follows the goodbye: {said}");
        is_first = false;
        match kind {
            HEADERS => {
                let ends = flags & 1 != 0;
                assert!(stream % 2 == 1 && flags & 4 != 0 && !payload.is_empty(), "{said}");
                let state = if ends { Stream::Ended } else { Stream::Open };
                assert!(streams.insert(stream, state).is_none(), "answered twice: {said}");
            }
            DATA => {
                let state = streams.get_mut(&stream);
                assert!(state == Some(&mut Stream::Open), "content of nothing: {said}");
                content += payload.len() as u64;
                if flags & 1 != 0 {
                    streams.insert(stream, Stream::Ended);
                }
            }
            RST_STREAM => {
                assert!(stream % 2 == 1 && payload.len() == 4, "{said}");
                streams.insert(stream, Stream::Ended);
            }
            SETTINGS if flags & 1 != 0 => {
                assert!(stream == 0 && payload.is_empty(), "{said}");
                acks += 1;
            }
            SETTINGS => assert!(stream == 0 && payload.len().is_multiple_of(6), "{said}"),
            PING => {
                // One of its own goes with a goodbye.
                let is_due = flags == 1 || (flags == 0 && says_goodbye);
                assert!(stream == 0 && is_due && payload.len() == 8, "{said}");
                echoes += usize::from(flags == 1);
            }
            GOAWAY => {
                assert!(stream == 0 && payload.len() == 8, "{said}");
                says_goodbye = true;
                has_failed = number(&payload[4..]) != 0;
            }
            WINDOW_UPDATE => assert!(payload.len() == 4 && number(payload) > 0, "{said}"),
            _ => panic!("no server sends a frame of type {kind}: {said}"),
        }
    }
    judge_allowed(message, content, acks, echoes);
}

/// No more than the client has asked for.
fn judge_allowed(message: &[u8], content: u64, acks: usize, echoes: usize) {
    let (mut window, mut settings, mut pings) = (65_535_u64, 0, 0);
    for Frame { kind, flags, stream, payload } in frames(&message[PREFACE.len()..], false) {
        match kind {
            WINDOW_UPDATE if stream == 0 && payload.len() == 4 => {
                window += u64::from(number(payload) & 0x7fff_ffff);
            }
            SETTINGS if flags & 1 == 0 => settings += 1,
            PING if flags & 1 == 0 => pings += 1,
            _ => {}
        }
    }
    let said = message.escape_ascii();
    assert!(content <= window, "{content} bytes of content in a window of {window}: {said}");
    assert!(acks <= settings && echoes <= pings, "more answers than questions: {said}");
}

struct Frame<'a> {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: &'a [u8],
}

/// The frames of a message, up to the first that isn't complete.
fn frames(mut bytes: &[u8], is_complete: bool) -> impl Iterator<Item = Frame<'_>> {
    std::iter::from_fn(move || {
        let next = (|| {
            let (head, rest) = bytes.split_at_checked(9)?;
            let len = number(&[0, head[0], head[1], head[2]]) as usize;
            let (payload, rest) = rest.split_at_checked(len)?;
            bytes = rest;
            let stream = number(&head[5..]) & 0x7fff_ffff;
            Some(Frame { kind: head[3], flags: head[4], stream, payload })
        })();
        assert!(next.is_some() || bytes.is_empty() || !is_complete, "half a frame was sent");
        next
    })
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Frames that a client might send: chance alone never makes one.
fn generate(choices: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut message = Vec::new();
    if choices.ratio(9, 10)? {
        message.extend(frame(SETTINGS, 0, 0, &settings(choices)?));
    }
    let mut next = 1;
    for _ in 0..choices.int_in_range(1..=12)? {
        // Nearly always a stream that was begun, or is to be.
        let stream = match choices.int_in_range(0..=9)? {
            0 => 0,
            1 => choices.int_in_range(0..=20)?,
            _ => 1 + 2 * choices.int_in_range(0..=next / 2)?,
        };
        match choices.int_in_range(0..=13)? {
            0..=4 => {
                let block = *choices.choose(BLOCKS)?;
                let flags = choices.choose(&[5, 5, 4, 1, 0x0d, 0x25])?;
                message.extend(frame(HEADERS, *flags, next, block));
                next += 2;
            }
            5 => {
                let block = *choices.choose(BLOCKS)?;
                message.extend(frame(CONTINUATION, *choices.choose(&[4, 0])?, stream, block));
            }
            6 | 7 => {
                let content = vec![0; choices.int_in_range(0..=40)?];
                message.extend(frame(DATA, *choices.choose(&[1, 0, 8])?, stream, &content));
            }
            8 => message.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())),
            9 => message.extend(frame(SETTINGS, 0, 0, &settings(choices)?)),
            10 => message.extend(frame(PING, *choices.choose(&[0, 1])?, 0, &[7; 8])),
            11 | 12 => {
                let more = *choices.choose(&[1_u32, 100, 20_000, 0, 0x7fff_ffff])?;
                message.extend(frame(WINDOW_UPDATE, 0, stream, &more.to_be_bytes()));
            }
            _ => {
                let (kind, payload): (u8, [u8; 5]) = choices.arbitrary()?;
                message.extend(frame(kind, choices.arbitrary()?, stream, &payload));
            }
        }
    }
    Ok(message)
}

fn settings(choices: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut settings = Vec::new();
    for _ in 0..choices.int_in_range(0..=2)? {
        let id = choices.int_in_range(0..=6_u16)?;
        let value = *choices.choose(&[0, 1, 100, 16_384, 65_535, 0x7fff_ffff, 0x8000_0000_u32])?;
        settings.extend(id.to_be_bytes());
        settings.extend(value.to_be_bytes());
    }
    Ok(settings)
}
