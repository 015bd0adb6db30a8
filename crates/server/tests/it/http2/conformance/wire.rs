//! Frames and blocks of fields as rows send them.

pub(super) use crate::http2::client::*;

/// A type that nobody has defined.
pub(super) const UNKNOWN: u8 = 0x16;

/// A block of fields, complete, and no content behind it.
pub(super) const WHOLE: u8 = END_STREAM | END_HEADERS;

pub(super) const HEADER_TABLE_SIZE: u16 = 1;
pub(super) const ENABLE_PUSH: u16 = 2;
pub(super) const MAX_CONCURRENT_STREAMS: u16 = 3;
pub(super) const INITIAL_WINDOW_SIZE: u16 = 4;
pub(super) const MAX_FRAME_SIZE: u16 = 5;
pub(super) const MAX_HEADER_LIST_SIZE: u16 = 6;

/// The largest window, and the largest number of a stream.
pub(super) const MAX: u32 = 0x7fff_ffff;

pub(super) type Fields<'a> = &'a [(&'a str, &'a str)];

/// A GET of a file that is there. A server that doesn't notice what is wrong with a row answers it with 200.
pub(super) const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":path", "/a.txt"), (":authority", "a")];

/// The fields of a GET and more behind them.
pub(super) fn get_with(more: Fields<'_>) -> Vec<u8> {
    head(&[&GET[..], more].concat())
}

/// The block of a GET of something else.
pub(super) fn get_of(path: &str) -> Vec<u8> {
    head(&[GET[0], GET[1], (":path", path), GET[3]])
}

/// A GET, complete.
pub(super) fn get(stream: u32) -> Vec<u8> {
    headers(stream, WHOLE, &head(&GET))
}

/// A GET whose content is still to come, with more fields.
pub(super) fn begin(stream: u32, more: Fields<'_>) -> Vec<u8> {
    headers(stream, END_HEADERS, &get_with(more))
}

pub(super) fn headers(stream: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    frame(HEADERS, flags, stream, payload)
}

pub(super) fn continuation(stream: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    frame(CONTINUATION, flags, stream, payload)
}

pub(super) fn data(stream: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    frame(DATA, flags, stream, payload)
}

pub(super) fn settings(values: &[(u16, u32)]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (name, value) in values {
        payload.extend(name.to_be_bytes());
        payload.extend(value.to_be_bytes());
    }
    frame(SETTINGS, 0, 0, &payload)
}

pub(super) fn window_update(stream: u32, increment: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &increment.to_be_bytes())
}

pub(super) fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &code.to_be_bytes())
}

pub(super) fn ping(payload: [u8; 8]) -> Vec<u8> {
    frame(PING, 0, 0, &payload)
}

/// What a priority (RFC 9113 section 6.3) consists of: the stream it depends on, whether only it does, the weight.
pub(super) fn priority(depends_on: u32, is_exclusive: bool, weight: u8) -> Vec<u8> {
    let depends_on = depends_on | if is_exclusive { 1 << 31 } else { 0 };
    [&depends_on.to_be_bytes()[..], &[weight]].concat()
}

/// What stands between the length of the padding and the padding.
pub(super) fn padded(length: u8, content: &[u8], padding: usize) -> Vec<u8> {
    [&[length][..], content, &vec![0; padding]].concat()
}
