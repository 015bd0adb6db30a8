//! Chains as a server runs them.

mod drive;

mod allocation;
mod failing;
mod ip_filter;
mod laws;
mod order;
mod trusted_proxies;

#[global_allocator]
static ALLOCATOR: catzilla_testkit::counting::Counting = catzilla_testkit::counting::Counting;
