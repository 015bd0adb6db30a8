//! The command as a person and a script meet it.
#![cfg(unix)]

mod access;
#[cfg(not(target_env = "msvc"))]
mod allocator;
mod command;
mod ending;
mod flags;
#[cfg(target_os = "linux")]
mod memory;
mod refusals;
mod start;
mod tls;
