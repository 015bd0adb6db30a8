//! The server over real sockets and real files.

mod ahead;
mod app;
mod axum;
mod bad_input;
mod browser;
mod cached;
mod cached_faults;
mod chains;
mod changing;
mod client;
mod conditional;
mod content;
mod drain;
mod faults;
mod fields;
mod follow;
mod fresh;
mod gate;
mod http2;
#[expect(
    clippy::disallowed_methods,
    reason = "writers pause between changes; nothing waits for that"
)]
mod in_place;
mod jwt;
mod keeping;
mod limits;
mod looks;
mod memory;
mod mounting;
mod mounts;
mod real_site;
mod refused;
mod sealed;
mod service;
mod sidecars;
mod site;
mod special_files;
mod start;
#[expect(
    clippy::disallowed_methods,
    reason = "writers pause between changes; the length of a run is time"
)]
mod stress;
mod tls;
mod validation;
mod variants;
mod websocket;
mod wire;
