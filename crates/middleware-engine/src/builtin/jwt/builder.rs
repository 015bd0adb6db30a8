//! A judge of tokens in the making.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::cache::Cache;
use super::keys::JwtKeys;
use super::{Inner, Jwt, Rules};
use crate::builtin::config_error::ConfigError;
use crate::places::Places;

/// A [`Jwt`] in the making.
#[derive(Debug)]
#[must_use = "it verifies nothing before it is built"]
pub struct JwtBuilder {
    pub(super) name: Cow<'static, str>,
    pub(super) keys: JwtKeys,
    pub(super) rules: Rules,
    pub(super) leeway: Duration,
    pub(super) longest: usize,
    pub(super) cached: usize,
    pub(super) max_verifications: usize,
}

impl JwtBuilder {
    /// Its name. Default: `jwt`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// What clients are told they need a token for (RFC 9110 section 11.5). Default: `restricted`.
    pub fn realm(mut self, realm: impl Into<Box<str>>) -> Self {
        self.rules.realm = realm.into();
        self
    }

    /// Accepts tokens for this audience; several may be named. Default: none, so that a token that is for somebody (has
    /// `aud`) is refused (RFC 7519 section 4.1.3).
    pub fn audience(mut self, audience: impl Into<Box<str>>) -> Self {
        self.rules.audiences.push(audience.into());
        self
    }

    /// Whether tokens for any audience are accepted. Default: no.
    pub fn any_audience(mut self, any: bool) -> Self {
        self.rules.any_audience = any;
        self
    }

    /// Accepts tokens of this issuer; several may be named. Default: none, so that it is for the keys alone to tell.
    pub fn issuer(mut self, issuer: impl Into<Box<str>>) -> Self {
        self.rules.issuers.push(issuer.into());
        self
    }

    /// Refuses tokens without this claim; several may be named. Default: none beside `exp`.
    pub fn require_claim(mut self, name: impl Into<Box<str>>) -> Self {
        self.rules.claims.push(name.into());
        self
    }

    /// Answers 403 to tokens that don't grant this scope; all that are named must be granted. Default: none.
    pub fn require_scope(mut self, scope: impl Into<Box<str>>) -> Self {
        self.rules.scopes.push(scope.into());
        self
    }

    /// Refuses tokens of another type than this (`typ`, such as `at+jwt`), so that one that was issued for another purpose
    /// isn't taken for an access token (RFC 8725 section 3.11). Default: any type.
    pub fn token_type(mut self, media_type: impl Into<Box<str>>) -> Self {
        self.rules.token_type = Some(media_type.into());
        self
    }

    /// Whether tokens must have an end (`exp`). Default: yes.
    pub fn require_expiry(mut self, require: bool) -> Self {
        self.rules.require_expiry = require;
        self
    }

    /// By how much the clock of the issuer may differ. At most an hour. Default: one minute.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Whether a request without a token passes, without claims; one with a token that isn't valid is refused in any case.
    /// Default: no.
    pub fn optional(mut self, optional: bool) -> Self {
        self.rules.optional = optional;
        self
    }

    /// How long a token may be, in bytes. Default: 8192.
    pub fn longest_token(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// How many verified tokens are remembered, each until it ends. Each takes its length and that of its claims. Zero is
    /// none. Default: 1024.
    pub fn cache(mut self, tokens: usize) -> Self {
        self.cached = tokens;
        self
    }

    /// How many signatures of public keys may be verified or wait for it at a time; beyond, requests are answered 503.
    /// Default: 64.
    pub fn max_verifications(mut self, count: usize) -> Self {
        self.max_verifications = count;
        self
    }

    /// Builds it.
    ///
    /// # Errors
    /// When an option has a value that makes no sense; the error names it.
    pub fn build(self) -> Result<Jwt, ConfigError> {
        let error = |option, problem| Err(ConfigError::new("jwt", option, problem));
        let rules = &self.rules;
        // RFC 6749 appendix A.4.
        let is_scope = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))
        };
        if !rules.realm.split(' ').all(|part| part.is_empty() || is_scope(part)) {
            return error("realm", "visible ASCII without quotes and backslashes");
        }
        if !rules.scopes.iter().all(|scope| is_scope(scope)) {
            return error("require_scope", "one scope at a time, in visible ASCII without quotes");
        }
        if rules.any_audience && !rules.audiences.is_empty() {
            return error("any_audience", "either any audience, or those that are named");
        }
        if self.leeway > Duration::from_hours(1) {
            return error(
                "leeway",
                "at most an hour; a clock that is worse than that needs mending",
            );
        }
        if !(16..=1 << 20).contains(&self.longest) {
            return error("longest_token", "from 16 bytes to 1 MiB");
        }
        if self.cached > 1 << 24 {
            return error("cache", "at most 16777216 tokens");
        }
        if self.max_verifications == 0 {
            return error(
                "max_verifications",
                "at least 1, or no signature of a public key is ever verified",
            );
        }
        let scope = self.rules.scopes.join(" ");
        let inner = Inner {
            keys: self.keys,
            rules: self.rules,
            scope,
            leeway: self.leeway.as_secs() as i64,
            longest: self.longest,
            cache: Cache::new(self.cached),
            verifications: Places::new(self.max_verifications),
        };
        Ok(Jwt { name: self.name, inner: Arc::new(inner) })
    }
}
