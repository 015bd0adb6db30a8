//! The project's own commands: `cargo xtask test`. One file per command.

mod sh;
mod test;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.first().map(String::as_str) {
        Some("test") => test::run(),
        Some(other) => Err(anyhow::anyhow!("there is no command {other:?}; there is: test")),
        None => Err(anyhow::anyhow!("which command? there is: test")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            sh::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
