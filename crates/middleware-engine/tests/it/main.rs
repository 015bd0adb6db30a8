//! Chains as a server runs them.

mod allocation;
mod drive;

#[cfg(feature = "basic-auth")]
mod basic_auth;
mod cors;
mod failing;
mod hostile;
mod ip_filter;
#[cfg(feature = "jwt")]
mod jwt;
mod laws;
mod method_filter;
mod order;
#[cfg(feature = "rate-limit")]
mod rate_limit;
mod request_id;
mod request_log;
mod security_headers;
mod server_timing;
#[cfg(feature = "tower")]
mod tower;
#[cfg(feature = "tower")]
mod transaction;
mod trusted_proxies;

#[global_allocator]
static ALLOCATOR: catzilla_testkit::counting::Counting = catzilla_testkit::counting::Counting;
