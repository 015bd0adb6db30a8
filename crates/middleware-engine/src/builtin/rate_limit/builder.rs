//! A limit in the making.

use std::borrow::Cow;
use std::time::Duration;

use super::gcra::Gcra;
use super::key::RateLimitKey;
use super::table::Table;
use super::{Announcement, RateLimit};
use crate::builtin::config_error::ConfigError;
use crate::builtin::trusted_proxies::TrustedProxies;
use crate::overlay::{FieldLines, is_token_byte};

/// Above it sums of times would overflow: it takes longer than a computer lives.
const LONGEST: u64 = 1 << 60;

/// More don't fit into the memory of a machine.
const MOST_KEYS: usize = 1 << 32;

/// A [`RateLimit`] in the making.
#[derive(Debug)]
#[must_use = "it limits nothing before it is built"]
pub struct RateLimitBuilder {
    pub(super) name: Cow<'static, str>,
    pub(super) requests: u32,
    pub(super) per: Duration,
    pub(super) burst: Option<u32>,
    pub(super) key: RateLimitKey,
    pub(super) proxies: TrustedProxies,
    pub(super) ipv6_prefix: u8,
    pub(super) keys: usize,
    pub(super) announce: bool,
}

impl RateLimitBuilder {
    /// Its name, which is also that of its policy in [announcements](Self::announce). Default: `rate-limit`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// How many requests may come at once. Default: as many as in one period.
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = Some(requests);
        self
    }

    /// Whose requests are counted together. Default: those of one client address.
    pub fn key(mut self, key: RateLimitKey) -> Self {
        self.key = key;
        self
    }

    /// The proxies whose word about their clients is taken. Default: none, so that the peer of the connection is counted.
    pub fn proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// How many bits of an IPv6 address name a client: everybody is given a whole network, and can have as many addresses as
    /// they like in it. Default: 64.
    pub fn ipv6_prefix(mut self, bits: u8) -> Self {
        self.ipv6_prefix = bits;
        self
    }

    /// For how many keys that have spent something there is a place. Beyond, some of them share one limit: they get less
    /// than they should, never more. Each takes 19 bytes, all of them from the beginning. Default: 65 536 (1.2 MiB).
    pub fn keys(mut self, keys: usize) -> Self {
        self.keys = keys;
        self
    }

    /// Whether every answer says what the limit is and what is left of it, by `RateLimit-Policy` and `RateLimit`
    /// (draft-ietf-httpapi-ratelimit-headers-11). Default: no; a refusal has `Retry-After` in any case.
    pub fn announce(mut self, announce: bool) -> Self {
        self.announce = announce;
        self
    }

    /// Builds it, with all of its memory.
    ///
    /// # Errors
    /// When an option has a value that makes no sense; the error names it.
    pub fn build(self) -> Result<RateLimit, ConfigError> {
        let error = |option, problem| Err(ConfigError::new("rate-limit", option, problem));
        let per = u64::try_from(self.per.as_nanos()).unwrap_or(u64::MAX);
        let burst = self.burst.unwrap_or(self.requests);
        if self.requests == 0 {
            return error(
                "requests",
                "at least 1 per period; to let nobody in, use an address filter",
            );
        }
        if per == 0 {
            return error("per", "give a period that is longer than nothing, such as a second");
        }
        if burst == 0 {
            return error("burst", "at least 1, or no request would ever pass");
        }
        // Upwards: rather a little less than was asked for than a little more.
        let interval = per.div_ceil(self.requests.into());
        let limit = interval.checked_mul(burst.into()).filter(|&limit| limit <= LONGEST);
        let Some(limit) = limit else {
            return error("burst", "give so few that they come back within 36 years at this rate");
        };
        if !(1..=128).contains(&self.ipv6_prefix) {
            return error("ipv6_prefix", "from 1 to 128 bits");
        }
        if !(1..=MOST_KEYS).contains(&self.keys) {
            return error("keys", "from 1 to 4294967296; each takes 19 bytes");
        }
        if let RateLimitKey::Header(name) = &self.key
            && (name.is_empty() || !name.bytes().all(is_token_byte))
        {
            return error("key", "the name of a header field: letters, digits and hyphens");
        }
        let announcement =
            if self.announce { Some(self.announcement(limit, burst)?) } else { None };
        let announcement = announcement.map(Box::new);
        Ok(RateLimit {
            gcra: Gcra { interval, limit },
            table: Table::new(self.keys),
            ipv6_mask: u128::MAX << (128 - self.ipv6_prefix),
            name: self.name,
            key: self.key,
            proxies: self.proxies,
            announcement,
        })
    }

    fn announcement(&self, limit: u64, burst: u32) -> Result<Announcement, ConfigError> {
        // A string of structured fields (RFC 9651 section 3.3.3) that needs no escape.
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        if self.name.is_empty() || self.name.len() > 64 || !self.name.bytes().all(is_plain) {
            let hint =
                "with `announce`: 1 to 64 characters of ASCII, without quotes and backslashes";
            return Err(ConfigError::new("rate-limit", "named", hint));
        }
        let window = limit.div_ceil(1_000_000_000);
        let policy = format!("\"{}\";q={burst};w={window}", self.name);
        let policy = FieldLines::new([("ratelimit-policy", policy)]);
        let policy =
            policy.map_err(|error| ConfigError::new("rate-limit", "named", error.to_string()))?;
        Ok(Announcement { policy, name: format!("\"{}\";r=", self.name).into_bytes().into() })
    }
}
