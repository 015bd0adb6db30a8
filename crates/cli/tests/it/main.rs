//! The command as a person and a script meet it.
#![cfg(unix)]

mod command;
mod ending;
mod flags;
mod refusals;
mod start;
