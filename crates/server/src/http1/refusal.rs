//! Why the gate refuses a message. Which status that makes is chosen in `respond.rs`.

use std::fmt;

/// The rule that a message broke. After a refusal nothing on the connection is trusted: it gets one
/// answer and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The first bytes are no request at all: TLS, another protocol, noise.
    NotHttp,
    /// The request line is not `method SP target SP version CRLF` (RFC 9112 section 3).
    RequestLine,
    /// The target has none of the four forms, or one that its method doesn't take (section 3.2).
    Target,
    /// The target is longer than the limit.
    TargetTooLong,
    /// The version is not `HTTP/` digit `.` digit (section 2.3).
    Version,
    /// A major version other than 1.
    UnsupportedVersion,
    /// A line ends in LF without CR (section 2.2: a recipient may refuse what it need not accept).
    BareLineFeed,
    /// A field line that continues on the next line (section 5.2).
    ObsoleteFolding,
    /// A field line without a colon, with an invalid name, or with a space before the colon
    /// (section 5.1), or a control character in a value (RFC 9110 section 5.5).
    Field,
    /// More field lines than the limit.
    TooManyFields,
    /// The head is longer than the limit.
    HeadTooLarge,
    /// No `Host` in HTTP/1.1, or more than one (section 3.2).
    HostCount,
    /// `Host`, or the authority of the target, is not a host and an optional port.
    Host,
    /// `Content-Length` is not one decimal number (section 6.3).
    ContentLength,
    /// Both `Content-Length` and `Transfer-Encoding`, or the latter in HTTP/1.0 (section 6.1).
    Framing,
    /// `Transfer-Encoding` is malformed, or `chunked` isn't last or comes twice (section 6.1).
    TransferCoding,
    /// A transfer coding other than `chunked`.
    UnsupportedTransferCoding,
    /// An expectation other than `100-continue` (RFC 9110 section 10.1.1).
    Expectation,
    /// A chunk's size line or end is malformed, or too long (section 7.1).
    Chunk,
    /// The trailer section is malformed or longer than the limits of a head (section 7.1.2).
    Trailer,
    /// The content of a body that was asked for is longer than the limit.
    BodyTooLarge,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHttp => "not an HTTP/1 request",
            Self::RequestLine => "malformed request line",
            Self::Target => "the request target has no form that fits its method",
            Self::TargetTooLong => "the request target is too long",
            Self::Version => "malformed HTTP version",
            Self::UnsupportedVersion => "HTTP version not supported",
            Self::BareLineFeed => "a line ends without a carriage return",
            Self::ObsoleteFolding => "a folded field line",
            Self::Field => "malformed field line",
            Self::TooManyFields => "too many field lines",
            Self::HeadTooLarge => "the head is too large",
            Self::HostCount => "not exactly one Host field",
            Self::Host => "invalid Host",
            Self::ContentLength => "invalid Content-Length",
            Self::Framing => {
                "unclear framing: Transfer-Encoding beside Content-Length or in HTTP/1.0"
            }
            Self::TransferCoding => "malformed Transfer-Encoding",
            Self::UnsupportedTransferCoding => "transfer coding not supported",
            Self::Expectation => "expectation not supported",
            Self::Chunk => "malformed chunk",
            Self::Trailer => "malformed trailer section",
            Self::BodyTooLarge => "the body is too large",
        })
    }
}

impl std::error::Error for Refusal {}
