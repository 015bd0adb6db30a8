//! Frames as they travel (RFC 9113 sections 4.1 and 6).

use super::error_code::ErrorCode;

/// Bytes before the payload.
pub(super) const HEAD: usize = 9;

/// The payload that everybody has to take, and all that this side takes (section 4.2).
pub(super) const MAX_PAYLOAD: usize = 16 * 1024;

/// What a frame is: its type.
pub(super) mod kind {
    pub(in crate::http2) const DATA: u8 = 0;
    pub(in crate::http2) const HEADERS: u8 = 1;
    pub(in crate::http2) const PRIORITY: u8 = 2;
    pub(in crate::http2) const RST_STREAM: u8 = 3;
    pub(in crate::http2) const SETTINGS: u8 = 4;
    pub(in crate::http2) const PUSH_PROMISE: u8 = 5;
    pub(in crate::http2) const PING: u8 = 6;
    pub(in crate::http2) const GOAWAY: u8 = 7;
    pub(in crate::http2) const WINDOW_UPDATE: u8 = 8;
    pub(in crate::http2) const CONTINUATION: u8 = 9;
}

/// What is said of a frame: its flags.
pub(super) mod flag {
    /// Of DATA and HEADERS.
    pub(in crate::http2) const END_STREAM: u8 = 0x01;
    /// Of SETTINGS and PING.
    pub(in crate::http2) const ACK: u8 = 0x01;
    /// Of HEADERS and CONTINUATION.
    pub(in crate::http2) const END_HEADERS: u8 = 0x04;
    /// Of DATA and HEADERS.
    pub(in crate::http2) const PADDED: u8 = 0x08;
    /// Of HEADERS.
    pub(in crate::http2) const PRIORITY: u8 = 0x20;
}

/// The first nine bytes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHead {
    /// Bytes of the payload.
    pub(super) len: usize,
    /// One of [`kind`], or another.
    pub(super) kind: u8,
    /// Of [`flag`], and others.
    pub(super) flags: u8,
    /// 0 for the connection.
    pub(super) stream: u32,
}

impl FrameHead {
    /// `None`: there are fewer bytes. The reserved bit is ignored.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (len, rest) = bytes.split_first_chunk::<3>()?;
        let (&[kind, flags], rest) = rest.split_first_chunk::<2>()?;
        let len = len.iter().fold(0, |len, byte| len << 8 | usize::from(*byte));
        let stream = u32::from_be_bytes(*rest.first_chunk()?) & 0x7fff_ffff;
        Some(Self { len, kind, flags, stream })
    }

    /// As it travels.
    pub(super) fn to_bytes(self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&((self.len as u32) << 8).to_be_bytes());
        (bytes[3], bytes[4]) = (self.kind, self.flags);
        bytes[5..].copy_from_slice(&self.stream.to_be_bytes());
        bytes
    }

    /// Whether a flag is set.
    pub(super) fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Appends a frame.
pub(super) fn write(kind: u8, flags: u8, stream: u32, payload: &[u8], out: &mut Vec<u8>) {
    let head = FrameHead { len: payload.len(), kind, flags, stream };
    out.extend_from_slice(&head.to_bytes());
    out.extend_from_slice(payload);
}

/// A frame whose payload is one number: `RST_STREAM`, `WINDOW_UPDATE`.
pub(super) fn write_number(kind: u8, stream: u32, number: u32, out: &mut Vec<u8>) {
    write(kind, 0, stream, &number.to_be_bytes(), out);
}

/// `GOAWAY` (section 6.8).
pub(super) fn write_goaway(last: u32, code: ErrorCode, out: &mut Vec<u8>) {
    let mut payload = [0; 8];
    payload[..4].copy_from_slice(&last.to_be_bytes());
    payload[4..].copy_from_slice(&code.0.to_be_bytes());
    write(kind::GOAWAY, 0, 0, &payload, out);
}

/// The payload without its padding (section 6.1).
///
/// # Errors
/// There is more padding than payload.
pub(super) fn unpadded(head: FrameHead, payload: &[u8]) -> Result<&[u8], ErrorCode> {
    if !head.has(flag::PADDED) {
        return Ok(payload);
    }
    let (&padding, rest) = payload.split_first().ok_or(ErrorCode::FRAME_SIZE_ERROR)?;
    let len = rest.len().checked_sub(usize::from(padding)).ok_or(ErrorCode::PROTOCOL_ERROR)?;
    Ok(&rest[..len])
}

/// A payload of one number.
///
/// # Errors
/// It has another size.
pub(super) fn number(payload: &[u8]) -> Result<u32, ErrorCode> {
    let bytes = payload.try_into().map_err(|_| ErrorCode::FRAME_SIZE_ERROR)?;
    Ok(u32::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_written_as_they_are_read() {
        let bytes = [0, 0x40, 1, kind::HEADERS, flag::END_HEADERS, 0x80, 0, 1, 3, 99];
        let head = FrameHead::parse(&bytes).unwrap();
        let expected = FrameHead { len: 0x4001, kind: kind::HEADERS, flags: 4, stream: 0x103 };
        assert_eq!(head, expected);
        assert_eq!(head.to_bytes(), [0, 0x40, 1, 1, 4, 0, 0, 1, 3], "without the reserved bit");
        assert_eq!(FrameHead::parse(&bytes[..8]), None);
    }

    #[track_caller]
    fn check(payload: &[u8], expected: Result<&[u8], ErrorCode>) {
        let head = |flags| FrameHead { len: payload.len(), kind: kind::DATA, flags, stream: 1 };
        assert_eq!(unpadded(head(flag::PADDED), payload), expected);
        assert_eq!(unpadded(head(0), payload), Ok(payload));
    }

    #[test]
    fn padding_is_taken_off() {
        check(b"\0", Ok(b""));
        check(b"\0abc", Ok(b"abc"));
        check(b"\x02abc", Ok(b"a"));
        check(b"\x03abc", Ok(b""));
        check(b"\x04abc", Err(ErrorCode::PROTOCOL_ERROR));
        check(b"", Err(ErrorCode::FRAME_SIZE_ERROR));
    }
}
