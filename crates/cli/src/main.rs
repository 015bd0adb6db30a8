//! The `catzilla` command: how a person asks. What is done is the business of `catzilla-server`.

#[cfg(not(target_env = "msvc"))]
mod allocator;
mod announce;
mod args;
mod serve;
mod signals;
mod units;

use std::io::Write;
use std::process::ExitCode;

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
