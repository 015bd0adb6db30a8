//! Why a path gets no file, as one small value.
//! Which HTTP status that makes is decided by whoever speaks HTTP.

use std::error::Error;
use std::fmt;

/// The rule that refused a path.
///
/// `Display` names the rule in words and never a path of the host, so it may be shown to a client;
/// [`Policy::explain`](crate::Policy::explain) says more, to an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The path of a request doesn't begin with `/`, or a name to join is empty or does.
    NotAPath,
    /// A `%` that is not followed by two hexadecimal digits (RFC 3986 section 2.1).
    BadEscape,
    /// A segment `..`, plain or encoded.
    Traversal,
    /// `%2F` or `%5C`: a separator that the URL hides.
    EncodedSeparator,
    /// A backslash: a separator for some systems, part of a name for others.
    Backslash,
    /// NUL or another control character, C1 included.
    ControlCharacter,
    /// A raw `?` or `#`: what follows it is no path any more (RFC 3986 section 3.3).
    QueryOrFragment,
    /// The decoded path is not UTF-8; overlong forms and surrogates aren't either.
    InvalidUtf8,
    /// A segment over 255 bytes or a path over 4095: no file system here has such a file.
    TooLong,
    /// A name that means something else on Windows: a device, a stream, a trailing dot or space.
    WindowsName,
    /// A segment begins with a dot.
    Hidden,
    /// The extension is blocked, or not among those that are allowed.
    Extension,
    /// A pattern blocks the name or a folder above it.
    Pattern,
    /// A symbolic link that the policy doesn't follow, or too many of them (a loop).
    Symlink,
    /// A symbolic link that leads out of the root, or an absolute one.
    OutsideRoot,
    /// A FIFO, a socket or a device.
    NotAFile,
    /// The file is larger than the policy allows.
    TooLarge,
}

/// What a refusal amounts to, for whoever turns it into an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalClass {
    /// The path itself is wrong, whatever the files are.
    Malformed,
    /// To be answered exactly as if nothing were there.
    Absent,
    /// A rule forbids it, and the client may know.
    Blocked,
    /// The file is too large to be served.
    TooLarge,
}

impl Refusal {
    /// What this refusal amounts to.
    ///
    /// [`TooLong`](Self::TooLong) counts as malformed; HTTP has a status of its own for it.
    pub fn class(self) -> RefusalClass {
        match self {
            Self::NotAPath
            | Self::BadEscape
            | Self::Traversal
            | Self::EncodedSeparator
            | Self::Backslash
            | Self::ControlCharacter
            | Self::QueryOrFragment
            | Self::InvalidUtf8
            | Self::TooLong
            | Self::WindowsName => RefusalClass::Malformed,
            Self::Hidden | Self::Symlink | Self::OutsideRoot | Self::NotAFile => {
                RefusalClass::Absent
            }
            Self::Extension | Self::Pattern => RefusalClass::Blocked,
            Self::TooLarge => RefusalClass::TooLarge,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAPath => "not a path of the form that is asked for",
            Self::BadEscape => "a percent sign without two hexadecimal digits",
            Self::Traversal => "a `..` segment",
            Self::EncodedSeparator => "an encoded slash or backslash",
            Self::Backslash => "a backslash",
            Self::ControlCharacter => "a control character",
            Self::QueryOrFragment => "a question mark or number sign inside the path",
            Self::InvalidUtf8 => "not UTF-8",
            Self::TooLong => "a path or a name in it is too long",
            Self::WindowsName => "a name reserved on Windows",
            Self::Hidden => "a hidden file or folder",
            Self::Extension => "the extension is not allowed",
            Self::Pattern => "a pattern blocks the name",
            Self::Symlink => "a symbolic link that is not followed",
            Self::OutsideRoot => "a symbolic link that leads out of the folder",
            Self::NotAFile => "neither a file nor a folder",
            Self::TooLarge => "the file is too large",
        })
    }
}

impl Error for Refusal {}
