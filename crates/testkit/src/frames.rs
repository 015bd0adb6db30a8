//! Frames of HTTP/2 as tests write them, apart from the engine: types, flags and error codes of RFC 9113.

/// What a client begins with.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Types of frames (section 6).
pub const DATA: u8 = 0;
/// Begins a stream, or ends one with trailers.
pub const HEADERS: u8 = 1;
/// Of no use any more (section 5.3.2).
pub const PRIORITY: u8 = 2;
/// Gives a stream up.
pub const RST_STREAM: u8 = 3;
/// What a side says of itself.
pub const SETTINGS: u8 = 4;
/// Nothing that a client sends.
pub const PUSH_PROMISE: u8 = 5;
/// Asks for an echo.
pub const PING: u8 = 6;
/// Says goodbye.
pub const GOAWAY: u8 = 7;
/// Opens a window.
pub const WINDOW_UPDATE: u8 = 8;
/// Goes on with a field block.
pub const CONTINUATION: u8 = 9;

/// Flag of `DATA` and `HEADERS`.
pub const END_STREAM: u8 = 0x01;
/// Flag of `SETTINGS` and `PING`.
pub const ACK: u8 = 0x01;
/// Flag of `HEADERS` and `CONTINUATION`.
pub const END_HEADERS: u8 = 0x04;
/// Flag of `DATA` and `HEADERS`.
pub const PADDED: u8 = 0x08;
/// Flag of `HEADERS`.
pub const WITH_PRIORITY: u8 = 0x20;

/// Error codes (section 7).
pub const NO_ERROR: u32 = 0;
/// A rule without a code of its own.
pub const PROTOCOL_ERROR: u32 = 1;
/// More than the window.
pub const FLOW_CONTROL_ERROR: u32 = 3;
/// A stream that is over.
pub const STREAM_CLOSED: u32 = 5;
/// A wrong size.
pub const FRAME_SIZE_ERROR: u32 = 6;
/// Nothing was done.
pub const REFUSED_STREAM: u32 = 7;
/// No longer wanted.
pub const CANCEL: u32 = 8;
/// A block that can't be decoded.
pub const COMPRESSION_ERROR: u32 = 9;
/// Work for nothing.
pub const ENHANCE_YOUR_CALM: u32 = 11;

/// A frame as it travels.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}
