//! Measures servers side by side; `cargo xtask bench` calls it.
#![forbid(unsafe_code)]

use catzilla_benches::side_by_side::{Options, run};
use clap::Parser;

fn main() -> anyhow::Result<()> {
    run(&Options::parse())
}
