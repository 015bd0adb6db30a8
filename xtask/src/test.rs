//! `cargo xtask test`: what CI runs, and what a new checkout must pass.

use anyhow::Result;

use crate::flags::Flags;
use crate::steps::Steps;
use crate::{fuzz, install, sh, tidy};

pub(crate) fn run(mut flags: Flags) -> Result<()> {
    let wants_all = flags.switch("--install");
    flags.done()?;
    let mut steps = Steps::default();
    all(&mut steps, wants_all);
    steps.finish()
}

/// All steps of the tests. With `wants_all` (or in CI) what is missing on the machine is installed, if it can be.
pub(crate) fn all(steps: &mut Steps, wants_all: bool) {
    if wants_all || std::env::var_os("CI").is_some() {
        install::what_tests_want();
    }
    if sh::has_cargo("fmt") {
        steps.run("format", || {
            sh::run(&mut sh::cargo(["fmt", "--all", "--check"]))
        });
    } else {
        steps.skip("format", "rustfmt is missing: rustup component add rustfmt");
    }
    steps.run("tidy", tidy::all);
    if sh::has_cargo("clippy") {
        let warnings_are_errors = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ];
        steps.run("clippy", || sh::run(&mut sh::cargo(warnings_are_errors)));
    } else {
        steps.skip("clippy", "clippy is missing: rustup component add clippy");
    }
    steps.run(
        "each crate alone, without default features",
        without_default_features,
    );
    steps.run("tests", tests);
    steps.run("doctests", || {
        sh::run(&mut sh::cargo(["test", "--workspace", "--doc", "--quiet"]))
    });
    fuzz::check(steps);
    // The tests that need these say so and pass; the table says it where somebody looks.
    if !install::has_browser() {
        steps.skip("pages in a browser", "there is no chromium in PATH");
    }
    if !install::has_rust_docs() {
        steps.skip(
            "a site of tens of thousands of files",
            "rustup component add rust-docs",
        );
    }
}

fn tests() -> Result<()> {
    let mut command = if sh::has_cargo("nextest") {
        sh::cargo(["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        sh::cargo([
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--no-fail-fast",
        ])
    };
    if install::has_browser() && install::has_rust_docs() {
        // Nothing is missing, so nothing may be skipped.
        command.env("CATZILLA_CI", "1");
    }
    sh::run(&mut command)
}

/// Every crate must build without its neighbours' features.
fn without_default_features() -> Result<()> {
    for package in tidy::packages()? {
        sh::run(&mut sh::cargo([
            "check",
            "--quiet",
            "--no-default-features",
            "--package",
            &package.name,
        ]))?;
    }
    Ok(())
}
