//! Chains as a server runs them.

mod allocation;
mod drive;

#[cfg(feature = "basic-auth")]
mod basic_auth;
mod cors;
mod failing;
mod hostile;
mod laws;
mod method_filter;
mod order;
mod request_id;
mod request_log;
mod security_headers;
mod server_timing;

#[global_allocator]
static ALLOCATOR: catzilla_testkit::counting::Counting = catzilla_testkit::counting::Counting;
