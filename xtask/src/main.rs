//! The project's own commands, as `cargo xtask COMMAND`. One file per command; this one is the table of contents.
#![forbid(unsafe_code)]

mod bench;
mod ci;
mod flags;
mod fuzz;
mod install;
mod sh;
mod steps;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::flags::Flags;

/// One command: how it is called, what it is for, and who does it.
struct Command {
    name: &'static str,
    flags: &'static str,
    about: &'static str,
    run: fn(Flags) -> Result<()>,
}

const COMMANDS: [Command; 5] = [
    Command {
        name: "test",
        flags: "[--install]",
        about: "everything a change must pass: format, house rules, lints, tests, doctests",
        run: test::run,
    },
    Command {
        name: "ci",
        flags: "[--install]",
        about: "test, and what takes longer: API docs, licences and advisories, fuzz targets built",
        run: ci::run,
    },
    Command {
        name: "tidy",
        flags: "",
        about: "the house rules alone: crate edges, file lengths, doors, unsafe, dependencies",
        run: tidy::run,
    },
    Command {
        name: "bench",
        flags: "[--quick] [--only NAME,…] [--against NAME,…] [--json] [--install-rivals]",
        about: "the parts, then the server beside its rivals; a complete run writes a record",
        run: bench::run,
    },
    Command {
        name: "fuzz",
        flags: "[TARGET] [--seconds N] [--list]",
        about: "run one fuzz target, or all, for N seconds each (60)",
        run: fuzz::run,
    },
];

fn main() -> ExitCode {
    match dispatch(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            sh::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut args: Vec<String>) -> Result<()> {
    let help = |arg: &String| matches!(arg.as_str(), "-h" | "--help" | "help");
    if args.is_empty() || args.iter().any(help) {
        sh::say(&usage());
        return Ok(());
    }
    let name = args.remove(0);
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        bail!("there is no command {name:?}\n\n{}", usage());
    };
    (command.run)(Flags::new(command.name, args))
}

fn usage() -> String {
    let line = |Command { name, flags, about, .. }: &Command| {
        let call = format!("{name} {flags}");
        format!("  {call}\n      {about}")
    };
    let lines: Vec<String> = COMMANDS.iter().map(line).collect();
    format!("cargo xtask COMMAND\n\n{}", lines.join("\n"))
}
