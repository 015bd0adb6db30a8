//! Middlewares that most sites want, each with all of its options.
//!
//! Their priorities put them in an order that makes sense without a thought; whoever registers them by
//! [`with_priority`](crate::ChainBuilder::with_priority) has the last word.

mod ip_filter;
#[cfg(feature = "jwt")]
mod jwt;
mod networks;
#[cfg(feature = "rate-limit")]
mod rate_limit;
mod trusted_proxies;

pub use ip_filter::{Access, IpFilter, IpRules, IpRulesHandle};
#[cfg(feature = "jwt")]
pub use jwt::{
    Claims, Jwt, JwtAlgorithm, JwtBuilder, JwtError, JwtKey, JwtKeyError, JwtKeySet, JwtKeys,
};
pub use networks::NetworkError;
#[cfg(feature = "rate-limit")]
pub use rate_limit::{KeyFunction, RateLimit, RateLimitBuilder, RateLimitError, RateLimitKey};
pub use trusted_proxies::{ForwardedField, TrustedProxies};
