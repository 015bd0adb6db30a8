//! The `catzilla` command: how a person asks. What is done is the business of `catzilla-server`.
#![forbid(unsafe_code)]

mod announce;
mod args;
mod serve;
mod units;

use std::io::Write;
use std::process::ExitCode;

// Many short-lived buffers on few threads, and memory given back after a burst.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args::Command::Serve(serve) = args::parse(std::env::args_os());
    match serve::run(&serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; there is nobody left to tell then.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
