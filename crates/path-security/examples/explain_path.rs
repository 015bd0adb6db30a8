//! Says what becomes of the paths of requests beneath a folder:
//! `cargo run -p catzilla-path-security --example explain_path -- DIR /path...`

use std::io::Write;
use std::process::ExitCode;

use catzilla_path_security::{Policy, Root};

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let mut args = std::env::args_os().skip(1);
    let Some(dir) = args.next() else {
        let _ = writeln!(out, "usage: explain_path DIR /path...");
        return ExitCode::FAILURE;
    };
    let root = match Root::open(dir, Policy::default()) {
        Ok(root) => root,
        Err(err) => {
            let _ = writeln!(out, "{err}");
            return ExitCode::FAILURE;
        }
    };
    for path in args {
        let _ = writeln!(out, "{}", root.explain(path.as_encoded_bytes()));
    }
    ExitCode::SUCCESS
}
