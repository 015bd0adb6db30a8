//! Why a field block can't be decoded.

use std::fmt;

/// The rule that a field block broke. The tables of both ends may differ after it: the connection ends with
/// `COMPRESSION_ERROR` (RFC 9113 section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The block ends within a field.
    Truncated,
    /// An integer needs more than 32 bits, or more than five octets beyond its first (section 5.1).
    IntegerOverflow,
    /// An index that neither table has (section 2.3.3).
    Index,
    /// A string that isn't Huffman-coded as it says: EOS within, padding of more than 7 bits, or not of ones
    /// (section 5.2).
    Huffman,
    /// A larger table than was allowed (section 6.3).
    SizeUpdateTooLarge,
    /// The size of the table changes behind a field (section 4.2).
    SizeUpdateMisplaced,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the field block ends within a field",
            Self::IntegerOverflow => "an integer of the field block is too large",
            Self::Index => "the field block refers to a field that is in no table",
            Self::Huffman => "malformed Huffman coding in the field block",
            Self::SizeUpdateTooLarge => "the field block wants a larger table than was allowed",
            Self::SizeUpdateMisplaced => "the size of the table changes behind a field",
        })
    }
}

impl std::error::Error for Error {}
