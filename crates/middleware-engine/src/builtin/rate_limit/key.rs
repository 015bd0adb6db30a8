//! Whose requests are counted together.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::context::Context;

/// Whose requests count against the same limit.
#[non_exhaustive]
pub enum RateLimitKey {
    /// Those of one client address; of IPv6, of one [network](super::RateLimitBuilder::ipv6_prefix). Requests without an
    /// address count together.
    Client,
    /// Those with one value of this field, such as an API key; those without it, by client address. Whoever can choose the
    /// value freely has as many limits as they like, so it should be a field that is verified before.
    /// A request with two such fields is refused by 400.
    Header(Box<str>),
    /// Those for which a function returns the same number. Those for which it returns none aren't counted.
    Function(KeyFunction),
    /// All of them.
    Everybody,
}

/// Tells whose request it is.
pub type KeyFunction = Box<dyn Fn(&Context<'_>) -> Option<u64> + Send + Sync>;

impl RateLimitKey {
    /// By a function.
    ///
    /// ```
    /// use std::hash::{DefaultHasher, Hash, Hasher};
    ///
    /// use catzilla_middleware_engine::builtin::RateLimitKey;
    ///
    /// // By the method, and beneath `/api` alone. A key of the path itself would be another for each of its spellings.
    /// let key = RateLimitKey::by(|cx| {
    ///     let mut hasher = DefaultHasher::new();
    ///     cx.request.method().hash(&mut hasher);
    ///     cx.request.is_beneath("/api").then(|| hasher.finish())
    /// });
    /// ```
    pub fn by(function: impl Fn(&Context<'_>) -> Option<u64> + Send + Sync + 'static) -> Self {
        Self::Function(Box::new(function))
    }
}

impl fmt::Debug for RateLimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client => f.write_str("Client"),
            Self::Header(name) => f.debug_tuple("Header").field(name).finish(),
            Self::Function(_) => f.write_str("Function"),
            Self::Everybody => f.write_str("Everybody"),
        }
    }
}

/// What is hashed. Those of different kinds are never equal.
#[derive(Hash)]
pub(super) enum Key<'a> {
    V4(u32),
    V6(u128),
    NoAddress,
    Value(&'a [u8]),
    Number(u64),
    Everybody,
}

impl Key<'_> {
    pub(super) fn of(client: Option<IpAddr>, ipv6_mask: u128) -> Self {
        match client {
            Some(IpAddr::V4(address)) => Self::V4(address.to_bits()),
            Some(IpAddr::V6(address)) => Self::V6(Ipv6Addr::to_bits(address) & ipv6_mask),
            None => Self::NoAddress,
        }
    }
}
