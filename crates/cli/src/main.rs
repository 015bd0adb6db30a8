//! The `catzilla` command.
#![forbid(unsafe_code)]
fn main() {}
