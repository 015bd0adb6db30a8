//! Chains as a server runs them.

mod drive;

mod allocation;
mod failing;
mod ip_filter;
#[cfg(feature = "jwt")]
mod jwt;
mod laws;
mod order;
#[cfg(feature = "rate-limit")]
mod rate_limit;
mod trusted_proxies;

#[global_allocator]
static ALLOCATOR: catzilla_testkit::counting::Counting = catzilla_testkit::counting::Counting;
