//! `cargo xtask test`: what CI runs, and what a new checkout should pass.

use std::process::Command;

use anyhow::Result;

use crate::sh;

pub(crate) fn run() -> Result<()> {
    if sh::works(Command::new("cargo").args(["nextest", "--version"])) {
        sh::cargo(["nextest", "run", "--workspace"])?;
    } else {
        sh::cargo(["test", "--workspace", "--lib", "--bins", "--tests"])?;
    }
    // nextest doesn't run doctests.
    sh::cargo(["test", "--workspace", "--doc"])
}
