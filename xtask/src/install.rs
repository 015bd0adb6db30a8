//! What the tests want from the machine beside Rust, and how to get it where we may.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::sh;

/// Where Chromium hides; the tests of the server look for the same names.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

pub(crate) fn has_browser() -> bool {
    BROWSERS.iter().any(|name| sh::has(name))
}

/// Nightly Rust, which fuzzing needs.
pub(crate) fn has_nightly() -> bool {
    sh::succeeds(Command::new("rustup").args(["run", "nightly", "rustc", "--version"]))
}

/// The toolchain's documentation: tens of thousands of files, which the tests serve.
pub(crate) fn has_rust_docs() -> bool {
    let sysroot = sh::read(Command::new("rustc").args(["--print", "sysroot"]));
    sysroot.is_ok_and(|sysroot| Path::new(sysroot.trim()).join("share/doc/rust/html").is_dir())
}

/// Adds what is missing for the tests that need more than Rust. Says what can't be had; the tests that need it
/// say so, too.
pub(crate) fn what_tests_want() {
    let components = missing([
        ("rustfmt", sh::has_cargo("fmt")),
        ("clippy", sh::has_cargo("clippy")),
        ("rust-docs", has_rust_docs()),
    ]);
    if !components.is_empty() {
        complain(rustup(&components));
    }
    if !has_nightly() {
        let nightly = ["toolchain", "install", "nightly", "--profile", "minimal"];
        complain(sh::run_aside(Command::new("rustup").args(nightly)));
    }
    // The allocator of the binary is built by make, libFuzzer by a C++ compiler.
    let programs =
        missing([("make", sh::has("make")), ("chromium", has_browser()), ("g++", sh::has("c++"))]);
    if !programs.is_empty() {
        complain(apt_install(&programs));
    }
}

/// Where rivals go that no system package has.
pub(crate) fn rivals_folder() -> PathBuf {
    sh::target_dir().join("rivals/bin")
}

/// Installs what measures and what is measured beside us: Debian's packages, Python's in an environment of their
/// own, and a crate. What can't be had is told, and left out of the tables.
pub(crate) fn rivals() {
    let debian = [
        "wrk",
        "nginx-light",
        "h2o",
        "lighttpd",
        "lighttpd-mod-deflate",
        "caddy",
        "nghttp2-client",
        "valgrind",
        "python3-venv",
    ];
    // One by one: a release without one of them still has the others.
    for package in debian {
        complain(apt_install(&[package]));
    }
    let folder = sh::target_dir().join("rivals");
    let bin = rivals_folder();
    if !bin.join("python").is_file() {
        complain(sh::run_aside(Command::new("python3").args(["-m", "venv"]).arg(&folder)));
    }
    // The only Python that Catzilla 0.2.3 was built for is told by pip if this isn't one.
    for package in ["granian", "starlette uvicorn[standard]", "catzilla==0.2.3"] {
        let mut pip = Command::new(bin.join("python"));
        pip.args(["-m", "pip", "install", "--quiet"]).args(package.split(' '));
        complain(sh::run_aside(&mut pip));
    }
    if !bin.join("static-web-server").is_file() {
        let mut cargo = sh::cargo("install --locked --quiet static-web-server --root");
        // Its build leaves nothing among ours.
        complain(sh::run_aside(cargo.arg(&folder).env_remove("CARGO_TARGET_DIR")));
    }
}

fn missing<const N: usize>(wanted: [(&'static str, bool); N]) -> Vec<&'static str> {
    wanted.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
}

fn complain(installed: Result<()>) {
    if let Err(error) = installed {
        sh::say(&format!("could not install: {error:#}"));
    }
}

/// Adds components to the toolchain in use.
pub(crate) fn rustup(components: &[&str]) -> Result<()> {
    sh::run_aside(Command::new("rustup").args(["component", "add"]).args(components))
}

/// Installs Debian packages.
///
/// # Errors
///
/// When this isn't Debian or a child of it, when we aren't root, or when apt fails.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    if !sh::has("apt-get") {
        bail!("{}: there is no apt-get here", packages.join(", "));
    }
    if sh::read(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!("{0}: only root may: sudo apt-get install {0}", packages.join(" "));
    }
    // A mirror that doesn't answer must not hold up the tests for long.
    let impatient = ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"];
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(impatient).args(args).env("DEBIAN_FRONTEND", "noninteractive");
        sh::run_aside(&mut command)
    };
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat())
}
