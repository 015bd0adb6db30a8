//! `Cache-Status` (RFC 9211): how the cache was used for a response.

use crate::overlay::Overlay;

/// How a response came by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// It was held.
    Hit,
    /// It was loaded for this request, and is held now.
    Stored,
    /// It was loaded for this request, and isn't held.
    Passed,
    /// It was loaded for another request at the same time.
    Collapsed,
}

impl Came {
    /// Adds the field to a response.
    pub(crate) fn tell(self, overlay: &mut Overlay) {
        // Section 2: one member of a list, with the name of the cache.
        let value = match self {
            Self::Hit => "catzilla; hit",
            Self::Stored => "catzilla; fwd=uri-miss; stored",
            Self::Passed => "catzilla; fwd=uri-miss",
            Self::Collapsed => "catzilla; fwd=uri-miss; collapsed",
        };
        let added = overlay.append("cache-status", value);
        debug_assert!(added.is_ok(), "a name and a value without control characters");
    }
}
