//! The boundary of a multipart body, RFC 2046 section 5.1.1.

use std::fmt;

/// What separates the parts: 1 to 70 characters, checked.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Boundary {
    /// Invariant: `bytes[..len]` is a `boundary` of the grammar, the rest is zero.
    bytes: [u8; Self::MAX_LEN],
    len: u8,
}

impl Boundary {
    /// The longest boundary, in bytes.
    pub const MAX_LEN: usize = 70;

    /// Checks a boundary.
    ///
    /// # Errors
    ///
    /// When `text` is empty, longer than 70 bytes, ends with a space, or contains anything but
    /// letters, digits, spaces and `'()+_,-./:=?`.
    pub fn new(text: &str) -> Result<Self, InvalidBoundary> {
        let text = text.as_bytes();
        let fits = (1..=Self::MAX_LEN).contains(&text.len());
        if !fits || text.ends_with(b" ") || !text.iter().copied().all(is_bchar) {
            return Err(InvalidBoundary(()));
        }
        let mut bytes = [0; Self::MAX_LEN];
        bytes[..text.len()].copy_from_slice(text);
        Ok(Self { bytes, len: text.len() as u8 })
    }

    /// `bits` as 32 hexadecimal digits. With bits that nobody can guess, no content contains it,
    /// not even one made for the purpose.
    pub fn from_bits(bits: u128) -> Self {
        let mut bytes = [0; Self::MAX_LEN];
        for (place, digit) in bytes[..32].iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(bits >> (124 - 4 * place) & 0xf) as usize];
        }
        Self { bytes, len: 32 }
    }

    /// The boundary, without the dashes of a delimiter.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Whether the boundary can stand in a parameter without quotes (RFC 9110 section 5.6.2).
    pub(super) fn is_token(&self) -> bool {
        self.as_bytes().iter().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'\'' | b'+' | b'_' | b'-' | b'.')
        })
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|&byte| fmt::Write::write_char(f, byte.into()))
    }
}

impl fmt::Debug for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Not a boundary of RFC 2046.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidBoundary(());

impl fmt::Display for InvalidBoundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a multipart boundary of 1 to 70 letters, digits and `'()+_,-./:=? `")
    }
}

impl std::error::Error for InvalidBoundary {}

/// `bchars`
fn is_bchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte)
}
