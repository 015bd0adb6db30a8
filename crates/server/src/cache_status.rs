//! `Cache-Status` (RFC 9211): how the cache was used for a response.

use catzilla_middleware_engine::Overlay;

/// How a response came by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// It was held.
    Hit,
    /// It was loaded for this request, and is held now.
    Stored(Why),
    /// It was loaded for this request, and isn't held.
    Passed(Why),
    /// It was loaded for another request at the same time.
    Collapsed(Why),
}

/// Why it had to be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Why {
    /// It wasn't held, or not any more.
    #[default]
    Missing,
    /// What was held was past its time, or the file was found to be another by now.
    Stale,
}

impl Came {
    /// Adds the field to a response.
    pub(crate) fn tell(self, overlay: &mut Overlay) {
        // Section 2: one member of a list, with the name of the cache.
        let value = match self {
            Self::Hit => "catzilla; hit",
            Self::Stored(Why::Missing) => "catzilla; fwd=uri-miss; stored",
            Self::Stored(Why::Stale) => "catzilla; fwd=stale; stored",
            Self::Passed(Why::Missing) => "catzilla; fwd=uri-miss",
            Self::Passed(Why::Stale) => "catzilla; fwd=stale",
            Self::Collapsed(Why::Missing) => "catzilla; fwd=uri-miss; collapsed",
            Self::Collapsed(Why::Stale) => "catzilla; fwd=stale; collapsed",
        };
        let added = overlay.append("cache-status", value);
        debug_assert!(added.is_ok(), "a name and a value without control characters");
    }
}
