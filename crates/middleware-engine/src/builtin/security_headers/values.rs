//! What the fields of [`SecurityHeaders`](super::SecurityHeaders) can say.

use std::time::Duration;

/// Who may show a page in a frame (RFC 7034). A policy of the content with `frame-ancestors` has more to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameOptions {
    /// Nobody.
    Deny,
    /// Pages of the same origin.
    SameOrigin,
}

impl FrameOptions {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "DENY",
            Self::SameOrigin => "SAMEORIGIN",
        }
    }
}

/// What a browser tells of the page that a request comes from
/// ([Referrer Policy](https://www.w3.org/TR/referrer-policy/)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferrerPolicy {
    /// Nothing.
    NoReferrer,
    /// All, but nothing to a less secure place.
    NoReferrerWhenDowngrade,
    /// Its origin.
    Origin,
    /// All within its origin, and its origin to others.
    OriginWhenCrossOrigin,
    /// All within its origin, and nothing to others.
    SameOrigin,
    /// Its origin, but nothing to a less secure place.
    StrictOrigin,
    /// All within its origin, its origin to others, and nothing to a less secure place.
    StrictOriginWhenCrossOrigin,
    /// All, to everybody.
    UnsafeUrl,
}

impl ReferrerPolicy {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::NoReferrer => "no-referrer",
            Self::NoReferrerWhenDowngrade => "no-referrer-when-downgrade",
            Self::Origin => "origin",
            Self::OriginWhenCrossOrigin => "origin-when-cross-origin",
            Self::SameOrigin => "same-origin",
            Self::StrictOrigin => "strict-origin",
            Self::StrictOriginWhenCrossOrigin => "strict-origin-when-cross-origin",
            Self::UnsafeUrl => "unsafe-url",
        }
    }
}

/// Which pages share a group of windows with this one
/// ([HTML standard](https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenerPolicy {
    /// All.
    UnsafeNone,
    /// Those of the same origin, and windows that it opens.
    SameOriginAllowPopups,
    /// Those of the same origin.
    SameOrigin,
    /// None that has opened it.
    NoopenerAllowPopups,
}

impl OpenerPolicy {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::UnsafeNone => "unsafe-none",
            Self::SameOriginAllowPopups => "same-origin-allow-popups",
            Self::SameOrigin => "same-origin",
            Self::NoopenerAllowPopups => "noopener-allow-popups",
        }
    }
}

/// What a page may load from elsewhere without being allowed to
/// ([HTML standard](https://html.spec.whatwg.org/multipage/browsers.html#coep)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbedderPolicy {
    /// All.
    UnsafeNone,
    /// What says so by its resource policy, or CORS.
    RequireCorp,
    /// All, but without credentials.
    Credentialless,
}

impl EmbedderPolicy {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::UnsafeNone => "unsafe-none",
            Self::RequireCorp => "require-corp",
            Self::Credentialless => "credentialless",
        }
    }
}

/// Whose pages may load this without CORS
/// ([Fetch standard](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header), section 3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResourcePolicy {
    /// Those of the same origin.
    SameOrigin,
    /// Those of the same site: another host under the same registered domain.
    SameSite,
    /// Everybody's.
    CrossOrigin,
}

impl ResourcePolicy {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossOrigin => "cross-origin",
        }
    }
}

/// For how long a browser asks this host by HTTPS only (RFC 6797 section 6.1). What it was told it keeps: a host that has
/// sent this can't go back to plain HTTP before the time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hsts {
    /// In whole seconds; zero takes back what was said.
    pub max_age: Duration,
    /// Its subdomains, too: all of them, those of others and those without TLS among them.
    pub include_subdomains: bool,
    /// That the host may be built into browsers (<https://hstspreload.org>), which is nearly impossible to take back.
    pub preload: bool,
}

impl Default for Hsts {
    /// Half a year, without subdomains.
    fn default() -> Self {
        Self { max_age: Duration::from_hours(180 * 24), include_subdomains: false, preload: false }
    }
}
