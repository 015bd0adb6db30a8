//! Middlewares that most sites want, each with all of its options.
//!
//! Their priorities put them in an order that makes sense without a thought; whoever registers them by
//! [`with_priority`](crate::ChainBuilder::with_priority) has the last word.

#[cfg(feature = "basic-auth")]
mod basic_auth;
mod began;
mod config_error;
mod cors;
mod ip_filter;
#[cfg(feature = "jwt")]
mod jwt;
mod method_filter;
mod networks;
#[cfg(feature = "rate-limit")]
mod rate_limit;
mod request_id;
mod request_log;
mod security_headers;
mod server_timing;
#[cfg(any(feature = "basic-auth", feature = "jwt"))]
mod shared_caches;
mod trusted_proxies;

#[cfg(feature = "basic-auth")]
pub use basic_auth::{
    BasicAuth, BasicAuthBuilder, BasicUser, BasicUsers, BasicUsersError, BasicUsersHandle,
};
pub use config_error::ConfigError;
pub use cors::{Cors, CorsBuilder};
pub use ip_filter::{Access, IpFilter, IpRules, IpRulesHandle};
#[cfg(feature = "jwt")]
pub use jwt::{Claims, Jwt, JwtAlgorithm, JwtBuilder, JwtKey, JwtKeyError, JwtKeySet, JwtKeys};
pub use method_filter::MethodFilter;
pub use networks::NetworkError;
#[cfg(feature = "rate-limit")]
pub use rate_limit::{KeyFunction, RateLimit, RateLimitBuilder, RateLimitKey};
pub use request_id::{RequestId, RequestIdentifier};
pub use request_log::{LogFormat, RequestLog, RequestLogBuilder, RequestLogHandle};
pub use security_headers::{
    EmbedderPolicy, FrameOptions, Hsts, OpenerPolicy, ReferrerPolicy, ResourcePolicy,
    SecurityHeaders, SecurityHeadersBuilder,
};
pub use server_timing::ServerTiming;
pub use trusted_proxies::{ForwardedField, TrustedProxies};
