//! Why a stream or a connection ends (RFC 9113 section 7).

use std::fmt;

/// An error code, known or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ErrorCode(pub u32);

impl ErrorCode {
    /// It ends without an error.
    pub const NO_ERROR: Self = Self(0);
    /// The other side broke a rule that has no code of its own.
    pub const PROTOCOL_ERROR: Self = Self(1);
    /// This side has failed.
    pub const INTERNAL_ERROR: Self = Self(2);
    /// More was sent than the window allowed.
    pub const FLOW_CONTROL_ERROR: Self = Self(3);
    /// A frame on a stream that is at least half closed.
    pub const STREAM_CLOSED: Self = Self(5);
    /// A frame of a size that its type doesn't have.
    pub const FRAME_SIZE_ERROR: Self = Self(6);
    /// Nothing was done for the stream: it may be begun again.
    pub const REFUSED_STREAM: Self = Self(7);
    /// The stream is no longer wanted.
    pub const CANCEL: Self = Self(8);
    /// A field block can't be decoded.
    pub const COMPRESSION_ERROR: Self = Self(9);
    /// The other side makes work for nothing.
    pub const ENHANCE_YOUR_CALM: Self = Self(11);
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::NO_ERROR => "no error",
            Self::PROTOCOL_ERROR => "a rule of the protocol was broken",
            Self::INTERNAL_ERROR => "this side has failed",
            Self::FLOW_CONTROL_ERROR => "more was sent than the window allowed",
            Self::STREAM_CLOSED => "a frame on a stream that was closed",
            Self::FRAME_SIZE_ERROR => "a frame of a wrong size",
            Self::REFUSED_STREAM => "the stream was refused",
            Self::CANCEL => "the stream is no longer wanted",
            Self::COMPRESSION_ERROR => "a field block can't be decoded",
            Self::ENHANCE_YOUR_CALM => "work was made for nothing",
            Self(code) => return write!(f, "error {code}"),
        })
    }
}
