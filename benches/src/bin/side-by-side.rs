//! Measures servers side by side; `cargo xtask bench` calls it.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    use catzilla_benches::side_by_side::{Options, run};
    use clap::Parser;

    run(&Options::parse())
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("CPU time is read from /proc: servers are measured on Linux only")
}
