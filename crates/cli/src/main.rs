//! The `catzilla` command: how a person asks. What is done is the business of `catzilla-server`.

mod access;
#[cfg(not(target_env = "msvc"))]
mod allocator;
mod announce;
mod args;
mod hash_password;
mod serve;
mod signals;
mod units;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match args::parse(std::env::args_os()) {
        args::Command::Serve(serve) => serve::run(&serve),
        args::Command::HashPassword { user } => hash_password::run(user.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; there is nobody left to tell then.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
