//! `cargo xtask test`: what CI runs, and what a new checkout must pass.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::flags::Flags;
use crate::steps::Steps;
use crate::{bench, fuzz, install, sh, tidy};

pub(crate) fn run(mut flags: Flags) -> Result<()> {
    let wants_all = flags.switch("--install");
    flags.done()?;
    let mut steps = Steps::default();
    all(&mut steps, wants_all);
    steps.finish()
}

/// All steps of the tests. With `wants_all` (or in CI) what is missing on the machine is installed, if it can be.
pub(crate) fn all(steps: &mut Steps, wants_all: bool) {
    let installs = wants_all || std::env::var_os("CI").is_some();
    if installs {
        install::what_tests_want();
    }
    with_component(steps, "format", "fmt", "fmt --all --check");
    steps.run("tidy", tidy::all);
    let clippy = "clippy --workspace --all-targets --keep-going --quiet -- -D warnings";
    with_component(steps, "clippy", "clippy", clippy);
    steps.run("each crate alone, without default features", without_default_features);
    steps.run("the service alone is lean", lean);
    steps.run("tests", tests);
    let doctests = "test --workspace --doc --quiet --no-fail-fast";
    steps.run("doctests", || sh::run(&mut sh::cargo(doctests)));
    steps.run("the driver of benchmarks, briefly", bench::smoke);
    if installs {
        steps.run("models of concurrency", models);
        fuzz::briefly(steps);
    } else {
        fuzz::check(steps);
    }
    // The tests that need these say so and pass; the table says it where somebody looks.
    if !install::has_browser() {
        steps.skip("pages in a browser", "there is no chromium in PATH");
    }
    if !install::has_rust_docs() {
        steps.skip("a site of thousands of files", "rustup component add rust-docs");
    }
}

/// Runs a subcommand that a minimal toolchain leaves out.
fn with_component(steps: &mut Steps, name: &str, subcommand: &str, line: &str) {
    if sh::has_cargo(subcommand) {
        steps.run(name, || sh::run(&mut sh::cargo(line)));
    } else {
        steps.skip(
            name,
            &format!("cargo {subcommand} is missing: rustup component add rustfmt clippy"),
        );
    }
}

fn tests() -> Result<()> {
    let mut command = sh::cargo(if sh::has_cargo("nextest") {
        "nextest run --workspace --no-fail-fast"
    } else {
        "test --workspace --lib --bins --tests --no-fail-fast"
    });
    if install::has_browser() && install::has_rust_docs() {
        // Nothing is missing, so nothing may be skipped.
        command.env("CATZILLA_CI", "1");
    }
    sh::run(&mut command)
}

/// What threads may do to each other, in every order that a model checker finds: a build of its own.
fn models() -> Result<()> {
    let mut command = sh::cargo("test --quiet --release -p catzilla-hot-cache --test it models");
    command
        .env("RUSTFLAGS", "--cfg shuttle")
        // It runs for seconds, and would be built for minutes.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_TARGET_DIR", sh::target_dir().join("models"));
    sh::run(&mut command)
}

/// Who has a server and wants the service alone doesn't compile what belongs to ours, nor codings that he left out.
fn lean() -> Result<()> {
    const OURS: [&str; 10] =
        ["h2", "matchit", "mio", "slab", "socket2", "hyper", "brotli", "flate2", "zstd", "notify"];
    let tree = "tree --package catzilla-server --no-default-features --edges normal,build";
    let mut command = sh::cargo(tree);
    command.args(["--prefix", "none", "--format", "{p}"]);
    let tree = sh::read(&mut command)?;
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let found: BTreeSet<_> = names.filter(|name| OURS.contains(name)).collect();
    if !found.is_empty() {
        bail!("catzilla-server without default features depends on {found:?}");
    }
    Ok(())
}

/// Every crate must build by itself, without its neighbours' features.
fn without_default_features() -> Result<()> {
    let mut failed = Vec::new();
    for package in tidy::packages()? {
        let tool = if sh::has_cargo("clippy") { "clippy" } else { "check" };
        let line = format!("{tool} --quiet --no-default-features --package {}", package.name);
        let mut command = sh::cargo(&line);
        if tool == "clippy" {
            command.args(["--", "-D", "warnings"]);
        }
        if sh::run(&mut command).is_err() {
            failed.push(package.name);
        }
    }
    if !failed.is_empty() {
        bail!("alone, these don't build: {}", failed.join(", "));
    }
    Ok(())
}
